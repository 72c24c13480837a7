"""Everything that a payment is refused for, one clear error each, and not a row written."""

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.books import available_paise, transfer_count
from tests.conftest import Fund
from wallet_core.errors import (
    AmountAboveLimit,
    AmountNotPositive,
    InvalidAmount,
    InvalidKey,
    InvalidNote,
    PayeeIsPayer,
    PayeeNotFound,
    PersonBlocked,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.ledger import send_money as send_money_in_sql
from wallet_core.money import MAX_MOVEMENT_PAISE
from wallet_core.services.payments import send_money

Pay = Callable[..., None]


@pytest.fixture
def refused(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> Pay:
    """Tries a payment with some inputs changed, and looks that nothing changed."""
    fund(alice, MAX_MOVEMENT_PAISE)
    fund(alice, 1_00)

    def attempt(error: type[WalletError], **changed: object) -> None:
        inputs = {"person_id": alice, "payee_id": bob, "amount_paise": 1_00, "note": "", "key": new_token()} | changed
        with pytest.raises(error) as refusal:
            send_money(**inputs)  # type: ignore[arg-type]
        assert type(refusal.value) is error
        assert available_paise(superuser, alice) == MAX_MOVEMENT_PAISE + 1_00
        assert transfer_count(superuser) == 2
        assert superuser.execute("SELECT count(*) FROM payment_command").fetchone() == (0,)

    return attempt


@pytest.mark.parametrize("amount_paise", [0, -1, -100_00, -(2**63)])
def test_zero_and_negative_amounts(refused: Pay, amount_paise: int) -> None:
    refused(AmountNotPositive, amount_paise=amount_paise)


@pytest.mark.parametrize("amount_paise", [MAX_MOVEMENT_PAISE + 1, 2**31, 2**63 - 1, 2**63, 10**30])
def test_amounts_above_the_limit(refused: Pay, amount_paise: int) -> None:
    refused(AmountAboveLimit, amount_paise=amount_paise)


@pytest.mark.parametrize("amount_paise", [1.0, 100.5, True, "100", None, float("nan")])
def test_amounts_that_are_not_whole_paise(refused: Pay, amount_paise: object) -> None:
    refused(InvalidAmount, amount_paise=amount_paise)


def test_oneself(refused: Pay, alice: UUID) -> None:
    refused(PayeeIsPayer, payee_id=alice)


@pytest.mark.parametrize("payee_id", [uuid4(), None, "bob", "' OR 1=1 --"])
def test_an_unknown_payee(refused: Pay, payee_id: object) -> None:
    refused(PayeeNotFound, payee_id=payee_id)


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "käse" * 5, None, 7, "a" * 20 + "\n"])
def test_a_key_that_is_none(refused: Pay, key: object) -> None:
    refused(InvalidKey, key=key)


@pytest.mark.parametrize("note", ["x" * 61, "a\nb", "a\x00b", "\u202eevil", "\ud800", None, 5])
def test_a_note_that_is_too_long_or_shows_something_else(refused: Pay, note: object) -> None:
    refused(InvalidNote, note=note)


def test_a_blocked_payee_looks_like_nobody(refused: Pay, bob: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [bob])
    refused(PayeeNotFound)


def test_a_blocked_payer(refused: Pay, alice: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [alice])
    refused(PersonBlocked)


@pytest.mark.parametrize("note", ["चाय", "नमस्ते 🙏🏽", "👩\u200d👧", "x" * 60, "  tea  "])
def test_notes_of_people_are_taken(alice: UUID, bob: UUID, fund: Fund, note: str) -> None:
    fund(alice, 1_00)
    assert send_money(person_id=alice, payee_id=bob, amount_paise=1, note=note, key=new_token()).note == note.strip()


@pytest.mark.parametrize("amount_paise", [0, -1, -100_00, MAX_MOVEMENT_PAISE + 1])
def test_the_database_refuses_what_the_service_let_through(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, amount_paise: int
) -> None:
    fund(alice, MAX_MOVEMENT_PAISE)
    fund(alice, MAX_MOVEMENT_PAISE)
    fund(bob, MAX_MOVEMENT_PAISE)
    with pytest.raises(psycopg.errors.CheckViolation, match="amount_within_limits"):
        send_money_in_sql(
            payer_id=alice,
            payee_id=bob,
            amount_paise=amount_paise,
            note="",
            key=new_token(),
            inputs_sha256=bytes(32),
            reference="P-TEST",
        )
    assert available_paise(superuser, alice) == 2 * MAX_MOVEMENT_PAISE
    assert available_paise(superuser, bob) == MAX_MOVEMENT_PAISE
