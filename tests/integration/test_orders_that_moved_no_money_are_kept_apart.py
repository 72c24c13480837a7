"""A table names the orders that have moved no money, whoever writes them, and a credit touches no index of orders."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Json

from tests.books import books_are_right
from tests.conftest import add_onramp, bank_message
from wallet_core.models import OnrampUnmoved
from wallet_core.services.onramps import settle_onramp
from wallet_core.views import MessageOutcome

ORDERS = 150


@pytest.fixture(autouse=True)
def right_in_the_end(superuser: psycopg.Connection) -> Iterator[None]:
    yield
    books_are_right(superuser)


def unmoved(connection: psycopg.Connection) -> dict[str, bool]:
    """By reference: whether it waits."""
    table = OnrampUnmoved.__tablename__
    return dict(connection.execute(f"SELECT reference, ended_at IS NULL FROM {table}".encode()).fetchall())


def settle(reference: str, *, succeeded: bool = True) -> MessageOutcome:
    return settle_onramp(bank_message(reference, 5_00, succeeded=succeeded))


def test_an_order_is_there_until_it_is_credited(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    orders = [add_onramp(who, 5_00) for who in (alice, bob) * 3]
    assert unmoved(superuser) == dict.fromkeys(orders, True)
    for reference in orders[:-1]:
        settle(reference)
    assert unmoved(superuser) == {orders[-1]: True}


def test_one_that_failed_stays_and_goes_when_it_is_paid_after_all(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    assert settle(reference, succeeded=False) is MessageOutcome.FAILED
    assert unmoved(superuser) == {reference: False}
    assert settle(reference) is MessageOutcome.CREDITED
    assert unmoved(superuser) == {}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE onramp SET status = 'expired', failure_code = 'expired', settled_at = now()",
        "UPDATE onramp SET created_at = created_at - interval '1 minute'",
        "DELETE FROM onramp",
    ],
)
@pytest.mark.usefixtures("alice")
def test_whoever_writes_an_order_it_is_followed(alice: UUID, superuser: psycopg.Connection, change: str) -> None:
    add_onramp(alice, 5_00)
    superuser.execute(change.encode())
    books_are_right(superuser)
    waiting = superuser.execute("SELECT count(*) FROM onramp WHERE status = 'processing'").fetchone()
    assert (sum(unmoved(superuser).values()),) == waiting


def test_credits_write_their_orders_in_place(alice: UUID, superuser: psycopg.Connection) -> None:
    """A version of an order that an index must be told of would be one more entry in each of them."""
    orders = [add_onramp(alice, 5_00) for _ in range(ORDERS)]
    messages = [
        {"message_id": "m", "reference": reference, "payment_id": "p", "amount_paise": 5_00, "succeeded": True}
        for reference in orders
    ]
    with superuser.transaction():
        superuser.execute("SELECT wallet_settle_messages(%s)", [Json(messages)])
        counts = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'onramp'"
        assert superuser.execute(counts).fetchone() == (ORDERS, ORDERS)
