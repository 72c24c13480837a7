"""The API for the wallet: asking twice is asking once, and what is wrong is refused with a reason."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bank_simulator.openapi import DESCRIPTION
from bank_simulator.payments import InvalidPayment, read_request
from tests.bank_simulator.conftest import StartBank
from tests.bank_simulator.process import BankProcess

GOOD = {
    "reference": "A-1",
    "amount_paise": 50_050,
    "currency": "INR",
    "bank": "HDFC",
    "return_url": "https://wallet.example/transfer",
}


@pytest.fixture
def reference() -> str:
    return f"A-{secrets.token_hex(7).upper()}"


def test_a_new_payment_waits_for_a_choice(shared_bank: BankProcess, reference: str) -> None:
    response = shared_bank.ask(12_345, reference, bank="SBI")
    assert response.status_code == 201
    payment = response.json()
    assert set(payment) == set(DESCRIPTION["components"]["schemas"]["Payment"]["properties"])
    assert payment["page_url"] == f"http://localhost:{shared_bank.http.base_url.port}/pay/{payment['payment_id']}"
    expires_in = datetime.fromisoformat(payment["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < expires_in <= timedelta(minutes=15)
    wanted = {"reference": reference, "amount_paise": 12_345, "currency": "INR", "bank": "SBI", "status": "pending"}
    assert wanted.items() <= payment.items()
    assert shared_bank.find(payment) == payment


def test_the_public_address_stands_in_the_answer(start_bank: StartBank) -> None:
    bank = start_bank(BANK_PUBLIC_URL="https://bank.example/")
    payment = bank.new_payment()
    assert payment["page_url"] == f"https://bank.example/pay/{payment['payment_id']}"


def test_asking_again_answers_the_same_payment(shared_bank: BankProcess, reference: str) -> None:
    first = shared_bank.ask(reference=reference)
    again = shared_bank.ask(reference=reference)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_asking_again_after_the_choice_shows_it(shared_bank: BankProcess) -> None:
    payment = shared_bank.paid("lose")
    again = shared_bank.ask(reference=payment["reference"])
    assert (again.status_code, again.json()["status"]) == (200, "succeeded")


@pytest.mark.parametrize("change", [{"amount_paise": 1}, {"bank": "AXIS"}])
def test_other_inputs_under_the_same_reference_are_a_conflict(
    shared_bank: BankProcess, reference: str, change: dict[str, Any]
) -> None:
    first = {**GOOD, "reference": reference}
    assert [shared_bank.http.post("/api/payments", json=first).status_code for _ in range(2)] == [201, 200]
    response = shared_bank.http.post("/api/payments", json={**first, **change})
    assert response.status_code == 409
    assert set(response.json()) == {"code", "message"}


def test_a_wallet_that_has_moved_still_finds_its_payment(shared_bank: BankProcess, reference: str) -> None:
    first = shared_bank.ask(reference=reference)
    moved = shared_bank.ask(reference=reference, return_url="https://else.example/")
    assert moved.status_code == 200
    assert moved.json() == first.json()


def test_twenty_at_once_get_one_payment(shared_bank: BankProcess, reference: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _number: shared_bank.ask(reference=reference), range(20)))
    assert sorted(response.status_code for response in responses) == [200] * 19 + [201]
    assert len({response.json()["payment_id"] for response in responses}) == 1


def test_an_unknown_reference_is_not_found(shared_bank: BankProcess) -> None:
    response = shared_bank.http.get("/api/payments", params={"reference": "A-2"})
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert shared_bank.http.get("/api/payments").status_code == 422


def test_a_wrong_address_is_not_taken_for_an_unknown_payment(shared_bank: BankProcess) -> None:
    """The wallet ends an order on the bank's own not-found only."""
    response = shared_bank.http.get("/api/other", params={"reference": "A-2"})
    assert response.status_code == 404
    assert response.json()["code"] == "http-404"


@pytest.mark.parametrize(
    "change",
    [
        {"amount_paise": 0},
        {"amount_paise": -5},
        {"amount_paise": 10**12 + 1},
        {"amount_paise": 500.0},
        {"amount_paise": "500"},
        {"amount_paise": True},
        {"amount_paise": None},
        {"reference": ""},
        {"reference": "A" * 65},
        {"reference": "A 1"},
        {"reference": "A-1\n"},
        {"reference": "Ä"},
        {"reference": 1},
        {"currency": "USD"},
        {"bank": "NOPE"},
        {"bank": ["HDFC"]},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "/transfer"},
        {"return_url": "//wallet.example"},
        {"return_url": "ftp://wallet.example"},
        {"return_url": "http://"},
        {"return_url": "http://user@wallet.example"},
        {"return_url": "http://wallet.example:port/"},
        {"return_url": "http://wallet.example/\nx"},
        {"return_url": "https://wallet.example/" + "x" * 2048},
        {"extra": 1},
    ],
)
def test_wrong_fields_are_refused(change: dict[str, Any]) -> None:
    read_request(GOOD)
    with pytest.raises(InvalidPayment):
        read_request({**GOOD, **change})


@pytest.mark.parametrize("field", list(GOOD))
def test_every_field_is_needed(field: str) -> None:
    with pytest.raises(InvalidPayment):
        read_request({name: value for name, value in GOOD.items() if name != field})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b"\xff\xfe", 422),
        (b'{"amount_paise": NaN}', 422),
        (b'{"amount_paise": ' + b"9" * 5000 + b"}", 422),
        (b"[" * 16_000, 422),
        (b" " * (16 * 1024 + 1), 413),
    ],
)
def test_hostile_bodies_get_a_clear_answer(shared_bank: BankProcess, body: bytes, status: int) -> None:
    response = shared_bank.http.post("/api/payments", content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert "Traceback" not in shared_bank.log()


def test_only_json_is_read(shared_bank: BankProcess) -> None:
    assert shared_bank.http.post("/api/payments", data=GOOD).status_code == 415


def test_the_api_describes_itself(shared_bank: BankProcess) -> None:
    description = shared_bank.http.get("/openapi.json").json()
    assert description == DESCRIPTION
    for path, methods in description["paths"].items():
        for method in methods:
            assert shared_bank.http.request(method, path).status_code not in (404, 405)
    page = shared_bank.http.get("/docs").text
    assert "POST /api/payments" in page
    assert "amount_paise" in page


def test_health(shared_bank: BankProcess) -> None:
    assert shared_bank.http.get("/healthz").json() == {"status": "ok"}
