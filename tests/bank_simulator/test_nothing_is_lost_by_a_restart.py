"""The bank is stopped or killed at any moment; payments, choices, undelivered messages and the log are still there."""

import threading
import time

from tests.bank_simulator.conftest import StartBank
from tests.bank_simulator.process import BankProcess
from tests.bank_simulator.receiver import Receiver, Reply


def test_an_undelivered_message_is_sent_after_a_kill(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = lambda _delivery: Reply(503)
    payment = bank.paid("approve")
    receiver.wait_for(2)
    bank.kill()
    seen = len(receiver.deliveries)
    receiver.answer = lambda _delivery: Reply(200)
    bank.start()
    deliveries = receiver.wait_for(seen + 1)
    assert len({(one.webhook_id, one.body) for one in deliveries}) == 1
    assert "<strong>503</strong>" in bank.page_with(payment, "delivered after")
    assert bank.find(payment)["status"] == "succeeded"


def test_a_late_message_outlives_a_kill(start_bank: StartBank, receiver: Receiver) -> None:
    bank = start_bank(BANK_LATE_S="3")
    payment = bank.paid("late")
    bank.kill()
    assert receiver.deliveries == []
    bank.start()
    receiver.wait_for(1)
    bank.page_with(payment, "delivered after 1 attempt")


def test_an_attempt_cut_off_by_a_kill_leaves_its_line(bank: BankProcess, receiver: Receiver) -> None:
    release = threading.Event()
    receiver.answer = lambda _delivery: Reply(200 if release.wait(10) else 500)
    payment = bank.paid("approve")
    receiver.wait_for(1)
    bank.kill()
    release.set()
    bank.start()
    assert "No answer recorded" in bank.page_with(payment, "delivered after 2 attempts")


def test_a_stop_takes_less_than_two_seconds_and_loses_nothing(bank: BankProcess, receiver: Receiver) -> None:
    release = threading.Event()
    receiver.answer = lambda _delivery: Reply(200 if release.wait(10) else 500)
    payment = bank.paid("approve")
    receiver.wait_for(1)
    began = time.monotonic()
    assert bank.terminate() == 0
    took_s = time.monotonic() - began
    print(f"stopped in {took_s:.2f} s with a message on its way")
    assert took_s < 2
    assert "Traceback" not in bank.log()
    release.set()
    bank.start()
    bank.page_with(payment, "delivered after 2 attempts")


def test_what_was_not_chosen_can_still_be_chosen(bank: BankProcess, receiver: Receiver) -> None:
    payment = bank.new_payment()
    assert bank.terminate() == 0
    bank.start()
    assert bank.find(payment)["status"] == "pending"
    assert bank.choose(payment, "approve").status_code == 303
    receiver.wait_for(1)


def test_a_delivered_message_is_not_sent_again(bank: BankProcess, receiver: Receiver) -> None:
    payment = bank.paid("approve")
    bank.page_with(payment, "delivered after 1 attempt")
    bank.kill()
    bank.start()
    bank.page_with(bank.paid("approve"), "delivered after 1 attempt")
    assert len(receiver.deliveries) == 2
