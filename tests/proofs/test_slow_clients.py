"""Who sends a byte now and then costs nobody else anything, and not for long."""

import asyncio
import contextlib
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
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
    Line,
    ask_once,
    broken_lines,
    cut,
    head,
    megabytes,
    memory_bytes,
    request,
    running,
)
from tests.webhook.bank import FOREIGN_SECRET, encode, message, signed_headers
from tests.webhook.books import read_books
from tests.webhook.process import WebhookProcess
from webhook.__main__ import CONNECTIONS_MAX
from webhook.body import BODY_READ_S

AMOUNT_PAISE = 100

#: A head has as long as a body.
HEAD_READ_S = 5

#: What a busy machine adds until a limit strikes and its client hears of it.
SLACK_S = 3

LIFE_MAX_S = max(BODY_READ_S, HEAD_READ_S) + SLACK_S

#: The pace of each slow client: seldom enough to be cheap for it, often enough to reset any timer of single bytes.
DRIP_S = (0.2, 1.0)

GOOD_P99_MAX_S = 0.5
GOOD_PAUSE_S = 0.01

FEW, MANY = 50, 500
IDLE_CONNECTIONS = 1_000

#: Besides the connections: log, database, standard streams and the event loop.
OTHER_FILES = 200


@pytest.fixture(autouse=True)
def _enough_files() -> Iterator[None]:
    """Room for all our ends of the connections, where the machine allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE_CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Attack:
    """A number of slow connections, half in their heads and half in their bodies; what is cut off comes again."""

    def __init__(self, port: int, random: Random, connections: int, seconds: float) -> None:
        self.lives_s: dict[str, list[float]] = {"head": [], "body": []}
        self.answers: Counter[tuple[str, int | str]] = Counter()
        self._port = port
        self._random = random
        self._connections = connections
        self._until = time.monotonic() + seconds

    async def run(self) -> None:
        await asyncio.gather(*(self._attack("body" if one % 2 else "head") for one in range(self._connections)))

    async def _attack(self, where: str) -> None:
        # Not all in the same moment: that would be a test of how many connections one moment can open.
        await asyncio.sleep(self._random.random() * min(DRIP_S))
        while time.monotonic() < self._until:
            await self._live(where)

    async def _live(self, where: str) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except ConnectionError:
            self.answers[where, "not taken"] += 1
            return
        started = time.monotonic()
        try:
            answered = asyncio.create_task(_first_line(reader))
            await self._drip(writer, answered, where, started)
            self.answers[where, await answered if answered.done() else "never cut off"] += 1
        finally:
            answered.cancel()
            self.lives_s[where].append(time.monotonic() - started)
            await cut(writer)

    async def _drip(
        self, writer: asyncio.StreamWriter, answered: asyncio.Task[int | str], where: str, started: float
    ) -> None:
        """Until the server answers or closes. A little longer than it may take, to see that it would not have."""
        start, drops = _slow_request(where)
        writer.write(start)
        for drop in drops:
            with contextlib.suppress(ConnectionError):
                writer.write(drop)
            pause_s = self._random.uniform(*DRIP_S)
            await asyncio.wait({answered}, timeout=pause_s)
            if answered.done() or time.monotonic() - started > LIFE_MAX_S:
                return


def _slow_request(where: str) -> tuple[bytes, Iterator[bytes]]:
    """What is sent at once, and what drips after it, a byte each. Signed by somebody else: it is no message of ours."""
    body = encode(message()).ljust(10_000)
    signed = signed_headers(body, secret=FOREIGN_SECRET)
    headers = [("host", "bank"), *signed.items(), ("content-length", str(len(body)))]
    sent = head(headers)
    start, rest = (b"", sent) if where == "head" else (sent, body)
    return start, (rest[index : index + 1] for index in range(len(rest)))


async def _first_line(reader: asyncio.StreamReader) -> int | str:
    """The status, or what happened instead of one."""
    try:
        return int((await reader.readuntil(b"\r\n")).split(b" ")[1])
    except (asyncio.IncompleteReadError, ConnectionError):
        return "closed"


class GoodClient:
    """The bank, which sends one genuine message after the other, and its clock."""

    def __init__(self, webhook: WebhookProcess, references: list[str]) -> None:
        self.took_s: list[float] = []
        self.answers: Counter[int] = Counter()
        self._webhook = webhook
        self._references = references

    async def run(self, seconds: int, progress: Callable[[int], None]) -> None:
        begun = time.monotonic()
        line = Line(self._webhook.port)
        for reference in self._references:
            if time.monotonic() > begun + seconds:
                break
            progress(int(time.monotonic() - begun))
            body = encode(message(reference, AMOUNT_PAISE))
            sent = request(body, signed_headers(body))
            started = time.monotonic()
            self.answers[await line.ask(sent)] += 1
            self.took_s.append(time.monotonic() - started)
            await asyncio.sleep(GOOD_PAUSE_S)
        await line.close()

    def p99_s(self) -> float:
        return statistics.quantiles(self.took_s, n=100)[98]


@pytest.mark.promise(7)
def test_slow_clients_hold_up_nobody_and_are_cut_off(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    connections = proof.size(small=FEW, full=MANY)
    seconds = proof.size(small=1, full=60)
    # Whoever came last has a life of its own before it.
    watched_s = seconds + HEAD_READ_S if proof.full else seconds + 2
    # More than it can send in that time: it is there to the end.
    references = [add_onramp(alice, AMOUNT_PAISE) for _ in range(int(watched_s / GOOD_PAUSE_S))]
    with running(database_url, tmp_path) as webhook:

        async def run() -> tuple[Attack, GoodClient]:
            attack = Attack(webhook.port, proof.random, connections, seconds)
            good = GoodClient(webhook, references)
            progress = partial(proof.progress, total=watched_s, what="seconds under attack")
            await asyncio.gather(attack.run(), good.run(watched_s, progress))
            return attack, good

        before_bytes = memory_bytes(webhook)
        attack, good = asyncio.run(run())
        grown_bytes = memory_bytes(webhook) - before_bytes
        defects = broken_lines(webhook)
    longest_s = {where: max(lives) for where, lives in attack.lives_s.items()}
    proof.found(
        f"{connections} connections dripping a byte now and then for {watched_s} s, half in heads and half in bodies, "
        f"beside {len(good.took_s):,} genuine messages",
        good_p50_ms=round(statistics.median(good.took_s) * 1_000, 1),
        good_p99_ms=round(good.p99_s() * 1_000, 1),
        good_answered_otherwise=sum(good.answers.values()) - good.answers[200],
        longest_slow_head_s=round(longest_s["head"], 1),
        longest_slow_body_s=round(longest_s["body"], 1),
        slow_connections=sum(len(lives) for lives in attack.lives_s.values()),
        memory_growth_mb=megabytes(grown_bytes),
    )
    assert set(attack.answers) <= {("body", 408), ("head", "closed"), ("head", 408)}
    assert max(longest_s.values()) < LIFE_MAX_S
    # They were slow, and not refused for another reason.
    assert min(min(lives) for lives in attack.lives_s.values()) > SLACK_S
    assert set(good.answers) == {200}
    assert good.p99_s() < GOOD_P99_MAX_S
    assert grown_bytes < MEMORY_GROWTH_MAX_BYTES
    assert defects == 0
    assert read_books(database_url, alice).credits == len(good.took_s)
    books_are_right(superuser)


@pytest.mark.promise(7)
def test_idle_connections_do_not_lock_the_bank_out(
    proof: Proof, database_url: str, tmp_path: Path, alice: UUID
) -> None:
    """More of them than the server serves at once. Until they are cut off it may say 503, and the bank repeats."""
    assert IDLE_CONNECTIONS > CONNECTIONS_MAX
    rounds = proof.size(small=1, full=5)
    waited_s, meanwhile, still_open = [], Counter[int](), 0
    with running(database_url, tmp_path) as webhook:

        async def lock_out(reference: str) -> int:
            idle = [await asyncio.open_connection("127.0.0.1", webhook.port) for _ in range(IDLE_CONNECTIONS)]
            started = time.monotonic()
            body = encode(message(reference, AMOUNT_PAISE))
            while (status := await ask_once(webhook.port, request(body, signed_headers(body)))) != 200:
                meanwhile[status] += 1
                if time.monotonic() - started > HEAD_READ_S + SLACK_S:
                    break
                await asyncio.sleep(min(DRIP_S))
            waited_s.append(time.monotonic() - started)
            ends = [asyncio.ensure_future(reader.read()) for reader, _ in idle]
            left_s = max(0.1, HEAD_READ_S + SLACK_S - waited_s[-1])
            _, pending = await asyncio.wait(ends, timeout=left_s)
            for end in pending:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            for _, writer in idle:
                await cut(writer)
            return len(pending)

        for number in range(rounds):
            still_open += asyncio.run(lock_out(add_onramp(alice, AMOUNT_PAISE)))
            proof.progress(number + 1, rounds, "rounds")
    proof.found(
        f"{rounds} times {IDLE_CONNECTIONS:,} connections that say nothing, and one message of the bank",
        longest_wait_of_the_bank_s=round(max(waited_s), 1),
        told_to_repeat=meanwhile[503],
        idle_connections_never_cut_off=still_open,
    )
    assert set(meanwhile) <= {503}
    assert max(waited_s) < HEAD_READ_S + SLACK_S
    assert still_open == 0
    assert read_books(database_url, alice).credits == rounds
