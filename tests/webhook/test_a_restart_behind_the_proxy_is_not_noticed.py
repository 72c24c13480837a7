"""Two webhooks behind the proxy of deploy/, as Debian packages it: the bank hears of no restart."""

import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.conftest import ROOT, add_onramp
from tests.scale.servers import install_packages
from tests.webhook.bank import PATH, encode, message, signed_headers
from tests.webhook.process import WebhookProcess, free_port

#: As many as the bank sends in the time of two restarts, and no fewer.
CREDITS_MIN = 400
CALLERS = 6
START_S = 20


@pytest.fixture
def webhooks(database_url: str, tmp_path: Path) -> Iterator[list[WebhookProcess]]:
    with ExitStack() as stack:
        started = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            process = WebhookProcess(database_url, free_port(), tmp_path / name)
            stack.callback(process.stop)
            process.start({"WALLET_BEHIND_TLS_PROXY": "true"})
            started.append(process)
        yield started


@pytest.fixture
def proxy(webhooks: list[WebhookProcess], tmp_path: Path) -> Iterator[str]:
    """The address of Caddy as deploy/ has it; only the folder of routes is another, and no admin's door is open."""
    if shutil.which("caddy") is None:
        install_packages(["caddy"])
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is missing: install Debian's package as root")
    (tmp_path / "live").mkdir()
    shutil.copy(ROOT / "deploy/compose/live.caddy", tmp_path / "live")
    text = (ROOT / "deploy/Caddyfile").read_text().replace("/etc/caddy-live", str(tmp_path / "live"))
    (tmp_path / "Caddyfile").write_text(text.replace("{\n\tservers", "{\n\tadmin off\n\tservers", 1))
    address = f"http://localhost:{free_port()}"
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "WALLET_PUBLIC_URL": address,
        "WALLET_APPS": f"127.0.0.1:{free_port()}",
        "WALLET_WEBHOOKS": " ".join(f"127.0.0.1:{webhook.port}" for webhook in webhooks),
    }
    command = [caddy, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    with (tmp_path / "caddy.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_S
        while not _answers(address):
            assert process.poll() is None, (tmp_path / "caddy.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "caddy.log").read_text()
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address + "/readyz").status_code == 404
    except httpx.TransportError:
        return False


def test_the_bank_gets_200_for_every_credit_while_each_webhook_restarts(
    proxy: str, webhooks: list[WebhookProcess], alice: UUID, superuser: psycopg.Connection
) -> None:
    restarted = threading.Event()
    statuses: Counter[int] = Counter()
    counting = threading.Lock()

    def credit() -> None:
        with httpx.Client(timeout=30) as client:
            while not restarted.is_set() or statuses.total() < CREDITS_MIN:
                body = encode(message(add_onramp(alice, 1_00), 1_00))
                said = client.post(proxy + PATH, content=body, headers=signed_headers(body))
                with counting:
                    statuses[said.status_code] += 1

    with ThreadPoolExecutor(CALLERS) as callers:
        bank = [callers.submit(credit) for _ in range(CALLERS)]
        try:
            for webhook in webhooks:
                assert webhook.terminate() == 0
                _wait_for_more(statuses)
                webhook.start({"WALLET_BEHIND_TLS_PROXY": "true"})
                _wait_until_ready(webhook)
        finally:
            restarted.set()
        for one in bank:
            one.result()
    credits = superuser.execute("SELECT count(*) FROM transfer WHERE kind = 'onramp'").fetchone()
    assert set(statuses) == {200}, statuses
    assert credits == (statuses.total(),)
    assert statuses.total() >= CREDITS_MIN


def _wait_for_more(statuses: Counter[int]) -> None:
    """The other one is alone for a while."""
    deadline, before = time.monotonic() + START_S, statuses.total()
    while statuses.total() < before + CREDITS_MIN // 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _wait_until_ready(webhook: WebhookProcess) -> None:
    """And that the proxy has seen it: it asks twice a second."""
    deadline = time.monotonic() + START_S
    asked_at_s = 0.0
    while asked_at_s == 0.0 or time.monotonic() < asked_at_s + 1.0:
        assert time.monotonic() < deadline
        if asked_at_s == 0.0 and httpx.get(webhook.address + "/readyz").status_code == 200:
            asked_at_s = time.monotonic()
        time.sleep(0.05)
