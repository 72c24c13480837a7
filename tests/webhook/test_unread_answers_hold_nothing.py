"""Who does not read their answers holds a connection for seconds and not for ever: 900 would keep the bank out."""

import socket
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from tests.webhook.bank import FOREIGN_SECRET, encode, message, signed_headers
from tests.webhook.process import WebhookProcess, free_port
from tests.webhook.test_process import DEAD_DATABASE
from webhook.protocol import UNREAD_S

#: What a busy machine adds until the limit strikes.
SLACK_S = 5

#: As small as the kernel makes them: of what is not read it keeps some kilobytes, and the server must keep the rest.
RECEIVE_BUFFER_BYTES = 1
SEGMENT_BYTES = 536


def forged(more: str = "") -> bytes:
    body = encode(message())
    headers = {"host": "wallet", **signed_headers(body, secret=FOREIGN_SECRET)}
    lines = ["POST /webhooks/bank HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}{more}", "", ""]).encode() + body


#: What ends a connection would wait until its answers are taken, too.
STREAMS = {
    "more answers than are kept": forged() * 2_000,
    "few enough to be kept": forged() * 500,
    "the last of them ends the connection": forged() * 500 + forged("\r\nconnection: close"),
    "what is no HTTP behind them": forged() * 500 + b"nonsense\r\n\r\n",
    "half a head behind them": forged() * 500 + b"POST /webhooks/bank HTTP/1.1\r\n",
}


def _deaf(port: int, stream: bytes) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
    connection.connect(("127.0.0.1", port))
    connection.settimeout(1)
    with suppress(TimeoutError):  # the server reads no more
        connection.sendall(stream)
    return connection


def _held(webhook: WebhookProcess) -> set[int]:
    """The ports of those who have a connection to its door."""
    found = psutil.Process(webhook.pid).net_connections("tcp")
    return {one.raddr.port for one in found if one.laddr.port == webhook.port and one.raddr}


def test_who_reads_no_answer_is_hung_up_on(tmp_path: Path) -> None:
    webhook = WebhookProcess(DEAD_DATABASE, free_port(), tmp_path)
    webhook.start()
    kinds = {}
    try:
        deaf = [(kind, _deaf(webhook.port, stream)) for kind, stream in STREAMS.items() for _ in range(2)]
        kinds = {connection.getsockname()[1]: kind for kind, connection in deaf}
        deadline = time.monotonic() + UNREAD_S + SLACK_S
        while (held := _held(webhook)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for _, connection in deaf:
            connection.close()
        assert webhook.call(message(), secret=FOREIGN_SECRET).status_code == 401
        assert not held, Counter(kinds[port] for port in held)
    finally:
        webhook.stop()
