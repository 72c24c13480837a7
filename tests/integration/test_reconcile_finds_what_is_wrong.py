"""``reconcile`` works every stored figure out again, and says where it is not what the rows make."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST, Fund, add_onramp, bank_message
from wallet_core.ids import new_token
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer, hold_money
from wallet_core.services.payments import send_money
from wallet_core.services.reconciliation import FullReconciliation, reconcile
from wallet_core.views import AccountDifference, MessageOutcome


@pytest.fixture
def books(alice: UUID, bob: UUID, fund: Fund) -> None:
    """Some of everything, all of it right."""
    fund(alice, 500_00)
    wrong = send_money(person_id=alice, payee_id=bob, amount_paise=20_00, note="", key=new_token())
    send_money(person_id=alice, payee_id=bob, amount_paise=5_00, note="", key=new_token())
    hold_money(phone=CAST["alice"], amount_paise=7_00, reason="asked by the bank")
    correct_transfer(reference=wrong.reference, reason="sent by mistake")
    failed = add_onramp(alice, 3_00)
    settle_onramp(bank_message(failed, 3_00, succeeded=False))
    assert settle_onramp(bank_message(add_onramp(bob, 3_00), 4_00)) is MessageOutcome.DISPUTED


Tamper = Callable[[str], None]


@pytest.fixture
def tamper(superuser: psycopg.Connection) -> Tamper:
    """Changes rows as a bug or a thief with the database's password would: past the trigger."""

    def change(statement: str) -> None:
        superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
        assert superuser.execute(statement.encode()).rowcount > 0
        superuser.execute("ALTER TABLE transfer ENABLE TRIGGER USER")

    return change


def test_an_empty_wallet_is_right(database_url: str) -> None:
    found = reconcile()
    assert found.is_right
    assert (found.people, found.transfers, found.sum_of_books_paise) == (0, 0, 0)


def test_right_books_are_found_right(books: None) -> None:
    found = reconcile()
    assert found == FullReconciliation(
        people=2,
        accounts=9,  # two for each person, four banks, suspense
        transfers=5,
        onramps=3,
        disputed_messages=1,
        sum_of_books_paise=0,
        differences=[],
        broken_balances=[],
        onramps_at_odds=[],
    )
    assert found.is_right


def test_a_tampered_balance_is_found(books: None, alice: UUID, tamper: Tamper) -> None:
    tamper(f"UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = '{alice}' AND kind = 'available'")
    found = reconcile()
    (difference,) = found.differences
    assert isinstance(difference, AccountDifference)
    assert (difference.person_id, difference.stored_paise, difference.rows_paise) == (alice, 488_01, 488_00)
    assert found.sum_of_books_paise == 1
    assert not found.is_right


def test_a_row_that_was_taken_away_is_found(books: None, tamper: Tamper) -> None:
    tamper("DELETE FROM transfer WHERE kind = 'hold'")
    found = reconcile()
    assert len(found.differences) == 2
    assert not found.is_right


def test_a_changed_balance_after_is_found_though_all_sums_agree(books: None, tamper: Tamper) -> None:
    tamper("UPDATE transfer SET credit_balance_after_paise = 1 WHERE kind = 'payment' AND amount_paise = 2000")
    found = reconcile()
    assert (found.differences, found.sum_of_books_paise) == ([], 0)
    # The row itself, and the next one, which no longer follows from it.
    found_paise = {(broken.expected_paise, broken.stored_paise) for broken in found.broken_balances}
    assert found_paise == {(20_00, 1), (5_01, 25_00)}
    assert not found.is_right


def test_two_rows_that_changed_places_are_found(books: None, tamper: Tamper) -> None:
    tamper("UPDATE transfer SET debit_balance_after_paise = 50000 - amount_paise WHERE kind = 'payment'")
    assert len(reconcile().broken_balances) == 2
    assert not reconcile().is_right


def test_a_balance_after_on_a_banks_side_is_found(books: None, tamper: Tamper) -> None:
    tamper("UPDATE transfer SET debit_balance_after_paise = 0 WHERE kind = 'onramp'")
    assert len(reconcile().broken_balances) == 1


def test_an_order_that_succeeded_with_other_figures_is_found(books: None, tamper: Tamper) -> None:
    tamper("UPDATE onramp SET amount_paise = amount_paise + 1 WHERE status = 'succeeded'")
    assert len(reconcile().onramps_at_odds) == 1
    assert not reconcile().is_right


def test_a_credit_without_its_order_is_found(books: None, tamper: Tamper) -> None:
    tamper(
        "UPDATE onramp SET status = 'failed', failure_code = 'declined', transfer_id = NULL WHERE status = 'succeeded'"
    )
    assert len(reconcile().onramps_at_odds) == 1


def test_an_order_that_succeeded_without_its_transfer_is_found(
    books: None, alice: UUID, superuser: psycopg.Connection
) -> None:
    """The table refuses this; a restored backup may have lost the rule with the row."""
    superuser.execute("ALTER TABLE onramp DROP CONSTRAINT ck_onramp_transfer_when_succeeded")
    superuser.execute("UPDATE onramp SET status = 'succeeded', failure_code = '' WHERE status = 'failed'")
    assert len(reconcile().onramps_at_odds) == 1


def test_a_credit_of_somebody_elses_order_is_found(books: None, bob: UUID, tamper: Tamper) -> None:
    tamper(f"UPDATE onramp SET person_id = '{bob}' WHERE status = 'succeeded'")
    assert len(reconcile().onramps_at_odds) == 1
