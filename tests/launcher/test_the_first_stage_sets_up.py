"""``python3 -m launcher.bootstrap`` on its own: installs once, again after a change, and says what went wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import ROOT

#: A package without needs and without network, made on the spot.
PACKAGE = '[project]\nname = "nothing-much"\nversion = "1"\n[build-system]\nrequires = []\nbuild-backend = "backend"\n'
PACKAGE += 'backend-path = ["."]\n'
BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "nothing_much-1-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("nothing_much.py", "print('here I am')")
        about = "nothing_much-1.dist-info/"
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: nothing-much\\nVersion: 1\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "RECORD", "")
    return name
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As much of a checkout as the first stage needs; one for all tests, for a virtual environment takes seconds."""
    tmp_path = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "launcher", tmp_path / "launcher")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "pyproject.toml").write_text(PACKAGE)
    (tmp_path / "package" / "backend.py").write_text(BACKEND)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "constraints.txt").write_text("")
    return tmp_path


def _set_up(
    checkout: Path, module: str, python: str = sys.executable, *, named: bool = False
) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PYTHON": python}
    if not named:
        del environment["PYTHON"]
    command = [python, "-m", "launcher.bootstrap", "requirements.txt", module]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_it_installs_once_and_again_when_the_requirements_change(checkout: Path) -> None:
    first = _set_up(checkout, "platform")
    assert first.returncode == 0, first.stderr
    assert "Making a virtual environment" in first.stdout
    second = _set_up(checkout, "platform")
    assert second.returncode == 0
    assert "Installing" not in second.stdout

    (checkout / "requirements.txt").write_text("./package\n")
    third = _set_up(checkout, "nothing_much")
    assert third.returncode == 0, third.stdout + third.stderr
    assert "Making a virtual environment" not in third.stdout
    assert "here I am" in third.stdout


def test_what_is_needed_in_turn_has_the_version_of_the_constraints_also_when_they_change(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text("./package\n")
    (checkout / "constraints.txt").write_text("nothing-much==1\n")
    assert _set_up(checkout, "platform").returncode == 0
    (checkout / "constraints.txt").write_text("nothing-much==2\n")
    refused = _set_up(checkout, "platform")
    assert refused.returncode == 1
    assert "nothing-much==2" in refused.stdout
    (checkout / "constraints.txt").write_text("")


def test_what_pip_cannot_install_is_said_and_tried_again_the_next_time(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text("nothing-of-this-name==1\n")
    for _ in range(2):
        refused = _set_up(checkout, "platform")
        assert refused.returncode == 1
        assert "nothing-of-this-name" in refused.stdout
        assert "pip could not install requirements.txt" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_python_without_ensurepip_is_told_what_to_install(tmp_path: Path) -> None:
    """Debian's Python comes without; its ``venv`` then says so on stdout and fails. This one does the same."""
    checkout = tmp_path
    shutil.copytree(ROOT / "launcher", checkout / "launcher")
    for name in ("requirements.txt", "constraints.txt"):
        (checkout / name).write_text("")
    (checkout / "venv.py").write_text("import sys\nprint('... because ensurepip is not available.')\nsys.exit(1)\n")
    refused = _set_up(checkout, "platform")
    assert refused.returncode == 1
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_checkout_that_was_moved_gets_a_new_virtual_environment(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (checkout / "requirements.txt").write_text("")
    assert _set_up(checkout, "platform").returncode == 0
    moved = tmp_path_factory.mktemp("moved")
    for name in ("launcher", "requirements.txt", "constraints.txt", ".venv"):
        shutil.move(checkout / name, moved / name)
    again = _set_up(moved, "platform")
    assert again.returncode == 0, again.stderr
    assert "Making a virtual environment" in again.stdout


@pytest.mark.parametrize("named", [False, True])
def test_a_slowly_built_python_gives_way_to_the_systems_unless_it_was_named(tmp_path: Path, named: bool) -> None:
    """The system's is a program here that says its name; this Python calls itself slowly built."""
    shutil.copytree(ROOT / "launcher", tmp_path / "launcher")
    for name in ("requirements.txt", "constraints.txt"):
        (tmp_path / name).write_text("")
    systems = tmp_path / "systems"
    systems.write_text('#!/bin/sh\ntest "$1" = -c || echo "the system\'s: $*"\n')
    systems.chmod(0o755)
    first_stage = tmp_path / "launcher" / "bootstrap.py"
    text = first_stage.read_text()
    for line, other in (
        ('SYSTEM_PYTHON = SYSTEM_PREFIX + "/bin/python3"', f'SYSTEM_PYTHON = "{systems}"'),
        ("if _is_quick() or", "if"),
    ):
        assert line in text
        text = text.replace(line, other)
    first_stage.write_text(text)
    done = _set_up(tmp_path, "platform", named=named)
    assert done.returncode == 0, done.stderr
    assert ("the system's: -m launcher.bootstrap requirements.txt platform" in done.stdout) is not named
    assert ("Making a virtual environment" in done.stdout) is named
