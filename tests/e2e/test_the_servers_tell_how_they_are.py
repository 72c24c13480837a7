"""Readiness, and figures on ports of their own: every figure that an alert or the dashboard names is really there."""

import re
import time

import httpx

from tests.e2e.stack import ROOT, Stack

#: Pages are served a moment before the connection stands that listens for changes.
READY_WITHIN_S = 10

NAME = re.compile(r"\bwallet_[a-z_]+")


def _figures(stack: Stack) -> str:
    return "\n".join(httpx.get(url, timeout=10).text for url in (stack.app_figures_url, stack.webhook_figures_url))


def test_the_app_says_that_it_is_alive_and_ready(stack: Stack) -> None:
    assert httpx.get(f"{stack.app_url}/healthz").json() == {"status": "alive"}
    deadline = time.monotonic() + READY_WITHIN_S
    while not (ready := httpx.get(f"{stack.app_url}/readyz", timeout=10)).is_success and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_every_figure_that_is_watched_exists(stack: Stack) -> None:
    found = _figures(stack)
    told = set(re.findall(r"^# TYPE (\w+) ", found, re.MULTILINE)) | set(
        re.findall(r"^(\w+)(?:\{[^}]*\})? ", found, re.MULTILINE)
    )
    told |= {f"{name}_bucket" for name in told}
    for name in ("prometheus/alerts.yml", "grafana/wallet.json"):
        # A comment may name a package.
        text = re.sub(r"^\s*#.*", "", (ROOT / "deploy" / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        watched = set(NAME.findall(text))
        assert watched - told == set()


def test_the_public_ports_give_no_figures(stack: Stack) -> None:
    for url in (stack.app_url, stack.webhook_url):
        assert "wallet_credits_total" not in httpx.get(f"{url}/metrics").text
