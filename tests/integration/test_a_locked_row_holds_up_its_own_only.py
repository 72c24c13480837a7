"""Somebody holds one row for long: who needs it is told to repeat, and their neighbours in the batch are served."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
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
from wallet_core.services.requests import ask_for_money, pay_request
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


def test_a_batch_that_waits_for_a_moment_stays_together(
    database_url: str, alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At an account that many pay, another process's batch is what holds the row: it ends, and one commit does."""
    fund(alice, 10_00)
    batch = [ledger._array_elements(payment(alice, bob)) for _ in range(2)]
    sent, calls = ledger._send, []
    with ExitStack() as holding:
        holding.enter_context(held(database_url, "account", alice))

        def send(payments: list[tuple[str, ...]]) -> list[PaymentAnswer]:
            calls.append(len(payments))
            if len(calls) == 2:
                holding.close()
            return sent(payments)

        monkeypatch.setattr(ledger, "_send", send)
        assert [getattr(answer, "outcome", answer) for answer in ledger._send_batch(batch)] == ["sent", "sent"]
    assert calls == [2, 2]


@pytest.mark.parametrize("is_let_go", [True, False])
def test_a_request_is_tried_twice(
    database_url: str, alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch, is_let_go: bool
) -> None:
    fund(alice, 10_00)
    asked = ask_for_money(person_id=bob, payer_id=alice, amount_paise=1_00, note="", key=str(uuid4()))
    called, calls = db.call_function, []
    with ExitStack() as holding:
        holding.enter_context(held(database_url, "account", alice))

        def call(*arguments: Any) -> list[Any]:
            calls.append(arguments)
            if len(calls) == 2 and is_let_go:
                holding.close()
            return called(*arguments)

        monkeypatch.setattr(db, "call_function", call)
        pay = partial(pay_request, person_id=alice, reference=asked.reference, key=str(uuid4()))
        if is_let_go:
            assert pay().amount_paise == -1_00
        else:
            with pytest.raises(DatabaseUnavailable):
                pay()
    assert len(calls) == 2


def payment(payer_id: UUID, payee_id: UUID) -> Payment:
    key = str(uuid4())
    return Payment(payer_id, payee_id, 1_00, "", key, sha256(key), new_reference("P"))
