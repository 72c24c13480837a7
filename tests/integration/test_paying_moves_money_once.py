"""One payment: what moves, what the receipt says, what stands in the books."""

from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund
from wallet_core.errors import KeyConflict
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.views import ActivityKind, ActivityStatus


def test_money_moves_and_the_receipt_says_so(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 500_50)
    receipt = send_money(
        person_id=alice, payee_id=bob, amount_paise=123_45, note="  tea \n".strip("\n"), key=new_token()
    )
    assert (receipt.kind, receipt.status, receipt.amount_paise) == (
        ActivityKind.SENT,
        ActivityStatus.SUCCEEDED,
        -123_45,
    )
    assert (receipt.counterparty, receipt.counterparty_phone, receipt.counterparty_id) == (
        "Bob Verma",
        "+919876543211",
        bob,
    )
    assert (receipt.note, receipt.balance_after_paise) == ("tea", 377_05)
    assert receipt.at.utcoffset() is not None
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (377_05, 123_45)
    books_are_right(superuser)


def test_each_row_carries_the_balances_after_it(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    for amount_paise in (10_00, 20_00, 30_00):
        send_money(person_id=alice, payee_id=bob, amount_paise=amount_paise, note="", key=new_token())
    rows = superuser.execute(
        "SELECT debit_balance_after_paise, credit_balance_after_paise FROM transfer WHERE kind = 'payment' ORDER BY id"
    ).fetchall()
    assert rows == [(90_00, 10_00), (70_00, 30_00), (40_00, 60_00)]


def test_the_same_key_and_inputs_answer_the_first_receipt(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    key = new_token()
    first = send_money(person_id=alice, payee_id=bob, amount_paise=40_00, note="rent", key=key)
    send_money(person_id=alice, payee_id=bob, amount_paise=60_00, note="", key=new_token())
    superuser.execute("UPDATE person SET blocked_at = now()")
    # An empty purse and a block come after the fact: the answer is what happened, not what would happen now.
    assert send_money(person_id=alice, payee_id=bob, amount_paise=40_00, note="rent", key=key) == first
    assert transfer_count(superuser) == 3


@pytest.mark.parametrize("change", ["payee", "amount", "note"])
def test_the_same_key_with_other_inputs_is_a_conflict(
    change: str, alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    key = new_token()
    send_money(person_id=alice, payee_id=bob, amount_paise=40_00, note="rent", key=key)
    with pytest.raises(KeyConflict):
        send_money(
            person_id=alice,
            payee_id=charlie if change == "payee" else bob,
            amount_paise=40_01 if change == "amount" else 40_00,
            note="Rent" if change == "note" else "rent",
            key=key,
        )
    assert available_paise(superuser, alice) == 60_00
    assert transfer_count(superuser) == 2
    books_are_right(superuser)


def test_two_people_may_have_the_same_key(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    fund(bob, 10_00)
    key = new_token()
    send_money(person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=key)
    send_money(person_id=bob, payee_id=alice, amount_paise=2_00, note="", key=key)
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (11_00, 9_00)


def test_both_people_are_told(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    superuser.execute("LISTEN wallet_changes")
    send_money(person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
    told = {notice.payload for notice in superuser.notifies(timeout=5, stop_after=2)}
    assert told == {str(alice), str(bob)}
