"""The order stands in our books before the bank hears of it, and one key makes one order."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once
from tests.conftest import bank_message
from wallet_core import bank_client
from wallet_core.bank_client import BankPayment
from wallet_core.errors import (
    AmountAboveLimit,
    AmountNotPositive,
    BankRefused,
    BankUnavailable,
    InvalidAmount,
    InvalidKey,
    KeyConflict,
    PersonBlocked,
    UnknownBank,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.money import MAX_MOVEMENT_PAISE
from wallet_core.services.onramps import list_onramps, settle_onramp, start_onramp
from wallet_core.views import ActivityKind, ActivityStatus, MessageOutcome, StartedOnramp

Answer = Callable[[], BankPayment]


class Bank:
    """Stands for the bank's API: answers what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, str, str]] = []
        self.refusal: type[WalletError] | None = None

    def create_payment(self, reference: str, amount_paise: int, bank_code: str, return_url: str) -> BankPayment:
        self.asked.append((reference, amount_paise, bank_code, return_url))
        if self.refusal:
            raise self.refusal
        return BankPayment(f"pay_{reference}", f"http://bank.test/pay/{reference}", "pending", amount_paise)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    bank = Bank()
    monkeypatch.setattr(bank_client, "create_payment", bank.create_payment)
    return bank


def _orders(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT reference, status, failure_code, payment_id, page_url FROM onramp").fetchall()


def test_the_bank_is_asked_for_our_order(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    superuser.execute("LISTEN wallet_changes")
    started = start_onramp(person_id=alice, bank_code="AXIS", amount_paise=500_50, key=new_token())
    assert started == StartedOnramp(started.reference, f"http://bank.test/pay/{started.reference}")
    ((reference, amount_paise, bank_code, return_url),) = bank.asked
    assert (reference, amount_paise, bank_code) == (started.reference, 500_50, "AXIS")
    assert return_url.endswith(f"/transfer?reference={reference}")
    assert _orders(superuser) == [(reference, "processing", "", f"pay_{reference}", started.bank_page_url)]
    # Other tabs of the person show the pending line: told when it is written, and when the bank's page is known.
    assert {notice.payload for notice in superuser.notifies(timeout=5, stop_after=1)} == {str(alice)}


def test_the_same_key_answers_the_same_order_without_asking_again(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    start = partial(start_onramp, person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    assert start() == start()
    assert len(bank.asked) == len(_orders(superuser)) == 1


def test_20_clicks_at_once_make_one_order(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    start = partial(start_onramp, person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    answers = at_once([start] * 20)
    assert isinstance(answers[0], StartedOnramp), answers[0]
    assert answers == [answers[0]] * 20
    assert len(_orders(superuser)) == 1
    assert len({reference for reference, *_ in bank.asked}) == 1


@pytest.mark.parametrize("changed", [{"bank_code": "SBI"}, {"amount_paise": 1_01}])
@pytest.mark.usefixtures("bank")
def test_the_same_key_with_other_inputs(alice: UUID, superuser: psycopg.Connection, changed: dict[str, object]) -> None:
    inputs = {"person_id": alice, "bank_code": "HDFC", "amount_paise": 1_00, "key": new_token()}
    start_onramp(**inputs)  # type: ignore[arg-type]
    with pytest.raises(KeyConflict):
        start_onramp(**inputs | changed)  # type: ignore[arg-type]
    assert len(_orders(superuser)) == 1


def test_a_bank_that_is_away_leaves_the_order_and_is_asked_again(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    start = partial(start_onramp, person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    bank.refusal = BankUnavailable
    with pytest.raises(BankUnavailable):
        start()
    ((reference, *rest),) = _orders(superuser)
    assert rest == ["processing", "", None, None]
    bank.refusal = None
    assert start().reference == reference


def test_a_refusal_of_the_bank_ends_the_order(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    start = partial(start_onramp, person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    bank.refusal = BankRefused
    for _ in range(2):
        with pytest.raises(BankRefused):
            start()
    assert len(bank.asked) == 1
    assert [row[1:] for row in _orders(superuser)] == [("failed", "bank-refused", None, None)]


def test_an_order_that_ended_without_a_page_answers_our_own(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    start = partial(start_onramp, person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    bank.refusal = BankUnavailable
    with pytest.raises(BankUnavailable):
        start()
    ((reference, *_),) = _orders(superuser)
    assert settle_onramp(bank_message(str(reference), 1_00)) is MessageOutcome.CREDITED
    assert start().bank_page_url.endswith(f"/transfer?reference={reference}")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"bank_code": "LEHMAN"}, UnknownBank),
        ({"bank_code": None}, UnknownBank),
        ({"amount_paise": 0}, AmountNotPositive),
        ({"amount_paise": -1}, AmountNotPositive),
        ({"amount_paise": 1.5}, InvalidAmount),
        ({"amount_paise": MAX_MOVEMENT_PAISE + 1}, AmountAboveLimit),
        ({"key": "short"}, InvalidKey),
    ],
)
def test_bad_orders_reach_neither_the_books_nor_the_bank(
    alice: UUID, bank: Bank, superuser: psycopg.Connection, changed: dict[str, object], error: type[WalletError]
) -> None:
    inputs = {"person_id": alice, "bank_code": "HDFC", "amount_paise": 1_00, "key": new_token()} | changed
    with pytest.raises(error):
        start_onramp(**inputs)  # type: ignore[arg-type]
    assert _orders(superuser) == bank.asked == []


def test_a_blocked_person_adds_no_money(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE person SET blocked_at = now()")
    with pytest.raises(PersonBlocked):
        start_onramp(person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    assert _orders(superuser) == bank.asked == []


@pytest.mark.usefixtures("bank")
def test_the_list_shows_the_persons_own_orders_newest_first(alice: UUID, bob: UUID) -> None:
    start_onramp(person_id=bob, bank_code="SBI", amount_paise=9_00, key=new_token())
    first = start_onramp(person_id=alice, bank_code="HDFC", amount_paise=1_00, key=new_token())
    second = start_onramp(person_id=alice, bank_code="AXIS", amount_paise=2_00, key=new_token())
    settle_onramp(bank_message(first.reference, 1_00))
    rows = list_onramps(person_id=alice)
    assert [
        (row.reference, row.counterparty, row.amount_paise, row.status, row.balance_after_paise) for row in rows
    ] == [
        (second.reference, "Axis Bank", 2_00, ActivityStatus.PROCESSING, None),
        (first.reference, "HDFC Bank", 1_00, ActivityStatus.SUCCEEDED, 1_00),
    ]
    assert {row.kind for row in rows} == {ActivityKind.ONRAMP}
    assert list_onramps(person_id=alice, limit=1) == rows[:1]
