"""A start builds the pages of the interface only where they would be others than those that are there."""

import shutil
import sys
from pathlib import Path

import pytest

from launcher.app import PAGES, SOURCES, build
from wallet_core.config import get_settings

#: Leaves a page, says that it ran, and fails where its configuration is broken.
BUILDER = """
import pathlib, sys
web = pathlib.Path(sys.argv[1])
(web / "build" / "client").mkdir(parents=True, exist_ok=True)
with (web / "runs").open("a") as runs:
    runs.write("x")
sys.exit(pathlib.Path("rxconfig.py").read_text() == "broken")
"""


class Tree:
    """A small project and the folder of its build."""

    def __init__(self, folder: Path) -> None:
        self.root, self.web = folder / "root", folder / "web"
        self.web.mkdir()
        self.root.mkdir()
        for name in SOURCES:
            self.write(name if "." in name and name != "reflex.lock" else f"{name}/file", "first")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def start(self, *, status: int = 0) -> int:
        """Asks for the pages, which ends with this status; answers how often they have been built until now."""
        assert build(self.web, (sys.executable, "-c", BUILDER, str(self.web)), self.root) == status
        return len((self.web / "runs").read_text())


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_the_second_start_builds_nothing(tree: Tree) -> None:
    assert tree.start() == 1
    assert tree.start() == 1


@pytest.mark.parametrize(
    "name",
    ["rxconfig.py", "wallet_app/file", "wallet_core/file", "assets/file", "reflex.lock/file", "constraints.txt"],
)
def test_another_text_of_a_source_is_built(tree: Tree, name: str) -> None:
    tree.start()
    tree.write(name, "second")
    assert tree.start() == 2
    assert tree.start() == 2


def test_a_source_that_came_or_went_or_has_another_name_is_built(tree: Tree) -> None:
    tree.start()
    tree.write("assets/fonts/new", "")
    assert tree.start() == 2
    (tree.root / "assets/fonts/new").rename(tree.root / "assets/fonts/newer")
    assert tree.start() == 3
    (tree.root / "assets/fonts/newer").unlink()
    assert tree.start() == 4


def test_what_python_keeps_for_itself_is_no_source(tree: Tree) -> None:
    tree.start()
    tree.write("wallet_app/__pycache__/file.pyc", "")
    assert tree.start() == 1


@pytest.mark.parametrize(
    ("name", "value"), [("WALLET_PUBLIC_URL", "http://localhost:3999"), ("REFLEX_SOCKET_TIMEOUT", "9")]
)
def test_other_settings_are_built(tree: Tree, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    tree.start()
    monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    assert tree.start() == 2
    monkeypatch.undo()
    get_settings.cache_clear()


def test_pages_that_went_away_are_built(tree: Tree) -> None:
    tree.start()
    shutil.rmtree(tree.web / PAGES)
    assert tree.start() == 2


def test_a_build_that_failed_is_made_again(tree: Tree) -> None:
    tree.start()
    tree.write("rxconfig.py", "broken")
    assert tree.start(status=1) == 2
    assert tree.start(status=1) == 3
    # The pages of before are there, and are not what this start is to serve.
    tree.write("rxconfig.py", "first")
    assert tree.start() == 4
