"""The bank's client against a real HTTP server that behaves, is slow, fails, lies, or talks nonsense."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from wallet_core import bank_client
from wallet_core.bank_client import MAX_TRIES, BankPayment, create_payment, find_payment
from wallet_core.config import get_settings
from wallet_core.errors import BankRefused, BankUnavailable

REFERENCE = "A-0123456789ABCD"
PAYMENT = BankPayment("pay_1", "http://localhost:8002/pay/pay_1", status="pending", amount_paise=500_50)

Reply = Callable[[], Response]


def good(**changes: object) -> dict[str, object]:
    return {
        "payment_id": "pay_1",
        "reference": REFERENCE,
        "amount_paise": 500_50,
        "currency": "INR",
        "bank": "HDFC",
        "status": "pending",
        "page_url": "http://localhost:8002/pay/pay_1",
        "expires_at": "2026-11-23T07:00:00Z",
    } | changes


def reply(body: object, status: int = 200) -> Reply:
    return lambda: JSONResponse(body, status)


def raw(body: bytes, status: int = 200) -> Reply:
    return lambda: Response(body, status, media_type="application/json")


@dataclass
class FakeBank:
    """Answers in turn what a test put into ``replies``, the last of them for ever; remembers what it was asked."""

    replies: list[Reply] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append((request.method, dict(request.query_params), json.loads(body) if body else None))
        return (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FakeBank, int]]:
    bank = FakeBank()
    app = Starlette(routes=[Route("/v1/api/payments", bank.answer, methods=["GET", "POST"])])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    served = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=served.run, kwargs={"sockets": [listening]})
    thread.start()
    while not served.started:
        time.sleep(0.01)
    yield bank, listening.getsockname()[1]
    served.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def bank(server: tuple[FakeBank, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBank]:
    fake, port = server
    fake.replies, fake.asked = [reply(good(), 201)], []
    with wallet_of_bank(monkeypatch, port):
        yield fake


@contextmanager
def wallet_of_bank(monkeypatch: pytest.MonkeyPatch, port: int) -> Iterator[None]:
    """A wallet whose bank listens on this port, with waits that suit a test."""
    monkeypatch.setenv("WALLET_ENV", "development")
    monkeypatch.setenv("WALLET_BANK_URL", f"http://127.0.0.1:{port}/v1/")
    monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    # A proxy for the world outside is not asked about the machine's own bank.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setattr(bank_client, "RETRY_BASE_MS", 5)
    get_settings.cache_clear()
    bank_client.close()
    try:
        yield
    finally:
        bank_client.close()
        get_settings.cache_clear()


def ask() -> BankPayment:
    return create_payment(REFERENCE, 500_50, "HDFC", "http://localhost:3000/transactions/A-0123456789ABCD")


def test_a_payment_is_asked_for_with_our_order(bank: FakeBank) -> None:
    assert ask() == PAYMENT
    assert bank.asked == [
        (
            "POST",
            {},
            {
                "reference": REFERENCE,
                "amount_paise": 500_50,
                "currency": "INR",
                "bank": "HDFC",
                "return_url": "http://localhost:3000/transactions/A-0123456789ABCD",
            },
        )
    ]


def test_asking_again_is_answered_with_the_same_payment(bank: FakeBank) -> None:
    bank.replies = [reply(good(status="succeeded"), 200)]
    assert ask().status == "succeeded"


def test_a_passing_failure_is_tried_again(bank: FakeBank) -> None:
    bank.replies = [raw(b"", 500), raw(b"busy", 503), reply(good(), 201)]
    assert ask() == PAYMENT
    assert len(bank.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_lasting_failure_is_given_up_after_a_few_tries(bank: FakeBank, status: int) -> None:
    bank.replies = [reply({"code": "busy"}, status)]
    with pytest.raises(BankUnavailable):
        ask()
    assert len(bank.asked) == MAX_TRIES


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_refusal_is_not_tried_again(bank: FakeBank, status: int) -> None:
    bank.replies = [reply({"code": "conflict", "message": "other inputs"}, status)]
    with pytest.raises(BankRefused):
        ask()
    assert len(bank.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_an_answer_that_is_not_about_the_order_refuses_nothing(bank: FakeBank, status: int) -> None:
    bank.replies = [raw(b"<html>Who are you?</html>", status)]
    with pytest.raises(BankUnavailable):
        ask()


def test_a_redirect_is_not_followed(bank: FakeBank) -> None:
    bank.replies = [lambda: RedirectResponse("/v1/api/payments")]
    with pytest.raises(BankUnavailable):
        ask()
    assert len(bank.asked) == 1


NONSENSE: dict[str, Reply] = {
    "nothing": raw(b""),
    "no JSON": raw(b"<html>"),
    "not a record": reply([good()]),
    "no Unicode": raw(b'{"payment_id": "\xff\xfe"}'),
    "deep": raw(b"[" * 60_000),
    "without a page": reply({name: value for name, value in good().items() if name != "page_url"}),
    "another order": reply(good(reference="A-DCBA9876543210")),
    "another amount": reply(good(amount_paise=500_51)),
    "amount as text": reply(good(amount_paise="50050")),
    "amount as a fraction": raw(json.dumps(good()).replace("50050", "50050.0").encode()),
    "amount not a number": raw(json.dumps(good()).replace("50050", "NaN").encode()),
    "amount true": reply(good(amount_paise=True)),
    "another currency": reply(good(currency="USD")),
    "another bank": reply(good(bank="AXIS")),
    "unknown status": reply(good(status="maybe")),
    "script for a page": reply(good(page_url="javascript:alert(1)")),
    "data for a page": reply(good(page_url="data:text/html,x")),
    "page without a host": reply(good(page_url="https:///pay")),
    "relative page": reply(good(page_url="/pay/pay_1")),
    "page with a password": reply(good(page_url="http://wallet.example@evil.example/pay")),
    "page with a line break": reply(good(page_url="http://localhost/pay\r\nSet-Cookie: a=b")),
    "page of another form": reply(good(page_url="http://[::1/pay")),
    "endless page": reply(good(page_url="http://localhost/" + "x" * 3000)),
    "odd payment id": reply(good(payment_id="pay 1")),
    "no payment id": reply(good(payment_id="")),
    "too big": raw(b" " * 200_000 + json.dumps(good()).encode()),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_no_answer(bank: FakeBank, name: str) -> None:
    bank.replies = [NONSENSE[name]]
    with pytest.raises(BankUnavailable):
        ask()


def test_fields_that_we_do_not_know_do_no_harm(bank: FakeBank) -> None:
    bank.replies = [reply(good(colour="grey"), 201)]
    assert ask() == PAYMENT


def test_an_order_is_found_again(bank: FakeBank) -> None:
    bank.replies = [reply(good(status="failed", amount_paise=500_51))]
    assert find_payment(REFERENCE) == replace(PAYMENT, status="failed", amount_paise=500_51), "the caller compares"
    assert bank.asked == [("GET", {"reference": REFERENCE}, None)]


def test_an_order_that_the_bank_does_not_know_is_none(bank: FakeBank) -> None:
    bank.replies = [reply({"code": "not-found", "message": "No such payment."}, 404)]
    assert find_payment(REFERENCE) is None


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"Not Found", 404),
        reply({"detail": "Not Found"}, 404),
        reply({"code": "not-found"}, 410),
        reply(good(), 201),
    ],
)
def test_only_the_banks_own_word_says_that_it_does_not_know(bank: FakeBank, answer: Reply) -> None:
    bank.replies = [answer]
    with pytest.raises(BankUnavailable):
        find_payment(REFERENCE)


def test_another_order_is_not_taken_for_the_one_we_asked_about(bank: FakeBank) -> None:
    bank.replies = [reply(good(reference="A-DCBA9876543210", status="succeeded"))]
    with pytest.raises(BankUnavailable):
        find_payment(REFERENCE)


def test_a_silent_bank_costs_a_bounded_time(bank: FakeBank, monkeypatch: pytest.MonkeyPatch) -> None:
    def stall() -> Response:
        async def pieces() -> Any:
            await asyncio.sleep(1.5)
            yield b"{}"

        return StreamingResponse(pieces())

    # Only here: a busy machine is late, and would then be asked again.
    monkeypatch.setattr(bank_client, "READ_TIMEOUT_S", 0.3)
    bank.replies = [stall]
    started_s = time.monotonic()
    with pytest.raises(BankUnavailable):
        ask()
    assert len(bank.asked) == MAX_TRIES
    assert time.monotonic() - started_s < 3


def test_a_bank_that_dribbles_costs_a_bounded_time(bank: FakeBank, monkeypatch: pytest.MonkeyPatch) -> None:
    def dribble() -> Response:
        async def pieces() -> Any:
            for _ in range(60):
                yield b" "
                await asyncio.sleep(0.05)

        return StreamingResponse(pieces())

    monkeypatch.setattr(bank_client, "BUDGET_S", 0.5)
    bank.replies = [dribble]
    started_s = time.monotonic()
    with pytest.raises(BankUnavailable):
        ask()
    assert time.monotonic() - started_s < 2


#: What never comes to the end of an answer's head, and is never silent.
ENDLESS_HEADS = {
    "a byte now and then": b"HTTP/1.1 200 OK\r\nserver: " + b"a" * 100,
    "interim answers": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10,
}


@contextmanager
def dribbling_bank(head: bytes) -> Iterator[tuple[int, threading.Event]]:
    """Sends a byte of the head at a time. Answers its port, and what is set when it has been asked."""
    asked = threading.Event()

    def dribble(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as connection:
            connection.recv(65_536)
            asked.set()
            for position in range(len(head)):
                connection.sendall(head[position : position + 1])
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=dribble, args=[listener])
        thread.start()
        yield listener.getsockname()[1], asked
        thread.join()


@pytest.mark.parametrize("kind", ENDLESS_HEADS)
def test_a_bank_that_dribbles_its_headers_costs_a_bounded_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_client, "BUDGET_S", 0.5)
    monkeypatch.setattr(bank_client, "MAX_TRIES", 1)
    with dribbling_bank(ENDLESS_HEADS[kind]) as (port, _), wallet_of_bank(monkeypatch, port):
        started_s = time.monotonic()
        with pytest.raises(BankUnavailable):
            ask()
        assert time.monotonic() - started_s < 2


def test_who_leaves_waits_for_no_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        dribbling_bank(ENDLESS_HEADS["interim answers"]) as (port, asked),
        wallet_of_bank(monkeypatch, port),
        ThreadPoolExecutor(1) as beside,
    ):
        asking = beside.submit(ask)
        assert asked.wait(10)
        bank_client.close()
        with pytest.raises(BankUnavailable):
            asking.result(timeout=2)


def test_a_bank_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with wallet_of_bank(monkeypatch, port), pytest.raises(BankUnavailable):
        ask()


def test_production_sends_nobody_to_a_page_without_https(bank: FakeBank, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = get_settings().model_copy(update={"env": "production"})
    monkeypatch.setattr(bank_client, "get_settings", lambda: settings)
    with pytest.raises(BankUnavailable):
        ask()
    bank.replies = [reply(good(page_url="https://bank.example/pay/1"), 201)]
    assert ask().page_url == "https://bank.example/pay/1"
