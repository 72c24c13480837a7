"""A run that fails writes its figures, too: the next one must not be compared with those."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.ratio import Figure, Ratio

NAME = "webhook_vs_express_64"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a bench that has figures, which nobody committed yet."""
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "RESULTS_FILE", tmp_path / "results.json")
    _measured(tmp_path, 5.0)
    return tmp_path


def _measured(folder: Path, value: float) -> None:
    (folder / "results.json").write_text(json.dumps({NAME: _known(value)}))


def _known(value: float) -> dict[str, Any]:
    return {"part": "webhook", "kind": "ratio", "value": value}


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Alice", "-c", "user.email=alice@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_run_that_failed_does_not_become_the_measure(folder: Path) -> None:
    _git(folder, "init")
    _git(folder, "add", ".")
    _git(folder, "commit", "-m", "measured")
    _measured(folder, 3.0)
    before = report.committed_results()
    assert before == {NAME: _known(5.0)}
    still_bad = Ratio(NAME, "", "", [3.0], [1.0], target=5.0)
    assert report.regressions(before, "webhook", [still_bad]) == [f"{NAME} was 5.00 and is 3.00"]


def test_without_git_the_file_is_the_measure(folder: Path) -> None:
    assert report.committed_results() == {NAME: _known(5.0)}


def test_a_ratio_of_another_name_takes_the_place_of_none() -> None:
    renamed = Ratio("webhook_vs_express", "", "", [3.0], [1.0], target=5.0)
    found = report.regressions({NAME: _known(5.0)}, "webhook", [renamed])
    assert found == [f"{NAME} was 5.00 and was not measured"]


def test_a_ratio_that_is_a_figure_now_is_gone() -> None:
    figure = Figure(NAME, "", "ms", [5.0], target=None)
    assert report.regressions({NAME: _known(5.0)}, "webhook", [figure]) == [f"{NAME} was 5.00 and was not measured"]


def test_what_another_part_measures_is_not_missed() -> None:
    assert report.regressions({NAME: _known(5.0)}, "sending", []) == []


def test_a_figure_may_go_and_change() -> None:
    before = {NAME: {**_known(5.0), "kind": "figure"}}
    assert report.regressions(before, "webhook", []) == []
    assert report.regressions(before, "webhook", [Figure(NAME, "", "ms", [50.0], target=None)]) == []


def test_as_good_as_before_says_nothing() -> None:
    same = Ratio(NAME, "", "", [4.1], [1.0], target=5.0)
    assert report.regressions({NAME: _known(5.0)}, "webhook", [same]) == []
