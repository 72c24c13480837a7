"""Every command that the runbook has somebody type at night is there, with these words behind it."""

import argparse
import re
import shlex

import pytest

from tests.conftest import ROOT
from wallet_core.__main__ import _parser

RUNBOOK = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
OF_THE_CORE = sorted(set(re.findall(r"(?:python -m wallet_core|deploy/machine run) ([a-z-]+(?: \+\d+)?)", RUNBOOK)))


@pytest.mark.parametrize("line", OF_THE_CORE)
def test_each_command_of_the_core(line: str) -> None:
    asked = _parser().parse_args(shlex.split(line))
    assert isinstance(asked, argparse.Namespace)
    assert callable(asked.run)


def test_none_was_overlooked() -> None:
    assert {"reconcile", "disputes", "reports", "sweep", "grant-operator +919876543210"} <= set(OF_THE_CORE)


def test_none_needs_a_python_of_ours_on_a_machine() -> None:
    """There is Docker, and nothing else; at night nobody looks for a checkout."""
    (line,) = (line for line in RUNBOOK.splitlines() if "python -m wallet_core" in line)
    assert "docker compose exec app-1 python -m wallet_core" in line


def test_each_target_of_make() -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|[A-Z]\S* )make ([a-z-]+)", RUNBOOK))
    assert {"backup", "restore", "audit", "licences"} <= named
    assert named <= there


def test_each_file_that_it_points_to() -> None:
    named = set(re.findall(r"`((?:deploy|tests|webhook|wallet_app)/[\w/.-]+)`", RUNBOOK)) | {
        "deploy/deploy",
        "deploy/rollback",
    }
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []


def test_each_word_for_the_machines_script() -> None:
    script = (ROOT / "deploy" / "machine").read_text(encoding="utf-8")
    named = set(re.findall(r"deploy/machine (\w+)", RUNBOOK))
    assert {"status", "rollback", "run"} <= named
    for word in named:
        assert re.search(rf"^    {word}:[\d*]\)", script, re.MULTILINE), word
