"""Where all of a batch are first words of success, they are credited without being judged. Anything else changes
nothing by itself, and is judged message by message.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import add_onramp, bank_message
from wallet_core import db
from wallet_core.services.onramps import settle_batch, settle_onramp
from wallet_core.views import BankMessage, MessageOutcome

Arrays = tuple[list[str], list[str], list[int], list[str]]  # in the order of references


def order(person_id: UUID, amount_paise: int) -> BankMessage:
    """An order whose payment we know, as nearly always, and what the bank says about it."""
    payment_id = f"pay_{amount_paise}"
    return bank_message(add_onramp(person_id, amount_paise, payment_id=payment_id), amount_paise, payment_id=payment_id)


def arrays(messages: Sequence[BankMessage]) -> Arrays:
    ordered = sorted(messages, key=lambda message: message.reference)
    return (
        [message.reference for message in ordered],
        [message.payment_id for message in ordered],
        [message.amount_paise for message in ordered],
        [message.request_id for message in ordered],
    )


def settle_successes(connection: psycopg.Connection, values: Arrays) -> bool:
    row = connection.execute(
        "SELECT wallet_settle_successes(%s::text[], %s::text[], %s, %s::text[], %s::bigint[])",
        [*values, list(range(len(values[0])))],
    ).fetchone()
    assert row is not None
    return bool(row[0])


def settle_together(messages: list[BankMessage]) -> list[MessageOutcome | None]:
    async def settle() -> list[MessageOutcome | None]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, messages)

    return asyncio.run(settle())


def test_first_words_of_success_are_credited(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    messages = [order(who, amount_paise) for who, amount_paise in ((alice, 1_00), (bob, 2_00), (alice, 3_00))]
    assert settle_successes(superuser, arrays(messages))
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (4_00, 2_00)
    assert transfer_count(superuser) == 3
    books_are_right(superuser)


def test_one_that_differs_by_a_hair_has_nobody_credited(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    first, second = order(alice, 1_00), order(bob, 2_00)
    references, payments, amounts_paise, calls = arrays([first, second])
    different: list[Arrays] = [
        (references, payments, [amounts_paise[0], amounts_paise[1] + 1], calls),
        (references, [payments[0], payments[0]], amounts_paise, calls),
        ([references[0], "A-NOBODYS"], payments, amounts_paise, calls),
        ([references[0], references[0]], [payments[0]] * 2, [amounts_paise[0]] * 2, calls),
        (references[::-1], payments[::-1], amounts_paise[::-1], calls[::-1]),
        (references, payments[:1], amounts_paise, calls),
        (references[:1], payments, amounts_paise, calls),
        ([], [], [], []),
    ]
    assert [settle_successes(superuser, values) for values in different] == [False] * len(different)
    assert transfer_count(superuser) == 0
    assert settle_successes(superuser, (references, payments, amounts_paise, calls))
    assert not settle_successes(superuser, (references, payments, amounts_paise, calls))
    assert transfer_count(superuser) == 2


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"amount_paise": 9_99}, MessageOutcome.DISPUTED),
        ({"payment_id": "pay_other"}, MessageOutcome.DISPUTED),
        ({"reference": "A-NOBODYS"}, MessageOutcome.DISPUTED),
        ({"reference": 'A-"},{\\'}, MessageOutcome.DISPUTED),
        ({"succeeded": False}, MessageOutcome.FAILED),
    ],
)
def test_the_others_of_its_batch_are_credited(
    alice: UUID, bob: UUID, superuser: psycopg.Connection, changed: dict[str, object], outcome: MessageOutcome
) -> None:
    first, bad, last = order(alice, 1_00), order(bob, 2_00)._replace(**changed), order(alice, 3_00)
    assert settle_together([first, bad, last]) == [MessageOutcome.CREDITED, outcome, MessageOutcome.CREDITED]
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (4_00, 0)
    disputed = superuser.execute("SELECT count(*) FROM disputed_message WHERE body = %s", [bad.body]).fetchone()
    assert disputed == (int(outcome is MessageOutcome.DISPUTED),)
    books_are_right(superuser)


def test_a_repetition_and_a_late_success_are_judged(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    again, late, fresh = order(alice, 1_00), order(bob, 2_00), order(alice, 3_00)
    settle_onramp(again)
    settle_onramp(late._replace(succeeded=False))
    outcomes = settle_together([again, fresh, late])
    assert outcomes == [MessageOutcome.DUPLICATE, MessageOutcome.CREDITED, MessageOutcome.CREDITED]
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (4_00, 2_00)
    books_are_right(superuser)
