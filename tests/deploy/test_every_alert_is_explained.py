"""Whoever is woken by an alert finds what it means and what to do."""

import re

from tests.conftest import ROOT


def test_each_alert_has_its_paragraph_and_no_paragraph_is_left_over() -> None:
    rules = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    runbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").partition("## What each alert means")[2]
    alerts = re.findall(r"- alert: (\w+)", rules)
    assert len(alerts) > 10
    assert sorted(alerts) == sorted(re.findall(r"^- \*\*(\w+)\*\*: ", runbook, re.MULTILINE))
