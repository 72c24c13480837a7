"""Each process has a port of its own for its figures, the next free one; together they say what happened."""

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import add_onramp
from tests.e2e.stack import free_ports
from tests.operations.conftest import Person, Wallet
from tests.operations.figures import Figures
from tests.scale.machines import AppProcess
from tests.webhook.bank import message
from tests.webhook.process import WebhookProcess, free_port

CREDITS = (3, 5)
SIGN_INS = 24
WITHIN_S = 30


def _ports(log: Path) -> list[int]:
    found: list[dict[str, Any]] = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line["port"] for line in found if line["event"] == "figures"]


def test_two_webhooks_with_one_setting_are_two_to_ask(wallet: Wallet, alice: Person) -> None:
    (wanted,) = free_ports(1)
    with ExitStack() as stack:
        webhooks = []
        for name in ("first", "second"):
            folder = wallet.folder / name
            folder.mkdir()
            webhook = WebhookProcess(wallet.url, free_port(), folder)
            stack.callback(webhook.stop)
            webhook.start({"WALLET_WEBHOOK_METRICS_PORT": str(wanted)})
            webhooks.append(webhook)
        ports = [port for webhook in webhooks for port in _ports(webhook.log_path)]
        assert ports[0] == wanted
        assert wanted < ports[1] < wanted + 16
        for webhook, number in zip(webhooks, CREDITS, strict=True):
            for _ in range(number):
                assert webhook.call(message(add_onramp(alice.person_id, 1_00), 1_00)).status_code == 200
        counted = [Figures(port).read()['wallet_credits_total{outcome="credited"}'] for port in ports]
        assert counted == list(CREDITS), "each tells its own, and the sum over all is what happened"


def test_workers_of_one_app_are_asked_one_by_one(wallet: Wallet) -> None:
    """WEB_CONCURRENCY: one public port, and a port of figures for each worker."""
    port, wanted = free_ports(2)
    folder = wallet.folder / "workers"
    folder.mkdir()
    changes = {"WEB_CONCURRENCY": "2", "WALLET_APP_METRICS_PORT": str(wanted)}
    app = AppProcess(port, folder, {**wallet.environment, **changes})
    app.start()
    try:
        deadline = time.monotonic() + WITHIN_S
        while len(ports := _ports(app.log)) < 2:
            assert time.monotonic() < deadline, app.log.read_text()
            time.sleep(0.1)
        assert len(set(ports)) == 2
        form = {"phone": "12", "password": "wrong password"}
        for _ in range(SIGN_INS):
            # A connection each, so that the kernel gives them to both.
            httpx.post(f"{app.address}/auth/signin", data=form, headers={"Origin": app.address})
        counted = [sum(_sign_ins(Figures(each).read())) for each in ports]
        assert sum(counted) == SIGN_INS, counted
    finally:
        app.stop()


def _sign_ins(found: dict[str, float]) -> list[float]:
    return [value for name, value in found.items() if name.startswith("wallet_sign_ins_total")]
