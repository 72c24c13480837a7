"""Every line of the webhook's answer table, from the process that operators run, and what it did to the books."""

import contextlib
import socket
import time
from collections.abc import Iterator
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.conftest import add_onramp
from tests.webhook.bank import FOREIGN_SECRET, PATH, SECOND_SECRET, encode, message, new_id, signed_headers
from tests.webhook.books import Books, read_books
from tests.webhook.process import WebhookProcess

AMOUNT_PAISE = 50_050
NOTHING = Books(0, 0, 0, 0)
CREDITED = Books(AMOUNT_PAISE, 1, AMOUNT_PAISE, 0)


@pytest.fixture
def reference(alice: UUID) -> str:
    return add_onramp(alice, AMOUNT_PAISE)


def test_200_credited_and_then_duplicate(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    message_id = new_id()
    first = webhook.call(message(reference), message_id=message_id)
    assert (first.status_code, first.json()) == (200, {"outcome": "credited"})
    assert first.headers["content-type"] == "application/json"
    repeated = webhook.call(message(reference), message_id=message_id)
    assert (repeated.status_code, repeated.json()) == (200, {"outcome": "duplicate"})
    other_id = webhook.call(message(reference))
    assert (other_id.status_code, other_id.json()) == (200, {"outcome": "duplicate"})
    assert read_books(database_url, alice) == CREDITED


def test_200_failed_and_then_duplicate(webhook: WebhookProcess, database_url: str, alice: UUID, reference: str) -> None:
    failed = message(reference, type="payment.failed")
    assert webhook.call(failed).json() == {"outcome": "failed"}
    assert webhook.call(failed).json() == {"outcome": "duplicate"}
    assert read_books(database_url, alice) == NOTHING


def test_200_ignored_for_a_failure_after_the_success(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    webhook.call(message(reference))
    ignored = webhook.call(message(reference, type="payment.failed"))
    assert (ignored.status_code, ignored.json()) == (200, {"outcome": "ignored"})
    assert read_books(database_url, alice) == CREDITED


def test_200_credited_for_a_success_after_the_failure(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    webhook.call(message(reference, type="payment.failed"))
    assert webhook.call(message(reference)).json() == {"outcome": "credited"}
    assert read_books(database_url, alice) == CREDITED


def test_the_second_active_secret_credits_too(webhook: WebhookProcess, alice: UUID, reference: str) -> None:
    assert webhook.call(message(reference), secret=SECOND_SECRET).json() == {"outcome": "credited"}


def test_401_is_one_answer_for_every_cause(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    body = encode(message(reference))
    headers = signed_headers(body)
    old, future = int(time.time()) - 400, int(time.time()) + 400
    requests = [
        (body, {"content-type": "application/json"}),
        (body, {**headers, "webhook-signature": "v1,nonsense"}),
        (body, {**headers, "webhook-id": "msg_other"}),
        (body + b" ", headers),
        (body, signed_headers(body, secret=FOREIGN_SECRET)),
        (body, signed_headers(body, timestamp=old)),
        (body, signed_headers(body, timestamp=future)),
        (b"\xff", signed_headers(b"\xff")),
        (b"", {"content-type": "application/json"}),
    ]
    answers = set()
    for content, sent in requests:
        answered = httpx.post(webhook.url, content=content, headers=sent)
        without_date = tuple(sorted((name, value) for name, value in answered.headers.items() if name != "date"))
        answers.add((answered.status_code, answered.content, without_date))
    assert len(answers) == 1
    assert answers.pop()[:2] == (401, b'{"code":"signature-refused"}')
    assert read_books(database_url, alice) == NOTHING


def test_404_and_405(webhook: WebhookProcess) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        answered = httpx.request(method, webhook.url)
        assert (answered.status_code, answered.headers["allow"]) == (405, "POST")
    for path in ("/", "/webhooks", f"{PATH}/", "/webhooks/other", "/docs", "//webhooks/bank"):
        assert httpx.post(webhook.address + path, content=b"x").status_code == 404
    assert httpx.post(webhook.address + "/healthz").status_code == 405


def test_413_by_length_and_by_counting(webhook: WebhookProcess, database_url: str, alice: UUID, reference: str) -> None:
    body = encode(message(reference)) + b" " * 65 * 1024
    headers = signed_headers(body)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 1024):
            yield body[start : start + 1024]

    by_length = httpx.post(webhook.url, content=body, headers=headers)
    by_counting = httpx.post(webhook.url, content=pieces(), headers=headers)
    assert (by_length.status_code, by_counting.status_code) == (413, 413)
    assert by_counting.request.headers["transfer-encoding"] == "chunked"
    assert read_books(database_url, alice) == NOTHING


def test_a_small_body_in_pieces_is_taken(webhook: WebhookProcess, reference: str) -> None:
    body = encode(message(reference))
    answered = httpx.post(webhook.url, content=iter([body[:7], body[7:]]), headers=signed_headers(body))
    assert (answered.request.headers["transfer-encoding"], answered.json()) == ("chunked", {"outcome": "credited"})


def test_415(webhook: WebhookProcess, database_url: str, alice: UUID, reference: str) -> None:
    body = encode(message(reference))
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answered = httpx.post(webhook.url, content=body, headers={**signed_headers(body), "content-type": content_type})
        assert answered.status_code == 415
    assert read_books(database_url, alice) == NOTHING


def test_422_for_what_is_signed_but_not_in_our_shape(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    for content in (b"hello", b"[" * 60_000, message(reference, amount_paise="50050"), message(reference, type="paid")):
        answered = webhook.call(content)
        assert (answered.status_code, answered.json()) == (422, {"code": "message-invalid"})
    assert read_books(database_url, alice) == NOTHING


def test_409_for_what_disagrees_with_our_order_and_an_operator_sees_it(
    webhook: WebhookProcess, database_url: str, alice: UUID
) -> None:
    reference = add_onramp(alice, AMOUNT_PAISE, payment_id="pay_known")
    disagreeing = [
        message(reference, AMOUNT_PAISE + 1, payment_id="pay_known"),
        message(reference, payment_id="pay_another"),
        message("A-NONEOFOURS0000"),
    ]
    for content in disagreeing:
        answered = webhook.call(content)
        assert (answered.status_code, answered.json()) == (409, {"outcome": "disputed"})
    assert read_books(database_url, alice) == Books(0, 0, 0, len(disagreeing))
    assert webhook.call(message(reference, payment_id="pay_known")).json() == {"outcome": "credited"}


def _raw(webhook: WebhookProcess, *pieces: bytes) -> bytes:
    """Sends pieces, then waits for the connection's end."""
    with socket.create_connection(("127.0.0.1", webhook.port), timeout=20) as client:
        for piece in pieces:
            client.sendall(piece)
        answered = b""
        while piece := client.recv(65536):
            answered += piece
    return answered


def _head(body: bytes, **changes: str) -> bytes:
    headers = {"host": "localhost", "content-length": str(len(body)), **signed_headers(body), **changes}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def test_408_for_a_body_that_does_not_come(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    body = encode(message(reference))
    started = time.monotonic()
    answered = _raw(webhook, _head(body), body[:-1])
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answered.lower()
    assert time.monotonic() - started < 10
    assert read_books(database_url, alice) == NOTHING


def test_400_for_what_is_not_http(webhook: WebhookProcess) -> None:
    heads = {
        "two lengths": b"POST /webhooks/bank HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        "no number": b"POST /webhooks/bank HTTP/1.1\r\nhost: a\r\ncontent-length: nine\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    }
    for what, head in heads.items():
        assert _raw(webhook, head).startswith(b"HTTP/1.1 400 "), what
    assert httpx.get(webhook.address + "/healthz").status_code == 200


def test_431_for_a_head_without_end(webhook: WebhookProcess) -> None:
    answered = _raw(webhook, b"POST /webhooks/bank HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 20_000)
    assert answered.startswith(b"HTTP/1.1 431 ")
    assert answered.endswith(b'{"code":"head-too-large"}')


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"], ids=["first", "further"])
def test_a_head_that_drips_is_hung_up_on(webhook: WebhookProcess, before: bytes) -> None:
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", webhook.port), timeout=20) as client:
        client.sendall(before)
        if before:
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.settimeout(0.5)
        dripping = (bytes([byte]) for byte in b"POST /webhooks/bank HTTP/1.1\r\n" * 2)
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < started + 10:
                try:
                    if not client.recv(65536):
                        break
                except TimeoutError:
                    client.sendall(next(dripping))
    assert 4 < time.monotonic() - started < 9


def test_what_follows_a_refused_body_is_not_taken_for_a_request(
    webhook: WebhookProcess, database_url: str, alice: UUID, reference: str
) -> None:
    hidden_body = encode(message(reference))
    hidden = _head(hidden_body) + hidden_body
    refused = _head(hidden, **{"content-type": "text/plain"})
    answered = _raw(webhook, refused, hidden)
    assert answered.startswith(b"HTTP/1.1 415 ")
    assert b"connection: close" in answered.lower()
    assert answered.count(b"HTTP/1.1") == 1
    assert read_books(database_url, alice) == NOTHING


def test_credits_are_committed_when_they_are_answered(
    webhook: WebhookProcess, superuser: psycopg.Connection, alice: UUID, reference: str
) -> None:
    assert webhook.call(message(reference)).status_code == 200
    row = superuser.execute("SELECT status FROM onramp WHERE reference = %s", [reference]).fetchone()
    assert row == ("succeeded",)
