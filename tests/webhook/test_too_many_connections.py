"""Above the limit of connections the bank hears in our words that it has to come again, and when."""

import contextlib
import socket
import time
from uuid import UUID

from tests.conftest import add_onramp
from tests.webhook.bank import message
from tests.webhook.process import WebhookProcess
from webhook.__main__ import CONNECTIONS_MAX
from webhook.answers import Answer

PATIENCE_S = 10

IN_PIECES = b"POST /webhooks/bank HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"


def test_who_comes_when_all_are_taken_is_told_when_to_come_again(webhook: WebhookProcess, alice: UUID) -> None:
    credit = message(add_onramp(alice, 100), 100)
    with contextlib.ExitStack() as crowd:
        for _ in range(CONNECTIONS_MAX):
            crowd.enter_context(socket.create_connection(("127.0.0.1", webhook.port)))
        whole = webhook.call(credit)
        with socket.create_connection(("127.0.0.1", webhook.port), timeout=10) as connection:
            connection.sendall(IN_PIECES)
            in_pieces = b"".join(iter(lambda: connection.recv(1024), b""))
    assert (whole.status_code, whole.content) == (503, Answer.UNAVAILABLE.body)
    assert (whole.headers["retry-after"], whole.headers["connection"]) == ("2", "close")
    assert in_pieces.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2\r\n" in in_pieces
    # The process has yet to hear that they are gone.
    deadline = time.monotonic() + PATIENCE_S
    while (again := webhook.call(credit)).status_code == 503 and time.monotonic() < deadline:
        pass
    assert again.status_code == 200
