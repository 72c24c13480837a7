"""A stop for a new version (SIGTERM) is nobody's error: who was let in is answered, who comes later finds it shut."""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.proofs.bank import AMOUNT_PAISE, add_orders, missing_and_doubled
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import cut, read_answer, request
from tests.webhook.bank import encode, message, signed_headers
from tests.webhook.process import WebhookProcess, free_port

#: Half of them keep their connection, half open a new one for each message.
CLIENTS = 32

#: More than anybody can send before the stop.
ORDERS = 20_000
SEEN_BEFORE_STOP = 300

#: Who keeps a connection pauses between two messages: it is idle when the stop comes, and speaks right after.
PAUSE_MAX_S = 0.02


class Clients:
    """They send until the door is shut. ``ends``: what became of each request that was not answered."""

    def __init__(self, port: int, orders: list[str], random: Random) -> None:
        self.acknowledged: list[str] = []
        self.ends: Counter[str] = Counter()
        self._port = port
        self._orders = orders
        self._random = random

    async def run(self) -> None:
        await asyncio.gather(*(self._send(keeps=bool(number % 2)) for number in range(CLIENTS)))

    async def _send(self, *, keeps: bool) -> None:
        opened: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while True:
            if opened is None:
                try:
                    opened = await asyncio.open_connection("127.0.0.1", self._port)
                except ConnectionRefusedError:
                    return
                except ConnectionResetError:
                    self.ends["reset"] += 1
                    return
            reader, writer = opened
            reference = self._orders.pop()
            body = encode(message(reference, AMOUNT_PAISE))
            try:
                writer.write(request(body, signed_headers(body)))
                status, goes_on = await read_answer(reader)
            except ConnectionError:
                self.ends["reset"] += 1
                status, goes_on = 0, False
            except asyncio.IncompleteReadError:
                self.ends["closed without an answer"] += 1
                status, goes_on = 0, False
            if status == 200:
                self.acknowledged.append(reference)
            elif status:
                self.ends[f"answered {status}"] += 1
            if keeps and goes_on:
                await asyncio.sleep(self._random.uniform(0, PAUSE_MAX_S))
            else:
                await cut(writer)
                opened = None


@pytest.mark.promise(1)
def test_stopped_under_load_resets_nobodys_connection(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    stops = proof.size(small=2, full=20)
    acknowledged: list[str] = []
    ends: Counter[str] = Counter()
    statuses: set[int] = set()
    webhook = WebhookProcess(database_url, free_port(), tmp_path)
    for stop in range(1, stops + 1):
        orders = add_orders(superuser, alice, ORDERS)
        webhook.start()
        clients = Clients(webhook.port, orders, proof.random)

        async def run(clients: Clients = clients) -> int:
            sending = asyncio.create_task(clients.run())
            while len(clients.acknowledged) < SEEN_BEFORE_STOP:
                await asyncio.sleep(0.001)
            await asyncio.sleep(proof.random.uniform(0, 0.1))
            status = await asyncio.to_thread(webhook.terminate)
            await sending
            return status

        statuses.add(asyncio.run(run()))
        acknowledged += clients.acknowledged
        ends += clients.ends
        superuser.execute("DELETE FROM onramp WHERE status = 'processing'")
        proof.progress(stop, stops, "stops")
    missing, doubled = missing_and_doubled(database_url, acknowledged)
    proof.found(
        f"{stops} times SIGTERM under {CLIENTS} clients, half of them with a new connection for each message",
        acknowledged=len(acknowledged),
        acknowledged_but_missing=missing,
        doubled=doubled,
        connections_reset=ends["reset"],
        closed_without_an_answer=ends["closed without an answer"],
        other_answers=sum(count for end, count in ends.items() if end.startswith("answered")),
    )
    assert statuses == {0}
    assert not ends
    assert (missing, doubled) == (0, 0)
    books_are_right(superuser)
