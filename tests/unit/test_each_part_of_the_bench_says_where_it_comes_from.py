"""Parts are measured apart: a report that spoke of one machine and one commit would be wrong for most of them."""

import json
import platform
from pathlib import Path

import pytest

from bench import report
from bench.ratio import Figure


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "RESULTS_FILE", tmp_path / "results.json")
    monkeypatch.setattr(report, "REPORT_FILE", tmp_path / "report.md")
    return tmp_path


def _measure(part: str, monkeypatch: pytest.MonkeyPatch, commit: str) -> None:
    monkeypatch.setattr(report, "measured_commit", lambda: commit)
    report.write_results(part, [Figure(f"{part}_ms", "a page", "ms", [1.0], target=None)])


def _forget(folder: Path, name: str, *keys: str) -> None:
    results = json.loads((folder / "results.json").read_text())
    for key in keys:
        del results[name][key]
    (folder / "results.json").write_text(json.dumps(results))


def _said(folder: Path, part: str) -> str:
    """The line below the part's heading."""
    lines = (folder / "report.md").read_text().splitlines()
    return lines[lines.index(f"## {part}") + 1]


def test_commit_date_and_machine_stand_below_the_heading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _measure("sending", monkeypatch, "aaaaaaa")
    found = json.loads((folder / "results.json").read_text())["sending_ms"]
    assert platform.python_version() in found["machine"]
    day = found["measured_at"][:10]
    assert _said(folder, "sending") == f"Commit aaaaaaa, measured on {day}, on {found['machine']}."


def test_each_part_keeps_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _measure("sending", monkeypatch, "aaaaaaa")
    _measure("history", monkeypatch, "bbbbbbb-dirty")
    assert _said(folder, "sending").startswith("Commit aaaaaaa, measured on ")
    assert _said(folder, "history").startswith("Commit bbbbbbb-dirty, with changes that are in no commit, measured on ")


def test_an_older_part_says_what_it_knows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _measure("sending", monkeypatch, "aaaaaaa")
    _forget(folder, "sending_ms", "measured_at", "machine")
    _measure("history", monkeypatch, "bbbbbbb")
    assert _said(folder, "sending") == "Commit aaaaaaa."


def test_the_head_names_no_machine_and_no_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _measure("sending", monkeypatch, "aaaaaaa")
    head = (folder / "report.md").read_text().partition("## ")[0]
    assert "aaaaaaa" not in head
    assert platform.python_version() not in head
