"""The rules of deploy/ as Prometheus itself understands them (promtool, of Debian's package prometheus)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
CASES = Path(__file__).with_name("alerts_test.yml")

#: The first test of a run may have to install the package.
pytestmark = pytest.mark.timeout(600)


def run(promtool: str, folder: Path, rules: str) -> "subprocess.CompletedProcess[str]":
    (folder / "alerts.yml").write_text(rules, encoding="utf-8")
    shutil.copy(CASES, folder)
    command = [promtool, "test", "rules", str(folder / CASES.name)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_prometheus_takes_the_rules(promtool: str) -> None:
    done = subprocess.run([promtool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_rings_when_it_should_and_not_before(promtool: str, tmp_path: Path) -> None:
    done = run(promtool, tmp_path, RULES.read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("> 0.02", "> 0.005"),
        (" or absent(wallet_app_ready)", ""),
        (" or absent(wallet_webhook_ready)", ""),
        ("max(wallet_webhook_ready)", "min(wallet_webhook_ready)"),
        ("[1h]", "[1m]"),
        ("> 512", "> 513"),
        ("[6h:1m]", "[5m:1m]"),
        ("quantile_over_time(0.5", "quantile_over_time(1"),
        ('"failed|database-unavailable"', '".+"'),
        ("for: 10m\n        labels: {severity: page}", "for: 1m\n        labels: {severity: page}"),
    ],
)
def test_a_rule_that_is_wrong_is_noticed(promtool: str, tmp_path: Path, before: str, after: str) -> None:
    rules = RULES.read_text(encoding="utf-8")
    assert before in rules
    assert run(promtool, tmp_path, rules.replace(before, after)).returncode != 0
