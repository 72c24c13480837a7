"""A request without end is refused while it comes, and none of it is kept."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.conftest import add_onramp
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import (
    MEMORY_GROWTH_MAX_BYTES,
    NO_ANSWER,
    ask_once,
    broken_lines,
    cut,
    head,
    megabytes,
    memory_bytes,
    read_answer,
    request,
    running,
)
from tests.webhook.bank import PATH, encode, message, signed_headers
from tests.webhook.books import read_books
from tests.webhook.process import WebhookProcess
from webhook.body import BODY_MAX_BYTES, BODY_READ_S

AMOUNT_PAISE = 50_050

#: The reading of a body that does not end, and what a busy machine adds.
LIFE_MAX_S = BODY_READ_S + 3

FLOODS_AT_ONCE = 8
PIECE_BYTES = 64 * 1024
MEMORY_EVERY_S = 0.05

REFUSALS = {400, 408, 413, 431, NO_ANSWER}


@dataclass(frozen=True)
class Endless:
    """``start`` is sent once, ``more`` again and again."""

    kind: str
    start: bytes
    more: bytes


def _fields(body: bytes) -> list[tuple[str, str | bytes]]:
    return [*signed_headers(body).items(), ("host", "bank")]


def _chunked(body: bytes) -> bytes:
    return head([*_fields(body), ("transfer-encoding", "chunked")])


def _endless(reference: str, random: Random) -> list[Endless]:
    """Each begins as a genuine message of the bank's does, signed for what would be its body."""
    body = encode(message(reference, AMOUNT_PAISE))
    too_long = body.ljust(BODY_MAX_BYTES + random.randint(1, PIECE_BYTES))
    chunk = f"{PIECE_BYTES:x}\r\n".encode() + bytes(PIECE_BYTES) + b"\r\n"
    line = f"POST {PATH}".encode()
    said = str(random.choice([10**9, 10**12, 2**63 - 1]))
    last_chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n"
    return [
        Endless("stated body", head([*_fields(body), ("content-length", said)]), b" " * PIECE_BYTES),
        Endless("body above the limit", request(too_long, signed_headers(too_long)), b""),
        Endless("chunks", _chunked(body), chunk),
        Endless("tiny chunks", _chunked(body), b"1\r\n \r\n" * (PIECE_BYTES // 8)),
        Endless("size of a chunk", _chunked(body), b"0" * PIECE_BYTES),
        Endless("extension of a chunk", _chunked(body) + b"1;", b"a" * PIECE_BYTES),
        Endless("trailers", _chunked(body) + last_chunk, b"x: y\r\n" * (PIECE_BYTES // 6)),
        Endless("one trailer", _chunked(body) + last_chunk + b"x: ", b"y" * PIECE_BYTES),
        Endless("first line", line, b"a" * PIECE_BYTES),
        Endless("headers", line + b" HTTP/1.1\r\n", b"x: y\r\n" * (PIECE_BYTES // 6)),
        Endless("one header", line + b" HTTP/1.1\r\nx: ", b"y" * PIECE_BYTES),
        Endless("name of a header", line + b" HTTP/1.1\r\n", b"x" * PIECE_BYTES),
        Endless("empty lines", b"", b"\r\n" * (PIECE_BYTES // 2)),
    ]


class Flood:
    """Sends endless requests as fast as they are taken, and looks at what they are answered and what they cost."""

    def __init__(self, webhook: WebhookProcess) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.most_sent_bytes: Counter[str] = Counter()
        self.longest_s = 0.0
        self.peak_bytes = 0
        self._webhook = webhook

    async def send(self, requests: list[Endless]) -> None:
        waiting = iter(requests)
        watching = asyncio.create_task(self._watch_memory())
        await asyncio.gather(*(self._send_waiting(waiting) for _ in range(FLOODS_AT_ONCE)))
        watching.cancel()

    async def _watch_memory(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, memory_bytes(self._webhook))
            await asyncio.sleep(MEMORY_EVERY_S)

    async def _send_waiting(self, waiting: Iterator[Endless]) -> None:
        for endless in waiting:
            started = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", self._webhook.port)
            answer = asyncio.create_task(_status(reader))
            sent_bytes = await _send_on(writer, endless, answer, started)
            done, _ = await asyncio.wait({answer}, timeout=max(0.0, LIFE_MAX_S - (time.monotonic() - started)))
            self.answers[endless.kind, answer.result() if done else -1] += 1
            answer.cancel()
            await cut(writer)
            self.longest_s = max(self.longest_s, time.monotonic() - started)
            self.most_sent_bytes[endless.kind] = max(self.most_sent_bytes[endless.kind], sent_bytes)


async def _send_on(writer: asyncio.StreamWriter, endless: Endless, answer: asyncio.Task[int], started: float) -> int:
    """Until it is answered or cut off, or longer than anything may last. How much went out."""
    sent_bytes = len(endless.start)
    writer.write(endless.start)
    while endless.more and not answer.done() and time.monotonic() - started < LIFE_MAX_S:
        writer.write(endless.more)
        sent_bytes += len(endless.more)
        draining = asyncio.ensure_future(_drained(writer))
        await asyncio.wait({draining, answer}, timeout=LIFE_MAX_S, return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        # Whoever only writes hears nothing.
        await asyncio.sleep(0)
    return sent_bytes


async def _drained(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await writer.drain()


async def _status(reader: asyncio.StreamReader) -> int:
    try:
        return (await read_answer(reader))[0]
    except (ConnectionError, asyncio.IncompleteReadError):
        return NO_ANSWER


@pytest.mark.promise(7)
def test_endless_requests_are_refused_and_not_kept(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    reference = add_onramp(alice, AMOUNT_PAISE)
    of_each = proof.size(small=1, full=40)
    with running(database_url, tmp_path) as webhook:
        asyncio.run(ask_once(webhook.port, _genuine(add_onramp(alice, AMOUNT_PAISE))))
        before_bytes = memory_bytes(webhook)
        flood, kinds = Flood(webhook), 0
        for number in range(of_each):
            requests = _endless(reference, proof.random)
            proof.random.shuffle(requests)
            asyncio.run(flood.send(requests))
            kinds = len(requests)
            proof.progress(number + 1, of_each, "of each endless request")
        credits = read_books(database_url, alice).credits - 1
        genuine = asyncio.run(ask_once(webhook.port, _genuine(reference)))
        defects = broken_lines(webhook)
    statuses = Counter[int]()
    for (_, status), count in flood.answers.items():
        statuses[status] += count
    proof.found(
        f"{of_each * kinds} requests without end of {kinds} kinds, {FLOODS_AT_ONCE} at once",
        **{f"answers_{status}": count for status, count in sorted(statuses.items()) if status > 0},
        closed_without_an_answer=statuses[NO_ANSWER],
        never_cut_off=statuses[-1],
        credits=credits,
        longest_s=round(flood.longest_s, 1),
        most_taken_of_one_mb=megabytes(max(flood.most_sent_bytes.values())),
        memory_growth_at_most_mb=megabytes(flood.peak_bytes - before_bytes),
    )
    assert {answer for answer in flood.answers if answer[1] not in REFUSALS} == set()
    assert credits == 0
    assert flood.peak_bytes - before_bytes < MEMORY_GROWTH_MAX_BYTES
    assert defects == 0
    assert genuine == 200
    books_are_right(superuser)


def _genuine(reference: str) -> bytes:
    body = encode(message(reference, AMOUNT_PAISE))
    return request(body, signed_headers(body))
