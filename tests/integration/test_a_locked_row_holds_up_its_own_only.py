"""Somebody holds one row for long: who needs it is told to repeat, and their neighbours in the batch are served."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.books import available_paise, books_are_right
from tests.conftest import Fund, add_onramp, bank_message
from wallet_core import db, ledger
from wallet_core.errors import DatabaseUnavailable
from wallet_core.ids import new_reference, sha256
from wallet_core.ledger import Payment, PaymentAnswer
from wallet_core.services.onramps import settle_batch
from wallet_core.views import BankMessage, MessageOutcome

CREDITED = MessageOutcome.CREDITED

#: The five seconds that other statements wait for a lock would be over. Two waits of a quarter, and much patience.
SOON_S = 3

HOLDS = {
    "account": "SELECT FROM account WHERE person_id = %s FOR UPDATE",
    "order": "SELECT FROM onramp WHERE person_id = %s FOR UPDATE",
}


@contextmanager
def held(database_url: str, what: str, person_id: UUID) -> Iterator[None]:
    with psycopg.connect(database_url) as holder:
        holder.execute(HOLDS[what].encode(), [person_id])
        yield


def settle(messages: list[BankMessage]) -> list[MessageOutcome | None]:
    async def inside() -> list[MessageOutcome | None]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, messages)

    return asyncio.run(inside())


@pytest.mark.parametrize("what", HOLDS)
def test_a_message_of_the_bank(
    database_url: str, superuser: psycopg.Connection, alice: UUID, bob: UUID, charlie: UUID, what: str
) -> None:
    messages = [bank_message(add_onramp(person_id, 5_00), 5_00) for person_id in (bob, alice, charlie)]
    with held(database_url, what, alice):
        began = time.monotonic()
        assert settle(messages) == [CREDITED, None, CREDITED]
        assert time.monotonic() - began < SOON_S
    assert settle(messages) == [MessageOutcome.DUPLICATE, CREDITED, MessageOutcome.DUPLICATE]
    assert [available_paise(superuser, person_id) for person_id in (alice, bob, charlie)] == [5_00] * 3
    books_are_right(superuser)


def test_however_many_need_it(database_url: str, superuser: psycopg.Connection, alice: UUID, bob: UUID) -> None:
    """The first of many are tried; behind them nobody waits without end."""
    messages = [bank_message(add_onramp(person_id, 1_00), 1_00) for person_id in [bob, *[alice] * 40, bob]]
    with held(database_url, "account", alice):
        began = time.monotonic()
        assert settle(messages) == [CREDITED, *[None] * 41]
        assert time.monotonic() - began < ledger.ONE_BY_ONE_S + SOON_S
    assert available_paise(superuser, bob) == 1_00


def test_a_payment(
    database_url: str, superuser: psycopg.Connection, alice: UUID, bob: UUID, charlie: UUID, fund: Fund
) -> None:
    fund(alice, 10_00)
    fund(bob, 10_00)
    held_up, free = payment(alice, charlie), payment(bob, charlie)
    batch = [ledger._array_elements(one) for one in (held_up, free)]
    with held(database_url, "account", alice):
        began = time.monotonic()
        told_to_repeat, sent = ledger._send_batch(batch)
        assert time.monotonic() - began < SOON_S
    assert isinstance(told_to_repeat, DatabaseUnavailable)
    assert isinstance(sent, PaymentAnswer)
    assert sent.outcome == "sent"
    answers = ledger._send_batch(
        [ledger._array_elements(replace(one, reference=new_reference("P"))) for one in (held_up, free)]
    )
    assert [answer.outcome for answer in answers if isinstance(answer, PaymentAnswer)] == ["sent", "replayed"]
    assert available_paise(superuser, charlie) == 2_00
    books_are_right(superuser)


def payment(payer_id: UUID, payee_id: UUID) -> Payment:
    key = str(uuid4())
    return Payment(payer_id, payee_id, 1_00, "", key, sha256(key), new_reference("P"))
