"""Duplicates of every kind: at once, under other message ids, in one batch, in two batches, in two processes' pools."""

import asyncio
from functools import partial
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Json

from tests.at_once import at_once_behind, deadlock_count, rows_locked, wait_for_waiting
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import add_onramp, bank_message
from wallet_core import db
from wallet_core.services.onramps import settle_batch, settle_onramp
from wallet_core.views import BankMessage, MessageOutcome

CREDITED, DUPLICATE = MessageOutcome.CREDITED, MessageOutcome.DUPLICATE
MESSAGE_IDS = 50

#: Held up here, as many messages as there are connections are inside the function at the same moment.
LOCK = "SELECT 1 FROM onramp WHERE reference = %s FOR UPDATE"


@pytest.mark.parametrize("copies", [2, 20])
def test_identical_callbacks_at_once(
    alice: UUID, superuser: psycopg.Connection, database_url: str, copies: int
) -> None:
    reference = add_onramp(alice, 500_00)
    calls = [partial(settle_onramp, bank_message(reference, 500_00, message_id="msg_1"))] * copies
    outcomes = at_once_behind(database_url, LOCK, [reference], calls, min(copies, db.POOL_CONNECTIONS))
    assert sorted(map(str, outcomes)) == ["credited"] + ["duplicate"] * (copies - 1)
    assert available_paise(superuser, alice) == 500_00
    books_are_right(superuser)


def test_50_message_ids_for_one_order(alice: UUID, superuser: psycopg.Connection, database_url: str) -> None:
    reference = add_onramp(alice, 500_00)
    calls = [partial(settle_onramp, bank_message(reference, 500_00)) for _ in range(MESSAGE_IDS)]
    outcomes = at_once_behind(database_url, LOCK, [reference], calls, db.POOL_CONNECTIONS)
    assert (outcomes.count(CREDITED), outcomes.count(DUPLICATE)) == (1, MESSAGE_IDS - 1)
    assert transfer_count(superuser) == 1
    books_are_right(superuser)


def test_the_order_remembers_how_it_ended(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 500_00)
    settle_onramp(bank_message(reference, 500_00, payment_id="pay_7"))
    row = superuser.execute(
        """
        SELECT o.status, o.failure_code, o.payment_id, o.settled_at = t.created_at, t.reference, t.kind, b.bank_code
        FROM onramp o JOIN transfer t ON t.id = o.transfer_id JOIN account b ON b.id = t.debit_account_id
        """
    ).fetchone()
    assert row == ("succeeded", "", "pay_7", True, reference, "onramp", "HDFC")


def test_the_same_message_many_times_in_one_batch(
    alice: UUID, superuser: psycopg.Connection, database_url: str
) -> None:
    message = bank_message(add_onramp(alice, 5_00), 5_00)
    other_id = message._replace(message_id="msg_other")

    async def settle() -> list[MessageOutcome]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, [message, message, other_id, message])

    assert asyncio.run(settle()) == [CREDITED, DUPLICATE, DUPLICATE, DUPLICATE]
    assert available_paise(superuser, alice) == 5_00


def test_the_function_itself_credits_a_repeated_message_once(alice: UUID, superuser: psycopg.Connection) -> None:
    """Without the service's falling back to one by one, which would hide a batch that fails."""
    reference = add_onramp(alice, 5_00)
    message = {"reference": reference, "payment_id": "pay", "amount_paise": 5_00, "succeeded": True, "body": "{}"}
    messages = [{"message_id": message_id, **message} for message_id in ("m1", "m2")]
    rows = superuser.execute("SELECT * FROM wallet_settle_messages(%s)", [Json(messages)]).fetchall()
    assert rows == [("credited",), ("duplicate",)]


def test_two_webhooks_settle_the_same_messages_at_once(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection, database_url: str
) -> None:
    messages = [bank_message(add_onramp(who, 5_00), 5_00) for who in (alice, bob, charlie) * 10]

    async def settle() -> list[list[MessageOutcome]]:
        async with await db.open_async_pool() as first, await db.open_async_pool() as second:
            with rows_locked(database_url, LOCK, [messages[15].reference]):
                # The second in the opposite order: were locks taken as messages come, they would meet crosswise, each
                # with the orders on its side of the one in the middle.
                batches = [
                    asyncio.create_task(settle_batch(pool, batch))
                    for pool, batch in ((first, messages), (second, messages[::-1]))
                ]
                await asyncio.to_thread(wait_for_waiting, database_url, len(batches))
            return await asyncio.gather(*batches)

    outcomes = asyncio.run(settle())
    assert [set(batch) for batch in outcomes] in ([{CREDITED}, {DUPLICATE}], [{DUPLICATE}, {CREDITED}])
    assert transfer_count(superuser) == 30
    assert deadlock_count(database_url) == 0
    books_are_right(superuser)


def test_several_orders_of_one_person_in_one_batch_have_right_running_balances(
    alice: UUID, bob: UUID, superuser: psycopg.Connection
) -> None:
    orders = [(alice, 1_00), (bob, 7_00), (alice, 2_00), (alice, 3_00), (bob, 1)]
    messages = [bank_message(add_onramp(who, amount_paise), amount_paise) for who, amount_paise in orders]

    async def settle(batch: list[BankMessage]) -> list[MessageOutcome]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, batch)

    assert asyncio.run(settle(messages)) == [CREDITED] * 5
    rows = superuser.execute("SELECT credit_balance_after_paise FROM transfer ORDER BY id").fetchall()
    assert [balance for (balance,) in rows] == [1_00, 7_00, 3_00, 6_00, 7_01]
    books_are_right(superuser)


def test_an_empty_batch_needs_no_database() -> None:
    async def settle() -> list[MessageOutcome]:
        return await settle_batch(None, [])  # type: ignore[arg-type]

    assert asyncio.run(settle()) == []


def test_the_person_is_told_once_and_not_about_duplicates(alice: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute("LISTEN wallet_changes")
    message = bank_message(add_onramp(alice, 5_00), 5_00)
    for _ in range(3):
        settle_onramp(message)
    assert [notice.payload for notice in superuser.notifies(timeout=0.3)] == [str(alice)]
