"""Messages out of order. Money that is there is credited; nothing that comes later takes it away again."""

import asyncio
import secrets
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.books import available_paise, books_are_right
from tests.conftest import add_onramp, add_person, bank_message
from wallet_core import db
from wallet_core.services.onramps import settle_batch, settle_onramp
from wallet_core.views import BankMessage, MessageOutcome

CREDITED, FAILED = MessageOutcome.CREDITED, MessageOutcome.FAILED
DUPLICATE, IGNORED = MessageOutcome.DUPLICATE, MessageOutcome.IGNORED


def _say(reference: str, *, succeeded: bool) -> MessageOutcome:
    return settle_onramp(bank_message(reference, 5_00, succeeded=succeeded))


def _status(connection: psycopg.Connection) -> tuple[str, str]:
    row = connection.execute("SELECT status, failure_code FROM onramp").fetchone()
    assert row is not None
    return row[0], row[1]


def test_a_failure_ends_the_order_without_money(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    assert [_say(reference, succeeded=False) for _ in range(2)] == [FAILED, DUPLICATE]
    assert _status(superuser) == ("failed", "declined")
    assert available_paise(superuser, alice) == 0


def test_a_success_after_a_failure_credits(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    outcomes = [_say(reference, succeeded=word) for word in (False, True, False, True)]
    assert outcomes == [FAILED, CREDITED, IGNORED, DUPLICATE]
    assert _status(superuser) == ("succeeded", "")
    assert available_paise(superuser, alice) == 5_00
    books_are_right(superuser)


def test_a_success_after_the_expiry_credits(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    superuser.execute("UPDATE onramp SET status = 'expired', failure_code = 'expired', settled_at = now()")
    assert _say(reference, succeeded=False) is IGNORED
    assert _status(superuser) == ("expired", "expired")
    assert _say(reference, succeeded=True) is CREDITED
    assert _status(superuser) == ("succeeded", "")
    assert available_paise(superuser, alice) == 5_00


def test_a_failure_after_the_success_is_ignored(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    assert [_say(reference, succeeded=word) for word in (True, False)] == [CREDITED, IGNORED]
    assert _status(superuser) == ("succeeded", "")
    assert available_paise(superuser, alice) == 5_00


def _state_of(connection: psycopg.Connection, person_id: UUID) -> list[tuple[object, ...]]:
    """What both ways must agree on: the orders by age, and the person's movements in order."""
    return connection.execute(
        """
        SELECT o.status, o.failure_code, o.amount_paise, right(o.payment_id, 1), t.credit_balance_after_paise
        FROM onramp o LEFT JOIN transfer t ON t.id = o.transfer_id
        WHERE o.person_id = %s ORDER BY o.created_at
        """,
        [person_id],
    ).fetchall()


def _end(connection: psycopg.Connection, reference: str, status: str) -> None:
    if status != "processing":
        connection.execute(
            "UPDATE onramp SET status = %s, failure_code = %s, settled_at = now() WHERE reference = %s",
            [status, "declined" if status == "failed" else status, reference],
        )


# For each message: which order, success or failure, whether the amount is right, which payment.
_WORDS = st.lists(
    st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from([True, True, True, False]), st.sampled_from("112")),
    min_size=1,
    max_size=12,
)


@pytest.mark.usefixtures("database_url")
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=_WORDS,
    known=st.lists(st.booleans(), min_size=3, max_size=3),
    statuses=st.lists(st.sampled_from(["processing", "processing", "failed", "expired"]), min_size=3, max_size=3),
)
# A word that ends nothing does not tell the bank's name of the payment: the next one is no stranger.
@example(words=[(0, False, True, "1"), (0, True, True, "2")], known=[False] * 3, statuses=["expired"] * 3)
@example(words=[(0, False, True, "1"), (0, True, True, "2")], known=[False] * 3, statuses=["failed"] * 3)
@example(words=[(0, True, True, "1"), (1, True, True, "1")], known=[True] * 3, statuses=["processing"] * 3)
def test_a_batch_has_the_effect_of_one_by_one(
    superuser: psycopg.Connection, words: list[tuple[int, bool, bool, str]], known: list[bool], statuses: list[str]
) -> None:
    people = [add_person("Somebody", f"+91{secrets.randbelow(10**10):010}") for _ in range(2)]
    messages: list[list[BankMessage]] = []
    for person_id in people:
        orders = [add_onramp(person_id, 5_00 + n, payment_id="pay_1" if known[n] else None) for n in range(3)]
        for order, status in zip(orders, statuses, strict=True):
            _end(superuser, order, status)
        messages.append(
            [
                bank_message(orders[n], 5_00 + n if is_right else 1, succeeded=succeeded, payment_id=f"pay_{payment}")
                for n, succeeded, is_right, payment in words
            ]
        )

    async def settle() -> list[MessageOutcome]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, messages[1])

    one_by_one = [settle_onramp(message) for message in messages[0]]
    assert asyncio.run(settle()) == one_by_one
    assert _state_of(superuser, people[0]) == _state_of(superuser, people[1])
    assert available_paise(superuser, people[0]) == available_paise(superuser, people[1])
    books_are_right(superuser)
