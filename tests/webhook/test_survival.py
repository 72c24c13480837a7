"""A 2xx to the bank means that the credit is on disk, exactly once: with the process or the database dying under it.

The full size of these is bench's; here they are small enough for every run.
"""

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from alembic import command
from tests.conftest import CAST, add_onramp, add_person, alembic_config
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import credited_references, read_books
from tests.webhook.process import WebhookProcess, free_port
from wallet_core import db
from wallet_core.embedded_postgres import EmbeddedPostgres

AMOUNT_PAISE = 100
CREDITS = 300
KILLS = 3
CLIENTS = 16
GIVE_UP_S = 60
HEAL_S = 10


class Bank:
    """Repeats every message until it is acknowledged, as the bank does, from many connections at once."""

    def __init__(self, webhook: WebhookProcess, references: list[str]) -> None:
        self.waiting = list(references)
        self.acknowledged: list[str] = []
        self.answers: Counter[int | str] = Counter()
        self._webhook = webhook
        self._started = time.monotonic()

    async def send_all(self) -> None:
        limits = httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(limits=limits, timeout=20) as client:
            await asyncio.gather(*(self._send_waiting(client) for _ in range(CLIENTS)))

    async def _send_waiting(self, client: httpx.AsyncClient) -> None:
        while self.waiting:
            reference = self.waiting.pop()
            message_id = new_id()
            while not await self._send(client, reference, message_id):
                assert time.monotonic() - self._started < GIVE_UP_S, self.answers
                await asyncio.sleep(0.05)
            self.acknowledged.append(reference)

    async def _send(self, client: httpx.AsyncClient, reference: str, message_id: str) -> bool:
        body = encode(message(reference, AMOUNT_PAISE))
        try:
            answered = await client.post(
                self._webhook.url, content=body, headers=signed_headers(body, message_id=message_id)
            )
        except httpx.TransportError:
            self.answers["no answer"] += 1
            return False
        self.answers[answered.status_code] += 1
        return answered.status_code == 200


def _assert_each_credited_once(database_url: str, person_id: UUID, references: list[str]) -> None:
    assert sorted(credited_references(database_url)) == sorted(references)
    assert read_books(database_url, person_id).balance_paise == AMOUNT_PAISE * len(references)


def test_the_process_killed_under_load_loses_and_doubles_nothing(
    webhook: WebhookProcess, database_url: str, superuser: psycopg.Connection, alice: UUID
) -> None:
    references = [add_onramp(alice, AMOUNT_PAISE) for _ in range(CREDITS)]
    bank = Bank(webhook, references)

    async def kill_now_and_then() -> None:
        for kill in range(1, KILLS + 1):
            while len(bank.acknowledged) < CREDITS * kill // (KILLS + 1):
                await asyncio.sleep(0.001)
            await asyncio.sleep(random.uniform(0, 0.01))
            # Holding Alice's account keeps a batch in flight for a moment: whoever is answered before the commit is
            # answered now, and killed before it.
            with superuser.transaction():
                superuser.execute("SELECT 1 FROM account WHERE person_id = %s FOR UPDATE", [alice])
                await asyncio.sleep(0.1)
                await asyncio.to_thread(webhook.kill)
                await asyncio.sleep(0.05)
                # Seen now, before any repetition could mend it.
                assert set(bank.acknowledged) <= set(credited_references(database_url))
            await asyncio.to_thread(webhook.start)

    async def run() -> None:
        await asyncio.gather(bank.send_all(), kill_now_and_then())

    asyncio.run(run())
    assert bank.answers["no answer"] > 0, "never killed under load: it proves nothing"
    assert set(bank.answers) <= {200, "no answer"}
    _assert_each_credited_once(database_url, alice, references)
    print(f"{KILLS} kills, {len(bank.acknowledged)} credits acknowledged, {dict(bank.answers)}: 0 missing, 0 double")


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A server that may be stopped without harm to other tests."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "pg")
    try:
        yield server
    finally:
        db.dispose()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_the_database_stopped_under_load_is_503_and_heals_by_itself(
    own_server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = own_server.start()
    command.upgrade(alembic_config(url), "head")
    monkeypatch.setenv("DATABASE_URL", url)
    db.configure(url)
    alice = add_person("Alice Nair", CAST["alice"])
    references = [add_onramp(alice, AMOUNT_PAISE) for _ in range(CREDITS)]
    db.dispose()
    webhook = WebhookProcess(url, free_port(), tmp_path)
    webhook.start()
    bank = Bank(webhook, references)
    away_s = 8
    healed: list[int] = []

    async def stop_for_a_while() -> None:
        while len(bank.acknowledged) < CREDITS // 3:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(own_server.stop)
        await asyncio.sleep(away_s)
        assert (await asyncio.to_thread(httpx.get, webhook.address + "/readyz")).status_code == 503
        assert (await asyncio.to_thread(httpx.get, webhook.address + "/healthz")).status_code == 200
        acknowledged = len(bank.acknowledged)
        await asyncio.to_thread(own_server.start)
        started = time.monotonic()
        while len(bank.acknowledged) == acknowledged:
            await asyncio.sleep(0.01)
            assert time.monotonic() - started < HEAL_S, "not healed in time"
        healed.append(round(1000 * (time.monotonic() - started)))
        # A probe's answer is remembered for a moment: the last one may still be from before.
        while (await asyncio.to_thread(httpx.get, webhook.address + "/readyz")).status_code != 200:
            await asyncio.sleep(0.01)
            assert time.monotonic() - started < HEAL_S, "not ready in time"

    async def run() -> None:
        await asyncio.gather(bank.send_all(), stop_for_a_while())

    try:
        asyncio.run(run())
    finally:
        webhook.stop()
    assert bank.answers[503] > 0
    assert set(bank.answers) == {200, 503}
    assert not [line for line in webhook.log_lines() if "traceback" in line]
    _assert_each_credited_once(url, alice, references)
    print(f"database away {away_s} s, healed {healed[0]} ms after it was back, answers {dict(bank.answers)}")
