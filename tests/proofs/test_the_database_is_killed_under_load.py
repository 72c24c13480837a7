"""Acknowledged is kept: the database dies under the webhook, which says 503 meanwhile and heals by itself."""

import asyncio
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.books import books_are_right
from tests.conftest import CAST, add_person
from tests.proofs.bank import RepeatingBank, add_orders, balance_is_right, missing_and_doubled
from tests.proofs.conftest import Proof
from tests.proofs.own_database import kill_server, own_server
from tests.proofs.plugin import FIXED_SEED
from tests.proofs.raw_http import broken_lines, running

#: From the moment the database answers again to the next credit.
HEAL_MAX_S = 10

#: One kill in so many is not mended at once: longer than the webhook waits for a connection, so that it must say 503.
AWAY_ONE_IN = 4
AWAY_S = 7


@pytest.mark.promise(1)
def test_the_database_killed_under_load_is_503_until_it_is_back(proof: Proof, tmp_path: Path) -> None:
    kills, credits = proof.size(small=1, full=20), proof.size(small=200, full=5_000)
    healed_s: list[float] = []
    missing_at_a_kill = 0
    stays_away = proof.full or proof.seed == FIXED_SEED
    with own_server() as server:
        url = server.url()
        alice = add_person("Alice Nair", CAST["alice"])
        with psycopg.connect(url, autocommit=True) as connection:
            orders = add_orders(connection, alice, credits)
        with running(url, tmp_path) as webhook:
            bank = RepeatingBank(webhook.port, orders, lambda done: proof.progress(done, credits, "credits kept"))

            async def kill_now_and_then() -> None:
                nonlocal missing_at_a_kill
                for kill in range(1, kills + 1):
                    await bank.acknowledges(credits * kill // (kills + 1))
                    await asyncio.to_thread(kill_server, server)
                    acknowledged = list(bank.acknowledged)
                    if stays_away and kill % AWAY_ONE_IN == 1:
                        await asyncio.sleep(AWAY_S)
                        assert (await asyncio.to_thread(httpx.get, webhook.address + "/readyz")).status_code == 503
                        assert (await asyncio.to_thread(httpx.get, webhook.address + "/healthz")).status_code == 200
                    await asyncio.to_thread(server.stop)
                    await asyncio.to_thread(server.start)
                    missing_at_a_kill += missing_and_doubled(url, acknowledged)[0]
                    started_s = time.monotonic()
                    await bank.acknowledges(len(acknowledged) + 1)
                    healed_s.append(time.monotonic() - started_s)

            async def run() -> None:
                await asyncio.gather(bank.send_all(), kill_now_and_then())

            asyncio.run(run())
            defects = broken_lines(webhook)
        missing, doubled = missing_and_doubled(url, bank.acknowledged)
        right = balance_is_right(url, alice, credits)
        with psycopg.connect(url, autocommit=True) as connection:
            books_are_right(connection)
    proof.found(
        f"the database killed (SIGKILL) {kills} times under {credits:,} distinct credits with repetitions, fsync on",
        acknowledged=len(bank.acknowledged),
        acknowledged_but_missing_at_a_kill=missing_at_a_kill,
        acknowledged_but_missing=missing,
        doubled=doubled,
        answers_503=bank.answers[503],
        answers_other_than_200_and_503=bank.answers_other_than(200, 503),
        longest_healing_s=round(max(healed_s), 2),
    )
    assert (missing_at_a_kill, missing, doubled, defects) == (0, 0, 0, 0)
    assert bank.answers[503] > 0 or not stays_away, "nobody asked while it was away: it proves nothing"
    assert bank.answers_other_than(200, 503) == 0
    assert max(healed_s) < HEAL_MAX_S
    assert right
