"""Messages and their attempts go a month after their payment was asked for; the payment itself is never forgotten."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_simulator import storage as storing
from bank_simulator.faults import Choice, Fault, plan
from bank_simulator.payments import Payment, PaymentRequest
from bank_simulator.storage import LOG_KEPT_DAYS, Storage
from tests.bank_simulator.process import BankProcess, eventually

DAY_MS = 24 * 60 * 60 * 1000
A_MONTH_LATER_MS = LOG_KEPT_DAYS * DAY_MS + 1


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = Storage(tmp_path / "bank.sqlite3")
    yield opened
    opened.close()


def approved(storage: Storage, *, number: int = 1, state: str = "delivered") -> Payment:
    """A payment of the moment 0 whose message is in this state, after one attempt."""
    request = PaymentRequest(f"A-{number}", 500_00, "INR", "HDFC", "http://localhost/")
    payment, _ = storage.create_payment(request, now_ms=0, expires_at_ms=DAY_MS)
    storage.choose(payment, Choice.APPROVE, plan(Choice.APPROVE, 500_00, late_s=0), now_ms=0)
    (message,) = storage.messages_of(payment.payment_id)
    attempt_id = storage.begin_attempt(message, Fault.NONE, now_ms=0)
    storage.finish_attempt(
        message, attempt_id, status_code=200, answer="", duration_ms=1, state=state, due_at_ms=0, refused=False
    )
    return payment


def log_of(storage: Storage, payment: Payment) -> tuple[int, int]:
    """How many messages and attempts there are."""
    return len(storage.messages_of(payment.payment_id)), len(storage.attempts_of(payment.payment_id))


@pytest.mark.parametrize("state", ["delivered", "given-up"])
def test_after_a_month_the_log_is_gone_and_the_payment_is_not(storage: Storage, state: str) -> None:
    payment = approved(storage, state=state)
    assert storage.prune_log(now_ms=A_MONTH_LATER_MS) == 1
    assert log_of(storage, payment) == (0, 0)
    found = storage.find_by_reference("A-1")
    assert found is not None
    assert found.status(A_MONTH_LATER_MS) == "succeeded"


def test_until_then_all_of_it_is_there(storage: Storage) -> None:
    payment = approved(storage)
    assert storage.prune_log(now_ms=A_MONTH_LATER_MS - 1) == 0
    assert log_of(storage, payment) == (1, 1)


def test_what_still_waits_to_be_said_is_kept(storage: Storage) -> None:
    payment = approved(storage, state="waiting")
    assert storage.prune_log(now_ms=A_MONTH_LATER_MS) == 0
    assert log_of(storage, payment) == (1, 1)
    assert len(storage.waiting_messages(10)) == 1


def test_however_much_there_is_it_goes_in_small_transactions(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PRUNED_AT_ONCE", 3)
    for number in range(10):
        approved(storage, number=number)
    assert storage.prune_log(now_ms=A_MONTH_LATER_MS) == 10


def test_the_bank_does_it_by_itself(bank: BankProcess) -> None:
    payment = bank.paid("approve")
    bank.page_with(payment, "delivered after 1 attempt")
    bank.terminate()
    file = sqlite3.connect(bank.database)
    with file:
        file.execute("UPDATE payment SET created_at_ms = created_at_ms - ?", (A_MONTH_LATER_MS,))
    file.close()
    bank.start()
    eventually(lambda: "delivered after" not in bank.page(payment))
    assert bank.find(payment)["status"] == "succeeded"
    assert "1 old messages are removed" in bank.log()
