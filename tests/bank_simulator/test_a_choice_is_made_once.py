"""The person's choice: made once, kept, and only in time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bank_simulator.conftest import StartBank
from tests.bank_simulator.process import BankProcess, eventually
from tests.bank_simulator.receiver import Receiver


def test_twenty_clicks_are_one_choice(bank: BankProcess, receiver: Receiver) -> None:
    payment = bank.new_payment()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _number: bank.choose(payment, "approve").status_code, range(20)))
    assert answers == [303] * 20
    page = bank.page_with(payment, "delivered after 1 attempt")
    assert page.count("msg_") == 1
    assert len(receiver.deliveries) == 1


def test_two_choices_at_once_leave_one(bank: BankProcess, receiver: Receiver) -> None:
    payment = bank.new_payment()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda choice: bank.choose(payment, choice).status_code, ("approve", "decline")))
    assert sorted(answers) == [303, 409]
    (delivery,) = receiver.wait_for(1)
    status = bank.find(payment)["status"]
    assert delivery.message["type"] == f"payment.{status}"


def test_a_choice_cannot_be_changed(bank: BankProcess) -> None:
    payment = bank.paid("decline")
    response = bank.choose(payment, "approve")
    assert response.status_code == 409
    assert "A choice was made before, and it stays as it is." in response.text
    assert "You declined this payment." in response.text
    assert bank.find(payment)["status"] == "failed"


def test_time_runs_out(start_bank: StartBank, receiver: Receiver) -> None:
    bank = start_bank(BANK_EXPIRY_S="0.3")
    payment = bank.new_payment()
    eventually(lambda: bank.find(payment)["status"] == "expired")
    page = bank.page(payment)
    assert "This payment has expired" in page
    assert "Approve" not in page
    assert "Return to Wallet" in page
    response = bank.choose(payment, "approve")
    assert response.status_code == 409
    assert "This payment has expired" in response.text
    assert bank.find(payment)["status"] == "expired"
    assert receiver.deliveries == []


def test_a_choice_made_in_time_does_not_expire(start_bank: StartBank) -> None:
    bank = start_bank(BANK_EXPIRY_S="2")
    payment = bank.paid("lose")
    other = bank.new_payment()
    eventually(lambda: bank.find(other)["status"] == "expired")
    assert bank.find(payment)["status"] == "succeeded"


@pytest.mark.parametrize("form", [{}, {"choice": ""}, {"choice": "steal"}, {"other": "approve"}])
def test_what_is_no_choice_is_refused(shared_bank: BankProcess, form: dict[str, str]) -> None:
    payment = shared_bank.new_payment()
    assert shared_bank.http.post(f"/pay/{payment['payment_id']}", data=form).status_code == 422
    assert shared_bank.find(payment)["status"] == "pending"


def test_an_upload_is_no_choice(shared_bank: BankProcess) -> None:
    payment = shared_bank.new_payment()
    response = shared_bank.http.post(f"/pay/{payment['payment_id']}", files={"choice": b"approve"})
    assert response.status_code == 400
    assert shared_bank.find(payment)["status"] == "pending"


def test_a_large_form_is_refused(shared_bank: BankProcess) -> None:
    payment = shared_bank.new_payment()
    assert shared_bank.http.post(f"/pay/{payment['payment_id']}", data={"choice": "x" * 17_000}).status_code == 413


def test_an_unknown_payment_has_no_page(shared_bank: BankProcess) -> None:
    for response in (
        shared_bank.http.get("/pay/pay_0"),
        shared_bank.http.post("/pay/pay_0", data={"choice": "approve"}),
    ):
        assert response.status_code == 404
        assert "No payment has this address." in response.text
