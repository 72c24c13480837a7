"""The bank credits, through two webhooks, the very accounts between which their people move money at that moment."""

import asyncio
import time
from pathlib import Path

import psycopg
import pytest

from tests.books import available_paise, books_are_right
from tests.conftest import Fund, add_person
from tests.proofs.bank import AMOUNT_PAISE, RepeatingBank, add_orders, missing_and_doubled
from tests.proofs.bank_clients import Clients, Seen
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import running
from wallet_core import db

#: Few, so that a credit and a payment meet at every account all the time.
PEOPLE = 3
EACH_PAISE = 10_000

#: Processes that pay, and threads in each; and connections of the bank to each of the webhooks.
PROCESSES = 2
THREADS = 4
CONNECTIONS = 16


@pytest.mark.promise(2)
def test_credits_and_payments_at_the_same_accounts_lose_nothing(
    proof: Proof, database_url: str, tmp_path: Path, fund: Fund, superuser: psycopg.Connection
) -> None:
    credits, payments = proof.size(small=300, full=20_000), proof.size(small=320, full=16_000)
    people = [add_person(f"Person {number}", f"+9198765{number:05}") for number in range(PEOPLE)]
    orders: list[str] = []
    for person in people:
        fund(person, EACH_PAISE)
        orders += add_orders(superuser, person, credits // PEOPLE)
    db.dispose()
    proof.random.shuffle(orders)
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    with running(database_url, folders[0]) as first, running(database_url, folders[1]) as second:
        halves = (first.port, orders[::2]), (second.port, orders[1::2])
        banks: list[RepeatingBank] = []

        def progress(_: int) -> None:
            proof.progress(sum(len(bank.acknowledged) for bank in banks), len(orders), "credits")

        banks += [RepeatingBank(port, half, progress) for port, half in halves]
        each = payments // (PROCESSES * THREADS)
        seeds = [proof.random.randrange(2**31) for _ in range(PROCESSES)]
        payers = [Clients(database_url, seed, THREADS, each, people) for seed in seeds]
        asyncio.run(_all(banks))
        while proof.full and any(payer.is_running for payer in payers):
            proof.progress(_payments(superuser), payments, "payments made (those refused do not count)")
            time.sleep(1)
        seen = Seen()
        for payer in payers:
            seen.add(payer.seen())
    missing, doubled = missing_and_doubled(database_url, [name for bank in banks for name in bank.acknowledged])
    balances = [available_paise(superuser, person) for person in people]
    proof.found(
        f"{len(orders):,} credits by two webhooks and {payments:,} payments, all at the accounts of {PEOPLE} people",
        acknowledged=sum(len(bank.acknowledged) for bank in banks),
        acknowledged_but_missing=missing,
        doubled=doubled,
        other_answers=sum(bank.answers_other_than(200) for bank in banks),
        payments_made=len(seen.sent),
        errors_shown=len(seen.errors),
        paise_too_many=sum(balances) - PEOPLE * EACH_PAISE - len(orders) * AMOUNT_PAISE,
    )
    assert seen.errors == []
    assert (missing, doubled) == (0, 0)
    assert all(bank.answers_other_than(200) == 0 for bank in banks)
    assert len(seen.sent) > 0
    # What they had and every credit is there, in the balances and in each row that leads to them.
    assert sum(balances) == PEOPLE * EACH_PAISE + len(orders) * AMOUNT_PAISE
    books_are_right(superuser)


async def _all(banks: list[RepeatingBank]) -> None:
    await asyncio.gather(*(bank.send_all(CONNECTIONS) for bank in banks))


def _payments(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM payment_command").fetchone()
    assert row is not None
    return int(row[0])
