"""``docs/successor.md`` says which test shows that a defect of the application before this one cannot come back.

Here that table is read: each line names its tests, and each of them exists and runs.
"""

import ast
import re

import pytest

from tests.architecture.named_tests import Line, find_tests, lines_of, read_lines
from tests.architecture.source import ROOT

#: A defect is never taken off the list.
DEFECTS = 20

LINES = read_lines(ROOT / "docs" / "successor.md")


def test_every_defect_has_its_line() -> None:
    assert len({line.subject for line in LINES}) == len(LINES) == DEFECTS
    assert all(line.subject and line.remedy for line in LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"\W+", "-", line.subject)[:40])
def test_its_tests_exist(line: Line) -> None:
    assert line.tests, "no test is named"
    assert line.missing == []
    assert line.other_words == ""


def test_this_test_sees() -> None:
    tree = ast.parse("def test_a(): ...\n@pytest.mark.skip(reason='x')\ndef test_b(): ...\ndef helper(): ...")
    assert find_tests(tree) == {"test_a"}
    (line,) = lines_of("| a | b | c |\n|---|---|---|\n| broke | because | `tests/x/test_y.py::test_z` and |")
    assert line == Line("broke", "because", (("tests/x/test_y.py", "test_z"),), "and")
    assert line.missing == ["tests/x/test_y.py::test_z"]
