"""What comes in one packet goes to the door at once, anything else through ASGI: nobody can tell by the answers."""

import re
import socket
import time
from uuid import UUID

import pytest

from tests.conftest import add_onramp
from tests.webhook.bank import FOREIGN_SECRET, PATH, SECRET, encode, message, new_id, signed_headers
from tests.webhook.books import Books, read_books
from tests.webhook.process import WebhookProcess

#: A server that reads on while its answers are not read takes far more than the buffers of two sockets hold.
UNREAD_MAX_BYTES = 30 * 1024 * 1024


def _request(body: bytes, secret: str = SECRET, path: str = PATH) -> bytes:
    headers = {"host": "wallet", **signed_headers(body, message_id=new_id(), secret=secret)}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


def _read_answers(connection: socket.socket, count: int) -> list[bytes]:
    """Each whole, without its date."""
    found, received = [], b""
    while len(found) < count:
        piece = connection.recv(65_536)
        assert piece, received
        received += piece
        while (head := re.match(rb".*?content-length: (\d+).*?\r\n\r\n", received, re.DOTALL)) and len(
            received
        ) >= head.end() + int(head[1]):
            end = head.end() + int(head[1])
            found.append(re.sub(rb"date: [^\r]*\r\n", b"", received[:end]))
            received = received[end:]
    return found


def _ask(webhook: WebhookProcess, *pieces: bytes, count: int = 1) -> list[bytes]:
    """Each piece in a packet of its own."""
    with socket.create_connection(("127.0.0.1", webhook.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces[:-1]:
            connection.sendall(piece)
            time.sleep(0.02)
        connection.sendall(pieces[-1])
        return _read_answers(connection, count)


def test_a_message_in_pieces_is_answered_like_a_whole_one(webhook: WebhookProcess, alice: UUID) -> None:
    def requests() -> list[bytes]:
        reference = add_onramp(alice, 100)
        return [
            _request(encode(message(reference, 100))),
            _request(encode(message(reference, 100))),
            _request(encode(message(reference, 99))),
            _request(encode(message(reference, "100"))),
            _request(encode(message(reference, 100)), secret=FOREIGN_SECRET),
        ]

    whole = [_ask(webhook, request)[0] for request in requests()]
    in_two = [_ask(webhook, request[:-9], request[-9:])[0] for request in requests()]
    in_the_head = [_ask(webhook, request[:90], request[90:])[0] for request in requests()]
    asked = [_ask(webhook, _request(encode(message("A-NONE", 1)), path=PATH + "?a=1"))[0]]
    assert [int(answer[9:12]) for answer in whole] == [200, 200, 409, 422, 401]
    assert whole == in_two == in_the_head
    assert asked[0] == _ask(webhook, _request(encode(message("A-NONE", 1))))[0]
    assert [b"credited" in answer for answer in whole] == [True, False, False, False, False]


def test_a_call_inside_another_ones_head_is_none(webhook: WebhookProcess, database_url: str, alice: UUID) -> None:
    """A proxy that parts requests elsewhere than we do would let one call hide in another."""
    inner = _request(encode(message(add_onramp(alice, 100), 100)))
    for before in (
        b"GET /healthz HTTP/1.1\r\nx-inner: ",
        b"GET /healthz HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(inner),
    ):
        assert b"alive" in _ask(webhook, before, inner)[0]
    assert read_books(database_url, alice) == Books(0, 0, 0, 0)


@pytest.mark.parametrize("pieces", [1, 7])
def test_requests_behind_each_other_are_answered_in_their_order(
    webhook: WebhookProcess, database_url: str, alice: UUID, pieces: int
) -> None:
    good = [_request(encode(message(add_onramp(alice, 100), 100))) for _ in range(3)]
    forged = _request(encode(message()), secret=FOREIGN_SECRET)
    stream = b"".join([good[0], forged, good[1], good[0], forged, good[2]])
    size = -(-len(stream) // pieces)
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    answers = _ask(webhook, *cut, count=6)
    assert [int(answer[9:12]) for answer in answers] == [200, 401, 200, 200, 401, 200]
    assert [b"duplicate" in answer for answer in answers] == [False, False, False, True, False, False]
    assert read_books(database_url, alice) == Books(300, 3, 300, 0)


@pytest.mark.parametrize("asked", [_request(b"{}", secret=FOREIGN_SECRET), b"GET /healthz HTTP/1.1\r\nhost: w\r\n\r\n"])
def test_who_reads_no_answers_is_not_read_without_end(webhook: WebhookProcess, asked: bytes) -> None:
    requests = asked * 200
    sent_bytes, deadline = 0, time.monotonic() + 10
    with socket.create_connection(("127.0.0.1", webhook.port)) as connection:
        connection.settimeout(1)
        while sent_bytes < UNREAD_MAX_BYTES and time.monotonic() < deadline:
            try:
                sent_bytes += connection.send(requests)
            except TimeoutError:
                break
    assert sent_bytes < UNREAD_MAX_BYTES
    assert time.monotonic() < deadline
    assert webhook.call(message(), secret=FOREIGN_SECRET).status_code == 401
