"""``docs/threat_model.md`` says who attacks what, what stops it, and which test shows it: those tests exist and run."""

import re

import pytest

from tests.architecture.named_tests import Line, read_lines
from tests.architecture.source import ROOT

THREATS = ROOT / "docs" / "threat_model.md"
LINES = read_lines(THREATS)


def test_every_attacker_has_threats() -> None:
    sections = THREATS.read_text(encoding="utf-8").split("\n## ")[1:]
    empty = [section.splitlines()[0] for section in sections if "\n| **" not in section and "\n- " not in section]
    assert empty == []
    assert len({line.subject for line in LINES}) == len(LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"\W+", "-", line.subject)[:40])
def test_its_tests_exist(line: Line) -> None:
    assert line.remedy, "nothing is said to stop it"
    assert line.tests, "no test is named"
    assert line.missing == []
    assert line.other_words == ""
