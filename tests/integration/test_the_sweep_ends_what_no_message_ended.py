"""A lost webhook still ends in exactly one credit or a failure, on the bank's word and never by time alone."""

from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right
from tests.conftest import add_onramp, bank_message
from wallet_core import bank_client
from wallet_core.bank_client import BankPayment, PaymentStatus
from wallet_core.errors import BankUnavailable
from wallet_core.services import onramps
from wallet_core.services.onramps import settle_onramp, sweep_onramps
from wallet_core.views import MessageOutcome


class Bank:
    """Stands for the bank's API. ``statuses`` is what it knows; an order that is not in it is unknown to it."""

    def __init__(self) -> None:
        self.statuses: dict[str, PaymentStatus] = {}
        self.other_amounts: dict[str, int] = {}  # where the bank has another than the 5 rupees of these tests
        self.nonsense: set[str] = set()
        self.is_away = False
        self.asked: list[str] = []

    def find_payment(self, reference: str) -> BankPayment | None:
        self.asked.append(reference)
        if self.is_away or reference in self.nonsense:
            raise BankUnavailable
        status = self.statuses.get(reference)
        amount_paise = self.other_amounts.get(reference, 5_00)
        return status and BankPayment(f"pay_{reference}", f"http://bank.test/pay/{reference}", status, amount_paise)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    bank = Bank()
    monkeypatch.setattr(bank_client, "find_payment", bank.find_payment)
    return bank


def _age(connection: psycopg.Connection, seconds: int) -> None:
    connection.execute(
        "UPDATE onramp SET created_at = created_at - %(s)s * interval '1 second', "
        "expires_at = expires_at - %(s)s * interval '1 second'",
        {"s": seconds},
    )


def _end(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT status, failure_code FROM onramp ORDER BY created_at").fetchall()


def test_each_word_of_the_bank_ends_its_order(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    words: list[PaymentStatus] = ["succeeded", "failed", "expired", "pending"]
    for word in words:
        bank.statuses[add_onramp(alice, 5_00)] = word
    _age(superuser, 60)
    superuser.execute("LISTEN wallet_changes")
    assert sweep_onramps() == 3
    assert _end(superuser) == [
        ("succeeded", ""),
        ("failed", "declined"),
        ("expired", "expired"),
        ("processing", ""),
    ]
    assert available_paise(superuser, alice) == 5_00
    assert {notice.payload for notice in superuser.notifies(timeout=0.2)} == {str(alice)}
    assert sweep_onramps() == 0
    books_are_right(superuser)


def test_the_late_message_of_a_swept_order_is_a_duplicate(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    reference = add_onramp(alice, 5_00)
    bank.statuses[reference] = "succeeded"
    _age(superuser, 60)
    assert sweep_onramps() == 1
    assert settle_onramp(bank_message(reference, 5_00)) is MessageOutcome.DUPLICATE
    assert available_paise(superuser, alice) == 5_00


@pytest.mark.usefixtures("alice")
def test_young_orders_are_left_to_the_webhook(alice: UUID, bank: Bank) -> None:
    bank.statuses[add_onramp(alice, 5_00)] = "succeeded"
    assert sweep_onramps() == 0
    assert bank.asked == []


def test_an_order_that_the_bank_never_got_fails_after_its_time(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    add_onramp(alice, 5_00)
    _age(superuser, 60)
    assert sweep_onramps() == 0  # the person may still ask with the same key
    _age(superuser, 16 * 60)
    assert sweep_onramps() == 1
    assert _end(superuser) == [("failed", "bank-unavailable")]


def test_time_alone_ends_nothing(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    bank.statuses[add_onramp(alice, 5_00)] = "pending"
    _age(superuser, 24 * 60 * 60)
    assert sweep_onramps() == 0
    bank.is_away = True
    assert sweep_onramps() == 0
    assert _end(superuser) == [("processing", "")]


def test_a_bank_that_is_away_is_not_asked_for_every_order(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    for _ in range(5):
        bank.statuses[add_onramp(alice, 5_00)] = "succeeded"
    _age(superuser, 60)
    bank.is_away = True
    assert sweep_onramps() == 0
    assert len(bank.asked) == onramps.SWEEP_GIVES_UP_AFTER
    bank.is_away = False
    assert sweep_onramps() == 5


def test_an_order_that_the_bank_answers_badly_holds_up_no_other(
    alice: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    references = sorted(add_onramp(alice, 5_00) for _ in range(4))
    bank.statuses.update(dict.fromkeys(references, "succeeded"))
    bank.nonsense.add(references[0])
    _age(superuser, 60)
    assert sweep_onramps() == 3


def test_an_order_whose_owner_somebody_locks_holds_up_no_other(
    database_url: str, alice: UUID, bob: UUID, bank: Bank, superuser: psycopg.Connection
) -> None:
    mine = add_onramp(alice, 5_00)
    others = [add_onramp(bob, 5_00) for _ in range(3)]
    bank.statuses.update(dict.fromkeys([mine, *others], "succeeded"))
    _age(superuser, 60)
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT FROM account WHERE person_id = %s FOR UPDATE", [alice])
        assert sweep_onramps() == 3
    assert sweep_onramps() == 1


@pytest.mark.parametrize("stated_paise", [5_00, 4_99])
def test_an_order_that_failed_and_was_paid_after_all_is_credited(
    alice: UUID, bank: Bank, superuser: psycopg.Connection, stated_paise: int
) -> None:
    """Declined, thought again, paid, and that message was lost: the statement has a line without a credit."""
    reference = add_onramp(alice, 5_00)
    settle_onramp(bank_message(reference, 5_00, succeeded=False))
    bank.statuses[reference] = "succeeded"
    assert sweep_onramps() == 0, "nobody has a reason to ask about it"
    superuser.execute(
        "INSERT INTO statement_line (payment_id, reference, bank_code, amount_paise, paid_at)"
        " VALUES (%s, %s, 'HDFC', %s, now())",
        [f"pay_{reference}", reference, stated_paise],
    )
    assert sweep_onramps() == (stated_paise == 5_00)
    assert available_paise(superuser, alice) == (5_00 if stated_paise == 5_00 else 0)


def test_many_orders_that_the_bank_answers_badly_hold_up_no_other_for_ever(
    alice: UUID, bank: Bank, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank forgets old payments, say, and answers 410: they stay where they are, and so do those behind them."""
    references = sorted(add_onramp(alice, 5_00) for _ in range(onramps.SWEEP_GIVES_UP_AFTER + 2))
    bank.statuses.update(dict.fromkeys(references, "succeeded"))
    bank.nonsense.update(references[1:-1])
    _age(superuser, 60)
    begins = iter([references[0], references[-2]])
    monkeypatch.setattr(onramps, "new_reference", lambda _: next(begins))
    assert sweep_onramps() == 0
    assert sweep_onramps() == 2
    assert bank.asked == [*references[1:-1], references[-1], references[0], *references[1:-1]]


def test_wherever_a_sweep_begins_it_asks_about_each_order_once(
    alice: UUID, bank: Bank, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onramps, "SWEEP_PAGE", 2)
    references = sorted(add_onramp(alice, 5_00) for _ in range(5))
    bank.statuses.update(dict.fromkeys(references, "pending"))
    _age(superuser, 60)
    for begin in ("A-", *references, "A-ZZZZZZZZZZZZZZ"):
        bank.asked.clear()
        monkeypatch.setattr(onramps, "new_reference", lambda _, begin=begin: begin)
        assert sweep_onramps() == 0
        assert sorted(bank.asked) == references


def test_the_sweep_learns_the_page_of_a_waiting_order(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    bank.statuses[reference] = "pending"
    _age(superuser, 60)
    sweep_onramps()
    assert superuser.execute("SELECT payment_id, page_url FROM onramp").fetchall() == [
        (f"pay_{reference}", f"http://bank.test/pay/{reference}")
    ]


def test_a_payment_of_another_amount_is_disputed(alice: UUID, bank: Bank, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 5_00)
    bank.statuses[reference] = "succeeded"
    bank.other_amounts[reference] = 4_00
    _age(superuser, 60)
    for _ in range(2):
        assert sweep_onramps() == 0
    assert superuser.execute("SELECT reason, reference FROM disputed_message").fetchall() == [
        ("wrong-amount", reference)
    ]
    assert available_paise(superuser, alice) == 0


def test_more_orders_than_a_page(
    alice: UUID, bank: Bank, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onramps, "SWEEP_PAGE", 3)
    for number in range(10):
        bank.statuses[add_onramp(alice, 5_00)] = "pending" if number % 3 == 0 else "succeeded"
    _age(superuser, 60)
    assert sweep_onramps() == 6
    assert available_paise(superuser, alice) == 30_00
    books_are_right(superuser)
