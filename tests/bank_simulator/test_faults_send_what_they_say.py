"""Each choice on the page: what arrives at the wallet, and what the bank says when it is asked."""

import threading
import time
from datetime import UTC, datetime

import pytest

from bank_simulator.faults import OLD_TIMESTAMP_S, WRONG_BY_PAISE, Choice, plan
from tests.bank_simulator.conftest import StartBank
from tests.bank_simulator.process import BankProcess, eventually
from tests.bank_simulator.receiver import Receiver, Reply, in_turn, like_the_wallet

AMOUNT_PAISE = 50_050

#: How far the clocks of two lines of one test may be apart.
TOLERANCE_S = 30


def is_fresh(timestamp_s: int) -> bool:
    return abs(time.time() - timestamp_s) < TOLERANCE_S


def test_approve_sends_one_signed_message_in_the_agreed_form(bank: BankProcess, receiver: Receiver) -> None:
    payment = bank.paid("approve")
    assert payment["status"] == "succeeded"
    (delivery,) = receiver.wait_for(1)
    assert delivery.is_genuine
    assert is_fresh(delivery.timestamp_s)
    assert delivery.headers["content-type"] == "application/json"
    moment = datetime.fromisoformat(delivery.message.pop("timestamp"))
    assert abs((datetime.now(UTC) - moment).total_seconds()) < TOLERANCE_S
    assert delivery.message == {
        "type": "payment.succeeded",
        "timestamp": delivery.message["timestamp"],
        "data": {
            "reference": payment["reference"],
            "payment_id": payment["payment_id"],
            "amount_paise": AMOUNT_PAISE,
            "currency": "INR",
        },
    }


def test_decline_says_that_the_payment_failed(bank: BankProcess, receiver: Receiver) -> None:
    assert bank.paid("decline")["status"] == "failed"
    (delivery,) = receiver.wait_for(1)
    assert delivery.is_genuine
    assert delivery.message["type"] == "payment.failed"


def test_approve_twice_sends_two_messages_at_the_same_time(bank: BankProcess, receiver: Receiver) -> None:
    # Neither is answered before both are there.
    both = threading.Barrier(2, timeout=10)
    receiver.answer = lambda _delivery: Reply(200 if both.wait() >= 0 else 500)
    payment = bank.paid("approve-twice")
    assert payment["status"] == "succeeded"
    first, second = receiver.wait_for(2)
    assert first.webhook_id != second.webhook_id
    assert first.message == second.message
    assert first.is_genuine
    assert second.is_genuine
    eventually(lambda: bank.page(payment).count("delivered after 1 attempt") == 2)


def test_late_succeeds_at_once_and_says_so_later(start_bank: StartBank, receiver: Receiver) -> None:
    bank = start_bank(BANK_LATE_S="2")
    chosen_at = time.monotonic()
    payment = bank.paid("late")
    assert payment["status"] == "succeeded"
    assert "first attempt in" in bank.page(payment)
    (delivery,) = receiver.wait_for(1)
    assert delivery.arrived_at - chosen_at >= 1.9
    assert delivery.is_genuine


def test_lose_succeeds_and_sends_nothing(bank: BankProcess, receiver: Receiver) -> None:
    lost = bank.paid("lose")
    assert lost["status"] == "succeeded"
    assert "None, and none will be sent." in bank.page(lost)
    # What is chosen afterwards is delivered, so the queue has long passed the place of a message for the lost one.
    told = bank.paid("approve")
    assert [one.message["data"]["reference"] for one in receiver.wait_for(1)] == [told["reference"]]


def test_wrong_amount_is_given_up_and_the_bank_knows_better(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = like_the_wallet(AMOUNT_PAISE)
    payment = bank.paid("wrong-amount", AMOUNT_PAISE)
    bank.page_with(payment, "given up after 4 attempts")
    deliveries = receiver.deliveries
    assert [one.message["data"]["amount_paise"] for one in deliveries] == [AMOUNT_PAISE + WRONG_BY_PAISE] * 4
    assert all(one.is_genuine for one in deliveries)
    assert len({one.webhook_id for one in deliveries}) == 1
    found = bank.find(payment)
    assert (found["status"], found["amount_paise"]) == ("succeeded", AMOUNT_PAISE)


def test_wrong_signature_is_followed_by_a_right_one(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = like_the_wallet(AMOUNT_PAISE)
    payment = bank.paid("wrong-signature", AMOUNT_PAISE)
    page = bank.page_with(payment, "delivered after 2 attempts")
    first, second = receiver.wait_for(2)
    assert (first.is_genuine, second.is_genuine) == (False, True)
    assert is_fresh(first.timestamp_s)
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert page.index("Signed with another secret") < page.index("<strong>401</strong>") < page.index("As it should be")


def test_old_timestamp_is_followed_by_a_fresh_one(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = like_the_wallet(AMOUNT_PAISE)
    payment = bank.paid("old-timestamp", AMOUNT_PAISE)
    bank.page_with(payment, "delivered after 2 attempts")
    first, second = receiver.wait_for(2)
    assert (first.is_genuine, second.is_genuine) == (False, True)
    assert is_fresh(first.timestamp_s + OLD_TIMESTAMP_S)
    assert is_fresh(second.timestamp_s)
    assert first.webhook_id == second.webhook_id


def test_out_of_order_brings_the_failure_after_the_success(bank: BankProcess, receiver: Receiver) -> None:
    # Although the success needs three attempts, the last after the failure was due, the failure stays behind it.
    away = Reply(503, headers={"Retry-After": "1"})
    receiver.answer = in_turn(away, away, Reply(200))
    payment = bank.paid("out-of-order")
    assert payment["status"] == "succeeded"
    deliveries = receiver.wait_for(4)
    assert [one.message["type"] for one in deliveries] == ["payment.succeeded"] * 3 + ["payment.failed"]
    success, failure = deliveries[0].message, deliveries[3].message
    assert failure["timestamp"] < success["timestamp"]
    assert failure["data"] == success["data"]
    eventually(lambda: "next attempt" not in bank.page(payment))
    assert bank.find(payment)["status"] == "succeeded"


@pytest.mark.parametrize("choice", list(Choice))
def test_every_choice_has_a_plan(choice: Choice) -> None:
    planned = plan(choice, AMOUNT_PAISE, late_s=30)
    assert (planned == ()) == (choice is Choice.LOSE)
    assert all(one.amount_paise == AMOUNT_PAISE for one in planned) == (choice is not Choice.WRONG_AMOUNT)
