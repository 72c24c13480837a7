"""A person without an account is a broken book: an error, and not a paisa leaves the other side."""

import asyncio
from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund, add_onramp, bank_message
from wallet_core import db
from wallet_core.errors import AccountMissing
from wallet_core.ids import new_token
from wallet_core.services.onramps import settle_batch, settle_onramp
from wallet_core.services.payments import send_money
from wallet_core.views import MessageOutcome


def _remove_accounts(connection: psycopg.Connection, person_id: UUID) -> None:
    connection.execute("DELETE FROM account WHERE person_id = %s", [person_id])


def test_the_receiver_has_no_account(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    _remove_accounts(superuser, bob)
    with pytest.raises(AccountMissing):
        send_money(person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
    assert available_paise(superuser, alice) == 10_00
    assert transfer_count(superuser) == 1


def test_the_payer_has_no_account(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    _remove_accounts(superuser, alice)
    with pytest.raises(AccountMissing):
        send_money(person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
    assert transfer_count(superuser) == 0


def test_an_order_of_somebody_without_an_account_is_not_marked_as_paid(
    alice: UUID, superuser: psycopg.Connection
) -> None:
    reference = add_onramp(alice, 5_00)
    _remove_accounts(superuser, alice)
    message = bank_message(reference, 5_00)
    # Repeated, as the bank does until it hears a 2xx: kept once.
    for _ in range(2):
        assert settle_onramp(message) is MessageOutcome.DISPUTED
    assert superuser.execute("SELECT status FROM onramp").fetchall() == [("processing",)]
    assert superuser.execute("SELECT message_id, reason FROM disputed_message").fetchall() == [
        (message.message_id, "account-missing")
    ]
    # Once an operator has mended the book, the next repetition credits.
    superuser.execute("INSERT INTO account (kind, person_id, balance_paise) VALUES ('available', %s, 0)", [alice])
    assert settle_onramp(message) is MessageOutcome.CREDITED
    books_are_right(superuser)


def test_a_poisoned_row_does_not_hold_up_its_batch(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    orders = [(person_id, add_onramp(person_id, 5_00)) for person_id in (alice, bob, charlie, alice)]
    _remove_accounts(superuser, bob)

    async def settle() -> list[MessageOutcome]:
        async with await db.open_async_pool() as pool:
            return await settle_batch(pool, [bank_message(reference, 5_00) for _, reference in orders])

    credited, disputed = MessageOutcome.CREDITED, MessageOutcome.DISPUTED
    assert asyncio.run(settle()) == [credited, disputed, credited, credited]
    assert (available_paise(superuser, alice), available_paise(superuser, charlie)) == (10_00, 5_00)
    books_are_right(superuser)
