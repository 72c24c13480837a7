"""The balance is checked after the lock, by the guard of the UPDATE, and by the database itself."""

from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once_behind
from tests.books import available_paise, books_are_right
from tests.conftest import Fund
from wallet_core.errors import InsufficientBalance
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.views import Receipt

SENDERS = 100


def test_of_100_parallel_sends_of_the_whole_balance_one_succeeds(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str
) -> None:
    fund(alice, 100_00)
    sends = [
        partial(send_money, person_id=alice, payee_id=payee, amount_paise=100_00, note="", key=new_token())
        for payee in (bob, charlie) * (SENDERS // 2)
    ]
    lock = "SELECT 1 FROM account WHERE person_id = %s FOR UPDATE"
    answers = at_once_behind(database_url, lock, [alice], sends, 1)
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    refused = [answer for answer in answers if isinstance(answer, InsufficientBalance)]
    assert len(refused) == SENDERS - 1
    assert all(error.details == {"available_paise": 0} for error in refused)
    assert available_paise(superuser, alice) == 0
    books_are_right(superuser)


def test_one_paisa_too_much_is_refused_and_the_key_stays_free(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    key = new_token()
    with pytest.raises(InsufficientBalance) as refusal:
        send_money(person_id=alice, payee_id=bob, amount_paise=100_01, note="", key=key)
    assert refusal.value.details == {"available_paise": 100_00}
    # The person corrects the amount in the same form.
    assert send_money(person_id=alice, payee_id=bob, amount_paise=100_00, note="", key=key).balance_after_paise == 0
    books_are_right(superuser)


def test_a_person_who_never_had_money_cannot_send(alice: UUID, bob: UUID) -> None:
    with pytest.raises(InsufficientBalance):
        send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())


def test_locked_money_cannot_be_sent(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    superuser.execute("UPDATE account SET balance_paise = 500 WHERE person_id = %s AND kind = 'available'", [alice])
    superuser.execute("UPDATE account SET balance_paise = 500 WHERE person_id = %s AND kind = 'locked'", [alice])
    with pytest.raises(InsufficientBalance) as refusal:
        send_money(person_id=alice, payee_id=bob, amount_paise=5_01, note="", key=new_token())
    assert refusal.value.details == {"available_paise": 5_00}


def test_the_database_itself_refuses_a_negative_balance(alice: UUID, superuser: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="ck_account_balance_not_negative"):
        superuser.execute("UPDATE account SET balance_paise = -1 WHERE person_id = %s", [alice])
