"""A run that fails writes its figures, too: the next one must not be compared with those."""

import json
import subprocess
from pathlib import Path

import pytest

from bench import report
from bench.ratio import Ratio


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a bench that has figures, which nobody committed yet."""
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "RESULTS_FILE", tmp_path / "results.json")
    _measured(tmp_path, 5.0)
    return tmp_path


def _measured(folder: Path, value: float) -> None:
    (folder / "results.json").write_text(json.dumps({"webhook_vs_express_64": {"value": value}}))


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Alice", "-c", "user.email=alice@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_run_that_failed_does_not_become_the_measure(folder: Path) -> None:
    _git(folder, "init")
    _git(folder, "add", ".")
    _git(folder, "commit", "-m", "measured")
    _measured(folder, 3.0)
    before = report.committed_results()
    assert before == {"webhook_vs_express_64": {"value": 5.0}}
    still_bad = Ratio("webhook_vs_express_64", "", "", [3.0], [1.0], target=5.0)
    assert report.regressions(before, [still_bad]) == ["webhook_vs_express_64 was 5.00 and is 3.00"]


def test_without_git_the_file_is_the_measure(folder: Path) -> None:
    assert report.committed_results() == {"webhook_vs_express_64": {"value": 5.0}}
