"""``docs/successor.md`` says which test shows that a defect of the application before this one cannot come back.

Here that table is read: each line names its tests, and each of them exists and runs.
"""

import ast
import re
from dataclasses import dataclass

import pytest

from tests.architecture.source import ROOT, dotted, parse

TABLE = ROOT / "docs" / "successor.md"

#: A defect is never taken off the list.
DEFECTS = 20

#: A test as pytest names it.
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")

#: What would keep a test from running, or its failure from counting.
_NOT_RUN = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "unittest.skip"}


@dataclass(frozen=True)
class Line:
    """Of the table. ``tests``: file and function of each one named."""

    defect: str
    remedy: str
    tests: tuple[tuple[str, str], ...]


def read_lines(text: str) -> list[Line]:
    """The table's lines, without its head."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    assert all(len(row) == 3 for row in rows), "each line has three columns"
    return [Line(row[0].strip(), row[1].strip(), tuple(NAMED.findall(row[2]))) for row in rows[2:]]


def find_tests(tree: ast.Module) -> set[str]:
    """The tests of a file that run."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {
        function.name
        for function in functions
        if function.name.startswith("test_")
        and not _NOT_RUN.intersection(dotted(decorator) for decorator in function.decorator_list)
    }


LINES = read_lines(TABLE.read_text(encoding="utf-8"))


def test_every_defect_has_its_line() -> None:
    assert len({line.defect for line in LINES}) == len(LINES) == DEFECTS
    assert all(line.defect and line.remedy for line in LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"\W+", "-", line.defect)[:40])
def test_its_tests_exist(line: Line) -> None:
    assert line.tests, "no test is named"
    missing = [
        f"{file}::{name}"
        for file, name in line.tests
        if not (ROOT / file).is_file() or name not in find_tests(parse(ROOT / file))
    ]
    assert missing == []


def test_the_third_column_names_nothing_but_tests() -> None:
    rows = [line.split("|")[3] for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    assert [rest for row in rows if (rest := NAMED.sub("", row).strip())] == []


def test_this_test_sees() -> None:
    tree = ast.parse("def test_a(): ...\n@pytest.mark.skip(reason='x')\ndef test_b(): ...\ndef helper(): ...")
    assert find_tests(tree) == {"test_a"}
    (line,) = read_lines("| a | b | c |\n|---|---|---|\n| broke | because | `tests/x/test_y.py::test_z` |")
    assert line == Line("broke", "because", (("tests/x/test_y.py", "test_z"),))
