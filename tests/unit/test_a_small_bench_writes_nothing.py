"""A run of a second, or of few rows, has figures under the names of the full size: they must not be taken for those."""

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import report
from bench.parts import sending, webhook
from bench.ratio import Figure, Ratio

FILES = {"RESULTS_FILE": "results.json", "REPORT_FILE": "report.md"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the bench writes: nothing is measured there yet. The measuring itself is left out."""
    for constant, name in FILES.items():
        monkeypatch.setattr(report, constant, tmp_path / name)
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(webhook, "PLOT_FILE", tmp_path / "throughput.svg")
    monkeypatch.setattr(sending, "measure", _measure)
    for name in report.SHRINKING:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _measure() -> list[Ratio | Figure]:
    return [Ratio("send_vs_pgbench_8", "", "payments/s", [3.0], [2.0], target=1.0)]


def _plot() -> None:
    webhook._plot({1: webhook.Compared([1.0], [1.0], [1.0], [1.0])})


@pytest.mark.parametrize("name", report.SHRINKING)
def test_it_says_so_and_writes_nothing(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "1")
    assert bench.main(["sending"]) == 0
    _plot()
    assert list(folder.iterdir()) == []
    said = capsys.readouterr().out
    assert "send_vs_pgbench_8: 1.50" in said
    assert "nothing was written" in said


def test_it_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    better = Ratio("send_vs_pgbench_8", "", "payments/s", [9.0], [1.0], target=1.0)
    monkeypatch.setattr(sending, "measure", lambda: [better])
    assert bench.main(["sending"]) == 0
    monkeypatch.setattr(sending, "measure", _measure)
    monkeypatch.setenv("BENCH_SECONDS", "1")
    written = report.RESULTS_FILE.read_text()
    assert bench.main(["sending"]) == 0
    assert report.RESULTS_FILE.read_text() == written
    monkeypatch.delenv("BENCH_SECONDS")
    assert bench.main(["sending"]) == 1


def test_one_at_full_size_writes_all(folder: Path) -> None:
    assert bench.main(["sending"]) == 0
    _plot()
    assert {path.name for path in folder.iterdir()} == {*FILES.values(), "throughput.svg"}
