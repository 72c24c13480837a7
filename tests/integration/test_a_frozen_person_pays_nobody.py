"""Frozen: signs in and sees, but neither pays nor asks nor adds money. What comes still lands."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.asked import asked
from tests.at_once import at_once, wait_for_waiting
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import CAST, Fund, add_onramp, bank_message
from tests.operating import entries, operator, session_of
from wallet_core.errors import (
    InvalidReason,
    NotOperator,
    OperatorIsParty,
    OperatorPasswordNeeded,
    PersonFrozen,
    PersonNotFound,
)
from wallet_core.ids import new_token
from wallet_core.services.freezing import freeze_person, unfreeze_person
from wallet_core.services.onramps import settle_onramp, start_onramp
from wallet_core.services.operations import correct_transfer, hold_money
from wallet_core.services.operators import grant_operator
from wallet_core.services.payments import preview_payment, send_money
from wallet_core.services.requests import ask_for_money, pay_request
from wallet_core.views import MessageOutcome, OperatorAsking


@pytest.fixture
def asking(charlie: UUID, superuser: psycopg.Connection) -> OperatorAsking:
    return operator(superuser, charlie)


def pay(payer: UUID, payee: UUID, amount_paise: int = 1_00, key: str = "") -> str:
    paid = send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=key or new_token())
    return paid.reference


def test_what_is_refused_and_what_is_not(
    asking: OperatorAsking, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    fund(bob, 10_00)
    request, key = asked(bob, alice, 2_00), new_token()
    first = pay(alice, bob, key=key)
    freeze_person(asking, person_id=alice, reason="a stolen telephone")
    before = transfer_count(superuser)
    for refused in (
        partial(pay, alice, bob),
        partial(preview_payment, person_id=alice, payee_id=bob, amount_paise=1, note=""),
        partial(pay_request, person_id=alice, reference=request, key=new_token()),
        partial(ask_for_money, person_id=alice, payer_id=bob, amount_paise=1, note="", key=new_token()),
        partial(start_onramp, person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token()),
    ):
        with pytest.raises(PersonFrozen):
            refused()
    assert transfer_count(superuser) == before
    assert superuser.execute("SELECT count(*) FROM onramp WHERE status = 'processing'").fetchone() == (0,)
    # Asking twice is asking once: what was paid before answers its receipt.
    assert pay(alice, bob, key=key) == first
    session_of(superuser, alice)
    pay(bob, alice, 3_00)
    order = add_onramp(alice, 4_00)
    assert settle_onramp(bank_message(order, 4_00)) is MessageOutcome.CREDITED
    correct_transfer(reference=first, reason="sent by a thief")
    hold_money(phone=CAST["alice"], amount_paise=1_00, reason="court order")
    assert available_paise(superuser, alice) == 10_00 + 3_00 + 4_00 - 1_00
    unfreeze_person(asking, person_id=alice, reason="they have a new one")
    pay(alice, bob)
    books_are_right(superuser)


def test_it_is_written_down_once_with_its_reason(
    asking: OperatorAsking, alice: UUID, superuser: psycopg.Connection
) -> None:
    for _ in range(2):
        freeze_person(asking, person_id=alice, reason="  a stolen\ttelephone ")
    for _ in range(2):
        unfreeze_person(asking, person_id=alice, reason="they have a new one")
    assert entries(superuser)[2:] == [
        ("operator", "froze-person", "a stolen telephone"),
        ("operator", "unfroze-person", "they have a new one"),
    ]
    row = superuser.execute("SELECT operator_id, person_id, address FROM audit_entry ORDER BY id DESC").fetchone()
    assert row == (asking.person_id, alice, asking.address)


def test_a_payment_under_way_comes_before_the_freeze_and_the_next_finds_it(
    asking: OperatorAsking,
    alice: UUID,
    bob: UUID,
    fund: Fund,
    database_url: str,
    superuser: psycopg.Connection,
) -> None:
    """The freeze waits for whoever holds the account, and whoever waits behind it is refused."""
    fund(alice, 10_00)
    with psycopg.connect(database_url) as holder, ThreadPoolExecutor(2) as threads:
        holder.execute("SELECT 1 FROM account WHERE person_id = %s AND kind = 'available' FOR UPDATE", [alice])
        frozen = threads.submit(freeze_person, asking, person_id=alice, reason="a stolen telephone")
        wait_for_waiting(database_url, 1)
        paid = threads.submit(pay, alice, bob)
        wait_for_waiting(database_url, 2)
        assert superuser.execute("SELECT frozen_at FROM person WHERE id = %s", [alice]).fetchone() == (None,)
        holder.rollback()
        frozen.result()
        with pytest.raises(PersonFrozen):
            paid.result()


def test_many_payments_and_a_freeze_at_once(
    asking: OperatorAsking, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    calls = [partial(pay, alice, bob)] * 8
    freeze = partial(freeze_person, asking, person_id=alice, reason="a stolen telephone")
    answers = at_once([*calls[:4], freeze, *calls[4:]])  # type: ignore[list-item]
    paid = [answer for answer in answers if isinstance(answer, str)]
    assert {type(answer) for answer in answers} <= {str, PersonFrozen, type(None)}
    assert available_paise(superuser, bob) == len(paid) * 1_00
    with pytest.raises(PersonFrozen):
        pay(alice, bob)
    books_are_right(superuser)


def test_who_may_not(asking: OperatorAsking, alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    grant_operator(phone=CAST["bob"])
    for who, refusal in (
        (session_of(superuser, alice), NotOperator),
        (session_of(superuser, bob), OperatorPasswordNeeded),
    ):
        for act in (freeze_person, unfreeze_person):
            with pytest.raises(refusal):
                act(who, person_id=asking.person_id, reason="because I can")
    with pytest.raises(OperatorIsParty):
        freeze_person(asking, person_id=asking.person_id, reason="a holiday")
    with pytest.raises(PersonNotFound):
        freeze_person(asking, person_id=asking.session_id, reason="nobody at all")
    for reason in ("", "abc", "x" * 201, "hidden \u202e text"):
        with pytest.raises(InvalidReason):
            freeze_person(asking, person_id=alice, reason=reason)
    assert superuser.execute("SELECT count(*) FROM person WHERE frozen_at IS NOT NULL").fetchone() == (0,)
