"""``make prove`` may hang, be interrupted or meet a broken fixture: no proof that it did not end is said to hold."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.proofs import report
from tests.proofs.report import UNFINISHED, Finding, Report

ROOT = Path(__file__).resolve().parents[2]

#: A suite of proofs with a report of its own.
CONFTEST = """
from pathlib import Path

import pytest

from tests.proofs import plugin, report

pytest_plugins = ["tests.proofs.plugin"]
plugin.FOLDERS = (Path(__file__).parent,)
report.FOLDER = Path(__file__).parent
report.RESULTS_FILE, report.REPORT_FILE = report.FOLDER / "results.json", report.FOLDER / "report.md"


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true")
    parser.addoption("--seed", type=int)


@pytest.fixture
def broken():
    raise ValueError("broken from the start")


@pytest.fixture
def broken_in_the_end():
    yield
    raise ValueError("broken in the end")
"""

PROOFS = """
import os

import pytest

pytestmark = pytest.mark.promise(1)


def test_it_holds(proof):
    proof.progress(1, 2, "halves")
    proof.found("both halves", halves=2)


def test_it_finds_nothing(proof):
    pass


def test_it_fails(proof):
    proof.found("one half", halves=1)
    assert False


def test_it_has_no_beginning(broken, proof):
    proof.found("nothing", halves=2)


def test_it_ends_badly(broken_in_the_end, proof):
    proof.found("both halves", halves=2)


@pytest.mark.parametrize("how", ["slowly", "quickly"])
def test_it_hangs(proof, how):
    proof.found("both halves", halves=2)
    os._exit(1)
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process writes its reports."""
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "RESULTS_FILE", tmp_path / "results.json")
    monkeypatch.setattr(report, "REPORT_FILE", tmp_path / "report.md")
    return tmp_path


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_proofs.py").write_text(PROOFS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise(number): of a proof\n")
    old = Finding(1, "it was removed", 1, held=True), Finding(2, "it holds", 1, held=True)
    _write(tmp_path, [{**vars(finding), "commit": "old"} for finding in old])
    return tmp_path


def _write(folder: Path, rows: list[dict[str, Any]]) -> None:
    (folder / "results.json").write_text(json.dumps({"findings": rows}))


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads((folder / "results.json").read_text())["findings"]}


def _prove(where: Path, *further: str) -> str:
    """What it said."""
    command = [sys.executable, "-m", "pytest", "--full", "--seed=7", "-p", "no:cacheprovider", str(where), *further]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    folder = where if where.is_dir() else where.parent
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_only_what_came_to_its_end_and_was_right_holds(suite: Path) -> None:
    said = _prove(suite)
    rows = _rows(suite)
    assert {name: row["held"] for name, row in rows.items()} == {
        "it holds": True,
        "it finds nothing": False,
        "it fails": False,
        "it has no beginning": False,
        "it ends badly": False,
        "it hangs: slowly": False,
        "it hangs: quickly": False,
    }
    unfinished = {name for name, row in rows.items() if row["tried"] == UNFINISHED}
    assert unfinished == {"it finds nothing", "it has no beginning", "it hangs: slowly", "it hangs: quickly"}
    assert (rows["it holds"]["promise"], rows["it holds"]["figures"], rows["it holds"]["seed"]) == (1, {"halves": 2}, 7)
    assert "1 of 7 held" in (suite / "report.md").read_text()
    assert "[############............] 1 of 2 halves\n" in said, "nobody saw how far it was"


def test_a_part_leaves_the_rows_of_others(suite: Path) -> None:
    _prove(suite, "-k", "finds_nothing")
    assert {name: (row["held"], row["commit"] == "old") for name, row in _rows(suite).items()} == {
        "it was removed": (True, True),
        "it holds": (True, True),
        "it finds nothing": (False, False),
    }


@pytest.mark.parametrize("further", ["--ignore=test_more.py", "--collect-only"])
def test_what_does_not_look_everywhere_removes_nothing(suite: Path, further: str) -> None:
    (suite / "test_more.py").write_text("")
    _prove(suite, "-x", further)
    assert "it was removed" in _rows(suite)


def test_one_file_is_not_everything(suite: Path) -> None:
    _prove(suite / "test_proofs.py")
    assert "it was removed" in _rows(suite)


def test_the_head_says_how_many_held_and_of_which_commits(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "measured_commit", lambda: "0fc93c9")
    first = Report([Finding(1, name, 1) for name in ("this", "that", "another")], are_all=True)
    for name in ("this", "that", "another"):
        first.add(Finding(1, name, 1, held=True, tried="all", figures={"all": 1}))
    monkeypatch.setattr(report, "measured_commit", lambda: "abc1234")
    Report([Finding(1, "that", 1)], are_all=False)
    assert "2 of 3 held (rows by commit: 2 of 0fc93c9, 1 of abc1234), on " in (files / "report.md").read_text()
    assert f"| 1 | that | **NO** | {UNFINISHED} |" in (files / "report.md").read_text()
