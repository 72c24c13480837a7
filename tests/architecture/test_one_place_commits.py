"""A transaction ends in one place: who reads ``db.py`` knows when anything becomes true."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, parse, place, python_files

#: The bank is another program with another database; the wallet's own packages are these.
WALLET_PACKAGES = ("wallet_core", "wallet_app", "webhook", "launcher")
ALLOWED = ROOT / "wallet_core" / "db.py"


def find_commits(path: Path, tree: ast.Module) -> list[str]:
    """Calls of ``.commit``, and SQL text that is a COMMIT (a docstring may speak of one)."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            found.append(place(path, node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            statements = (part.strip().upper() for part in node.value.split(";"))
            if any(part in ("COMMIT", "COMMIT TRANSACTION", "END TRANSACTION") for part in statements):
                found.append(place(path, node))
    return found


def test_only_db_commits() -> None:
    files = [path for path in python_files(*WALLET_PACKAGES) if path != ALLOWED]
    assert [hit for path in files for hit in find_commits(path, parse(path))] == []


def test_db_is_where_the_commit_is() -> None:
    assert find_commits(ALLOWED, parse(ALLOWED)) != []


@pytest.mark.parametrize("bad", ["session.commit()", "finish = connection.commit", 'cursor.execute("COMMIT")'])
def test_this_test_sees(bad: str) -> None:
    assert find_commits(Path("sample.py"), ast.parse(bad)) != []
