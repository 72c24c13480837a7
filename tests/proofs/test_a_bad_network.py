"""Between the bank and us everything goes wrong that a network can do; every order is credited, and once."""

import asyncio
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.proofs.bank import RepeatingBank, add_orders, balance_is_right, missing_and_doubled
from tests.proofs.conftest import Proof
from tests.proofs.proxy import Fault, proxied
from tests.proofs.raw_http import broken_lines, running
from tests.webhook.process import free_port

#: A message with its head has some 500 bytes, an answer some 150: every connection dies within its first ten messages.
REQUEST_CUT_BYTES = (1, 5_000)
ANSWER_CUT_BYTES = (1, 1_500)
DELAY_MAX_S = 0.02

#: Statuses of a request that was cut in its middle: as if it were not ours, or not HTTP.
CUT_STATUSES = (400, 401, 408)


@pytest.mark.promise(1)
def test_a_bad_network_loses_and_doubles_nothing(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    credits = proof.size(small=150, full=5_000)
    orders = add_orders(superuser, alice, credits)

    def fault() -> Fault:
        chance = proof.random
        delay_s = chance.choice([0.0, chance.uniform(0, DELAY_MAX_S)])
        return chance.choice(
            [
                Fault(delay_s=delay_s, cut_request_at_bytes=chance.randint(*REQUEST_CUT_BYTES)),
                Fault(delay_s=delay_s, cut_answer_at_bytes=chance.randint(*ANSWER_CUT_BYTES)),
                Fault(delay_s=delay_s, half_closed_at_bytes=chance.randint(*REQUEST_CUT_BYTES)),
            ]
        )

    with running(database_url, tmp_path) as webhook, proxied(free_port(), webhook.port, fault) as proxy:
        assert isinstance(proxy.listens, int)
        bank = RepeatingBank(proxy.listens, orders, lambda done: proof.progress(done, credits, "credits"))
        asyncio.run(bank.send_all())
        defects = broken_lines(webhook)
    missing, doubled = missing_and_doubled(database_url, bank.acknowledged)
    proof.found(
        f"{credits:,} distinct credits over a network that delays, and cuts or half-closes every connection",
        connections=proxy.connections,
        requests_without_an_answer=bank.unanswered,
        acknowledged_but_missing=missing,
        doubled=doubled,
        other_answers=bank.answers_other_than(0, 200, *CUT_STATUSES),
    )
    assert (missing, doubled, defects) == (0, 0, 0)
    assert bank.unanswered > 0, "nothing was cut: it proves nothing"
    assert bank.answers_other_than(0, 200, *CUT_STATUSES) == 0
    assert balance_is_right(database_url, alice, credits)
    books_are_right(superuser)
