"""The bank under faults: it repeats every message until it is acknowledged, over many connections at once."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import psycopg

from tests.proofs.raw_http import NO_ANSWER, REFUSED, Line, request
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import credited_references, read_books

AMOUNT_PAISE = 100
CLIENTS = 32

#: How long it tries before a run counts as stuck; and how long it waits before it repeats, as nobody is served by less.
GIVE_UP_S = 600
REPEAT_S = 0.05


class RepeatingBank:
    """``acknowledged``: references that were answered 200. ``answers``: how often each status."""

    def __init__(self, port: int, references: list[str], progress: Callable[[int], None] = lambda _: None) -> None:
        self.acknowledged: list[str] = []
        self.answers: Counter[int] = Counter()
        self._waiting = list(references)
        self._port = port
        self._progress = progress
        self._started_s = time.monotonic()

    async def send_all(self, clients: int = CLIENTS) -> None:
        await asyncio.gather(*(self._send_waiting() for _ in range(clients)))

    async def acknowledges(self, count: int) -> None:
        """Returns when so many are."""
        while len(self.acknowledged) < count:
            self._check_time()
            await asyncio.sleep(0.001)

    async def _send_waiting(self) -> None:
        line = Line(self._port, tells_refused=True)
        while self._waiting:
            reference = self._waiting.pop()
            message_id = new_id()
            while not await self._is_acknowledged(line, reference, message_id):
                self._check_time()
                await asyncio.sleep(REPEAT_S)
            self.acknowledged.append(reference)
            self._progress(len(self.acknowledged))
        await line.close()

    async def _is_acknowledged(self, line: Line, reference: str, message_id: str) -> bool:
        # Signed anew each time, as the bank does: an old timestamp would be refused.
        body = encode(message(reference, AMOUNT_PAISE))
        status = await line.ask(request(body, signed_headers(body, message_id=message_id)))
        self.answers[status] += 1
        return status == 200

    def _check_time(self) -> None:
        assert time.monotonic() - self._started_s < GIVE_UP_S, self.answers

    def answers_other_than(self, *statuses: int) -> int:
        """How many answers had another status; no answer at all is counted by ``NO_ANSWER``, no connection by
        ``REFUSED``.
        """
        return sum(count for status, count in self.answers.items() if status not in statuses)

    @property
    def unanswered(self) -> int:
        """Requests that went out over an open connection which was cut before their answer came."""
        return self.answers[NO_ANSWER]

    @property
    def refused(self) -> int:
        """Connections that were not opened: nobody listened."""
        return self.answers[REFUSED]


def add_orders(connection: psycopg.Connection, person_id: UUID, count: int) -> list[str]:
    """Orders of 100 paise that wait for the bank and know its payment, made at once; their references."""
    rows = connection.execute(
        """
        INSERT INTO onramp (reference, payment_id, person_id, bank_code, amount_paise, key, inputs_sha256, created_at,
                            expires_at)
        SELECT o.reference, 'pay_' || o.reference, %s, 'HDFC', %s, gen_random_uuid()::text, sha256('proof'), now(),
               now() + interval '1 day'
        FROM (SELECT 'A-' || upper(substr(md5(gen_random_uuid()::text), 1, 14)) AS reference
              FROM generate_series(1, %s)) o
        RETURNING reference
        """,
        [person_id, AMOUNT_PAISE, count],
    ).fetchall()
    return [reference for (reference,) in rows]


def missing_and_doubled(database_url: str, acknowledged: list[str]) -> tuple[int, int]:
    """Acknowledged credits that are not in the books, and credits that are there more than once."""
    credited = Counter(credited_references(database_url))
    return len(set(acknowledged) - set(credited)), sum(count - 1 for count in credited.values())


def balance_is_right(database_url: str, person_id: UUID, credits: int) -> bool:
    """The stored balance and the rows both tell of exactly so many credits."""
    books = read_books(database_url, person_id)
    return books.balance_paise == books.credited_paise == AMOUNT_PAISE * credits and books.credits == credits
