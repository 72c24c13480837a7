"""Whoever holds the database's password may act alone at a terminal; every act is in the book that operators read."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST, Fund
from wallet_core.errors import InsufficientBalance
from wallet_core.ids import new_token
from wallet_core.services.audit_book import terminal_user
from wallet_core.services.operations import correct_transfer, hold_money, release_money
from wallet_core.services.payments import send_money
from wallet_core.services.people import block_person, unblock_person

ALICE = CAST["alice"]


def _book(superuser: psycopg.Connection) -> list[tuple[str, ...]]:
    lines = "SELECT actor, action, person_id, reference, reason, address FROM audit_entry ORDER BY id"
    return superuser.execute(lines).fetchall()


def test_moving_money_is_written_down_with_its_reason(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    paid = send_money(person_id=alice, payee_id=bob, amount_paise=4_00, note="", key=new_token()).reference
    held = hold_money(phone=ALICE, amount_paise=2_00, reason="court order").reference
    released = release_money(phone=ALICE, amount_paise=2_00, reason="cleared").reference
    mended = correct_transfer(reference=paid, reason="sent by mistake").reference
    who = terminal_user()
    assert _book(superuser) == [
        ("terminal", "held", alice, held, "court order", who),
        ("terminal", "released", alice, released, "cleared", who),
        ("terminal", "corrected", bob, mended, "sent by mistake", who),
    ]
    assert " on " in who


def test_correcting_twice_is_written_down_once(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    paid = send_money(person_id=alice, payee_id=bob, amount_paise=4_00, note="", key=new_token()).reference
    for _ in range(2):
        correct_transfer(reference=paid, reason="sent by mistake")
    assert len(_book(superuser)) == 1


def test_what_was_refused_is_not(alice: UUID, superuser: psycopg.Connection) -> None:
    with pytest.raises(InsufficientBalance):
        hold_money(phone=ALICE, amount_paise=1, reason="court order")
    assert _book(superuser) == []


@pytest.mark.parametrize(
    ("act", "action"),
    [(partial(block_person, phone=ALICE), "blocked"), (partial(unblock_person, phone=ALICE), "unblocked")],
)
def test_keeping_somebody_out_is(
    act: Callable[[], None], action: str, alice: UUID, superuser: psycopg.Connection
) -> None:
    act()
    assert [(line[1], line[2], line[5]) for line in _book(superuser)] == [(action, alice, terminal_user())]
