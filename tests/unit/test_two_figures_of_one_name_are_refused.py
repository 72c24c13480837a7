"""The second would silently take the place of the first in what is reported."""

import json
from pathlib import Path

import pytest

from bench import report
from bench.parts import history
from bench.ratio import Figure


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "RESULTS_FILE", tmp_path / "results.json")
    monkeypatch.setattr(report, "REPORT_FILE", tmp_path / "report.md")
    return tmp_path / "results.json"


def _figure(name: str) -> Figure:
    return Figure(name, "a page", "ms", [1.0], target=None)


def test_of_one_part(results: Path) -> None:
    with pytest.raises(ValueError, match="history_month"):
        report.write_results("history", [_figure("history_month"), _figure("history_month")])
    assert not results.exists()


def test_of_two_parts(results: Path) -> None:
    report.write_results("history", [_figure("history_month")])
    with pytest.raises(ValueError, match="history_month"):
        report.write_results("interface", [_figure("history_month")])
    assert json.loads(results.read_text())["history_month"]["part"] == "history"


def test_a_part_measured_again_takes_its_own_place(results: Path) -> None:
    report.write_results("history", [_figure("history_month")])
    report.write_results("history", [_figure("history_year")])
    assert json.loads(results.read_text()).keys() == {"history_year"}


def test_no_two_questions_about_history_have_one_name() -> None:
    names = [question.name for question in history._questions()]
    assert len(names) == len(set(names))
