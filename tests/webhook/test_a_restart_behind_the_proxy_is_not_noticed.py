"""Two webhooks behind the proxy of deploy/: the bank hears of no restart, and of no death."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.conftest import add_onramp
from tests.webhook.bank import PATH, encode, message, signed_headers
from tests.webhook.caddy import running_caddy
from tests.webhook.process import WebhookProcess, free_port

#: As many as the bank sends in the time of two restarts, and no fewer.
CREDITS_MIN = 400
CALLERS = 6
START_S = 20

#: Of each of the two.
KILLS = 3


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
    with running_caddy(tmp_path, webhooks=[webhook.port for webhook in webhooks]) as address:
        yield address


def test_the_bank_gets_200_for_every_credit_while_each_webhook_restarts(
    proxy: str, webhooks: list[WebhookProcess], alice: UUID, superuser: psycopg.Connection
) -> None:
    with _bank(proxy, alice) as statuses:
        for webhook in webhooks:
            assert webhook.terminate() == 0
            _wait_for_more(statuses)
            webhook.start({"WALLET_BEHIND_TLS_PROXY": "true"})
            _wait_until_ready(webhook)
    assert set(statuses) == {200}, statuses
    assert _credits(superuser) == statuses.total() >= CREDITS_MIN


def test_of_a_webhook_that_is_killed_the_bank_hears_nothing_but_200(
    proxy: str, webhooks: list[WebhookProcess], alice: UUID, superuser: psycopg.Connection
) -> None:
    with _bank(proxy, alice) as statuses:
        for _ in range(KILLS):
            for webhook in webhooks:
                _wait_for_more(statuses)
                webhook.kill()
                _wait_for_more(statuses)
                webhook.start({"WALLET_BEHIND_TLS_PROXY": "true"})
                _wait_until_ready(webhook)
    assert set(statuses) == {200}, statuses
    assert _credits(superuser) == statuses.total() >= CREDITS_MIN


def _credits(superuser: psycopg.Connection) -> int:
    row = superuser.execute("SELECT count(*) FROM transfer WHERE kind = 'onramp'").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _bank(proxy: str, person_id: UUID) -> Iterator[Counter[int]]:
    """It sends credits for as long as the block lasts, at least CREDITS_MIN, and repeats none. Counts what it heard."""
    over = threading.Event()
    statuses: Counter[int] = Counter()
    counting = threading.Lock()

    def credit() -> None:
        with httpx.Client(timeout=30) as client:
            while not over.is_set() or statuses.total() < CREDITS_MIN:
                body = encode(message(add_onramp(person_id, 1_00), 1_00))
                said = client.post(proxy + PATH, content=body, headers=signed_headers(body))
                with counting:
                    statuses[said.status_code] += 1

    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(credit) for _ in range(CALLERS)]
        try:
            yield statuses
        finally:
            over.set()
        for call in calls:
            call.result()


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
