"""What the send page asks before and after: would this payment go through, and has this form paid already?"""

from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.books import available_paise, transfer_count
from tests.conftest import Fund
from wallet_core.errors import (
    AmountNotPositive,
    InsufficientBalance,
    InvalidNote,
    PayeeIsPayer,
    PayeeNotFound,
    PersonBlocked,
)
from wallet_core.ids import new_token
from wallet_core.services.payments import find_payment, preview_payment, send_money


def test_a_used_key_answers_the_receipt_that_was_given(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 100_00)
    key = new_token()
    receipt = send_money(person_id=alice, payee_id=bob, amount_paise=40_00, note="tea", key=key)
    send_money(person_id=alice, payee_id=bob, amount_paise=10_00, note="", key=new_token())
    assert find_payment(person_id=alice, key=key) == receipt


def test_a_key_is_known_to_its_own_person_only(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 100_00)
    key = new_token()
    send_money(person_id=alice, payee_id=bob, amount_paise=40_00, note="", key=key)
    assert find_payment(person_id=bob, key=key) is None


def test_a_key_that_moved_nothing_answers_nothing(alice: UUID, bob: UUID) -> None:
    key = new_token()
    with pytest.raises(InsufficientBalance):
        send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=key)
    assert find_payment(person_id=alice, key=key) is None
    assert find_payment(person_id=alice, key="' OR 1=1 --") is None


def test_a_preview_tells_what_would_be_and_moves_nothing(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    before = transfer_count(superuser)
    preview = preview_payment(person_id=alice, payee_id=bob, amount_paise=40_50, note=" tea ")
    assert (preview.payee_id, preview.amount_paise, preview.note) == (bob, 40_50, "tea")
    assert preview.balance_after_paise == 59_50
    assert (available_paise(superuser, alice), transfer_count(superuser)) == (100_00, before)
    receipt = send_money(person_id=alice, payee_id=bob, amount_paise=40_50, note=" tea ", key=new_token())
    assert preview == replace(
        preview,
        payee_name=receipt.counterparty,
        payee_phone=receipt.counterparty_phone,
        balance_after_paise=receipt.balance_after_paise or 0,
    )


def test_a_preview_refuses_what_sending_refuses(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [charlie])

    def preview(payer: UUID = alice, payee: object = bob, amount_paise: int = 1, note: str = "") -> None:
        preview_payment(person_id=payer, payee_id=payee, amount_paise=amount_paise, note=note)  # type: ignore[arg-type]

    with pytest.raises(InsufficientBalance) as refused:
        preview(amount_paise=100_01)
    assert refused.value.details == {"available_paise": 100_00}
    with pytest.raises(AmountNotPositive):
        preview(amount_paise=0)
    with pytest.raises(InvalidNote):
        preview(note="x" * 61)
    with pytest.raises(PayeeIsPayer):
        preview(payee=alice)
    for nobody in (uuid4(), charlie, str(bob)):
        with pytest.raises(PayeeNotFound):
            preview(payee=nobody)
    with pytest.raises(PersonBlocked):
        preview(payer=charlie)
