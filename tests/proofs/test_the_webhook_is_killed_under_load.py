"""Acknowledged is kept: the webhook dies again and again in the middle of its work, and the bank repeats."""

import asyncio
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.proofs.bank import RepeatingBank, add_orders, balance_is_right, missing_and_doubled
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import NO_ANSWER, REFUSED, running

#: A kill comes within this of its moment, so that it strikes anywhere between two batches.
JITTER_S = 0.01


@pytest.mark.promise(1)
def test_the_webhook_killed_under_load_loses_and_doubles_nothing(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    kills, credits = proof.size(small=2, full=50), proof.size(small=200, full=5_000)
    missing_at_a_kill = 0
    with running(database_url, tmp_path) as webhook:
        orders = add_orders(superuser, alice, credits)
        bank = RepeatingBank(webhook.port, orders, lambda done: proof.progress(done, credits, "credits acknowledged"))

        async def kill_now_and_then() -> None:
            nonlocal missing_at_a_kill
            for kill in range(1, kills + 1):
                await bank.acknowledges(credits * kill // (kills + 1))
                await asyncio.sleep(proof.random.uniform(0, JITTER_S))
                # Holding Alice's account keeps a batch in flight: whoever is answered before the commit is answered
                # now, and killed before it.
                with superuser.transaction():
                    superuser.execute("SELECT 1 FROM account WHERE person_id = %s FOR UPDATE", [alice])
                    await asyncio.sleep(JITTER_S * (kill % 5))
                    await asyncio.to_thread(webhook.kill)
                    # Seen now, before any repetition could mend it.
                    missing_at_a_kill += missing_and_doubled(database_url, list(bank.acknowledged))[0]
                await asyncio.to_thread(webhook.start)

        async def run() -> None:
            await asyncio.gather(bank.send_all(), kill_now_and_then())

        asyncio.run(run())
    missing, doubled = missing_and_doubled(database_url, bank.acknowledged)
    proof.found(
        f"the webhook killed (SIGKILL) {kills} times under {credits:,} distinct credits with repetitions",
        acknowledged=len(bank.acknowledged),
        acknowledged_but_missing_at_a_kill=missing_at_a_kill,
        acknowledged_but_missing=missing,
        doubled=doubled,
        requests_cut_off=bank.unanswered,
        connections_refused=bank.refused,
        other_answers=bank.answers_other_than(200, NO_ANSWER, REFUSED),
    )
    assert (missing_at_a_kill, missing, doubled) == (0, 0, 0)
    assert bank.unanswered > 0, "never killed under load: it proves nothing"
    assert bank.answers_other_than(200, NO_ANSWER, REFUSED) == 0
    assert balance_is_right(database_url, alice, credits)
    books_are_right(superuser)
