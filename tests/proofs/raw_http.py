"""HTTP by hand, over bare sockets: sends what no client library would, and costs little enough to send it often."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import psutil

from tests.webhook.bank import PATH
from tests.webhook.process import WebhookProcess, free_port

#: Longer than the server waits for any head or body: who has no answer by then waits in vain.
ANSWER_S = 15

#: More memory than this after an attack than before it counts as a leak. One message kept for each of 100,000 requests
#: would be 30 MB; the allocator's own ups and downs are below 10.
MEMORY_GROWTH_MAX_BYTES = 16 * 1024 * 1024

#: The server closed without a word.
NO_ANSWER = 0

#: There was no connection, so that nothing was asked.
REFUSED = -1

Headers = Iterable[tuple[str, str | bytes]]


def request(body: bytes, headers: Headers | Mapping[str, str], *, line: bytes = b"") -> bytes:
    """One request as it goes over the wire. Its length is stated right; ``line`` takes the place of the usual first."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    stated = [*pairs, ("host", "bank"), ("content-length", str(len(body)))]
    return head(stated, line=line) + body


def head(headers: Headers, *, line: bytes = b"") -> bytes:
    """First line and headers, ended, without any length of their own."""
    lines = [line or b"POST " + PATH.encode() + b" HTTP/1.1"]
    lines += [
        name.encode("latin-1") + b": " + (value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in headers
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class Line:
    """One connection at a time, used again as long as the server keeps it."""

    def __init__(self, port: int, *, tells_refused: bool = False) -> None:
        """``tells_refused``: a connection that is not even opened is answered REFUSED, and not NO_ANSWER."""
        self._port = port
        self._not_opened = REFUSED if tells_refused else NO_ANSWER
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, sent: bytes, *, ends: bool = False) -> int:
        """The status of the answer, or NO_ANSWER. ``ends``: nothing follows, which the server is told (half-closed)."""
        try:
            reader, writer = await self._opened()
        except ConnectionError:
            return self._not_opened
        try:
            writer.write(sent)
            if ends:
                writer.write_eof()
            status, keeps = await asyncio.wait_for(read_answer(reader), ANSWER_S)
        except (ConnectionError, asyncio.IncompleteReadError):
            status, keeps = NO_ANSWER, False
        if ends or not keeps:
            await self.close()
        return status

    async def close(self) -> None:
        if self._writer is not None:
            await cut(self._writer)
        self._reader = self._writer = None

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            await self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer


async def ask_once(port: int, sent: bytes) -> int:
    """The status of one request on a connection of its own."""
    line = Line(port)
    try:
        return await line.ask(sent)
    finally:
        await line.close()


async def cut(writer: asyncio.StreamWriter) -> None:
    """Not closed politely: thousands of sockets that wind down would use up the ports."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Status, and whether the connection can be used again. Raises: IncompleteReadError, ConnectionError."""
    answered = await reader.readuntil(b"\r\n\r\n")
    first, *lines = answered.lower().split(b"\r\n")
    status = int(first.split(b" ")[1])
    if status < 200:
        return await read_answer(reader)
    headers = dict(line.split(b": ", 1) for line in lines if line)
    await reader.readexactly(int(headers.get(b"content-length", b"0")))
    # What came without a length ends with the connection.
    keeps = b"content-length" in headers and headers.get(b"connection") != b"close"
    return status, keeps


def memory_bytes(webhook: WebhookProcess) -> int:
    return int(psutil.Process(webhook.pid).memory_info().rss)


def megabytes(size_bytes: int) -> float:
    return round(size_bytes / 1024 / 1024, 1)


def broken_lines(webhook: WebhookProcess) -> int:
    """Lines of its log that tell of a defect of ours."""
    signs = ('"traceback"', '"internal error"', "Traceback")
    with webhook.log_path.open(encoding="utf-8") as log:
        return sum(any(sign in line for sign in signs) for line in log)


@contextlib.contextmanager
def running(database_url: str, folder: Path) -> Iterator[WebhookProcess]:
    """``python -m webhook``, alive to the end."""
    webhook = WebhookProcess(database_url, free_port(), folder)
    started = time.monotonic()
    try:
        webhook.start()
        yield webhook
        assert psutil.pid_exists(webhook.pid), f"died within {time.monotonic() - started:.0f} s"
    finally:
        webhook.stop()
