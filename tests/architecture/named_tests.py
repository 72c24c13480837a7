"""Tables in docs/ whose third column names tests: docs/successor.md and docs/threat_model.md are held to their word."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source import ROOT, dotted, parse

#: A test as pytest names it.
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")

#: What would keep a test from running, or its failure from counting.
_NOT_RUN = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "unittest.skip"}

#: Under each head of a table.
_RULE = re.compile(r"[|\s:-]+")


@dataclass(frozen=True)
class Line:
    """Of a table. ``tests``: file and function of each one named."""

    subject: str
    remedy: str
    tests: tuple[tuple[str, str], ...]
    other_words: str

    @property
    def missing(self) -> list[str]:
        """Named tests that are not there, or do not run."""
        return [
            f"{file}::{name}"
            for file, name in self.tests
            if not (ROOT / file).is_file() or name not in find_tests(parse(ROOT / file))
        ]


def read_lines(table: Path) -> list[Line]:
    """The lines of all tables of a file, without their heads."""
    return lines_of(table.read_text(encoding="utf-8"))


def lines_of(text: str) -> list[Line]:
    """The same of a text."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = {number for number, line in enumerate(lines) if _RULE.fullmatch(line)}
    rows = [
        line.strip().strip("|").split("|")
        for number, line in enumerate(lines)
        if number not in rules and number + 1 not in rules
    ]
    assert all(len(row) == 3 for row in rows), "each line has three columns"
    return [
        Line(row[0].strip(), row[1].strip(), tuple(NAMED.findall(row[2])), NAMED.sub("", row[2]).strip())
        for row in rows
    ]


def find_tests(tree: ast.Module) -> set[str]:
    """The tests of a file that run."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {
        function.name
        for function in functions
        if function.name.startswith("test_")
        and not _NOT_RUN.intersection(dotted(decorator) for decorator in function.decorator_list)
    }
