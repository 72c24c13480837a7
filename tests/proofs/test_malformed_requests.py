"""Whatever comes to the webhook, signed or not, gets a clear refusal: no credit, no failure of ours, no memory kept."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.conftest import add_onramp
from tests.proofs.conftest import Proof
from tests.proofs.malformed import AMOUNT_PAISE, SIGNED_MAKERS, UNSIGNED_MAKERS, Bad, Mutator
from tests.proofs.raw_http import (
    MEMORY_GROWTH_MAX_BYTES,
    NO_ANSWER,
    Line,
    ask_once,
    broken_lines,
    megabytes,
    memory_bytes,
    request,
    running,
)
from tests.webhook.bank import encode, message, signed_headers
from tests.webhook.books import read_books
from tests.webhook.process import WebhookProcess

CONNECTIONS = 12
ORDERS = 20
BATCH = 2_000

#: Memory is first looked at after so many: by then the caches and the allocator have what they will ever have.
WARM_UP = 1_000

#: Every refusal that the webhook has, and a connection closed without a word on what is no HTTP at all.
REFUSALS = {400, 401, 404, 405, 408, 413, 415, 422, 431, NO_ANSWER}

#: In the agreed shape and of the bank, about an order that nobody made: kept for an operator, and no credit.
DISPUTED = 409


class Vandal:
    """Sends bad requests and remembers what was answered."""

    def __init__(self, webhook: WebhookProcess) -> None:
        self.answers: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.signed = 0
        self.wrong: list[tuple[str, int, bytes]] = []
        self._webhook = webhook

    async def send(self, bad: Iterator[Bad]) -> None:
        await asyncio.gather(*(self._send_waiting(bad) for _ in range(CONNECTIONS)))

    async def _send_waiting(self, waiting: Iterator[Bad]) -> None:
        line = Line(self._webhook.port)
        for bad in waiting:
            status = await line.ask(bad.sent, ends=bad.ends)
            self.answers[status] += 1
            self.kinds[bad.kind] += 1
            self.signed += bad.signed
            allowed = REFUSALS | {DISPUTED} if bad.kind == "odd but allowed" else REFUSALS
            if status not in allowed or (status == NO_ANSWER and not bad.ends):
                self.wrong.append((bad.kind, status, bad.sent[:1_000]))
        await line.close()


@pytest.mark.promise(7)
def test_malformed_requests_are_refused(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    requests = proof.size(small=3_000, full=100_000)
    references = [add_onramp(alice, AMOUNT_PAISE) for _ in range(ORDERS)]
    mutator = Mutator(proof.random, references)
    with running(database_url, tmp_path) as webhook:
        vandal = Vandal(webhook)
        asyncio.run(vandal.send(mutator.make() for _ in range(WARM_UP)))
        before_bytes = memory_bytes(webhook)
        for done in range(WARM_UP, requests, BATCH):
            asyncio.run(vandal.send(mutator.make() for _ in range(min(BATCH, requests - done))))
            proof.progress(min(done + BATCH, requests), requests, "malformed requests")
        grown_bytes = memory_bytes(webhook) - before_bytes
        books = read_books(database_url, alice)
        genuine = [asyncio.run(ask_once(webhook.port, _genuine(reference))) for reference in references]
        defects = broken_lines(webhook)
    proof.found(
        f"{requests:,} malformed bodies and heads of {len(vandal.kinds)} kinds, "
        f"{vandal.signed:,} of them signed by the bank",
        answers_5xx=sum(count for status, count in vandal.answers.items() if status >= 500),
        credits=books.credits,
        closed_without_an_answer=vandal.answers[NO_ANSWER],
        **{f"answers_{status}": count for status, count in sorted(vandal.answers.items()) if status},
        answered_otherwise=len(vandal.wrong),
        memory_growth_mb=megabytes(grown_bytes),
    )
    assert vandal.wrong == []
    assert (books.credits, books.balance_paise) == (0, 0)
    assert grown_bytes < MEMORY_GROWTH_MAX_BYTES
    assert defects == 0
    assert len(vandal.kinds) == len(SIGNED_MAKERS) + len(UNSIGNED_MAKERS)
    # The orders were worth forging: what is right about them is credited still.
    assert set(genuine) == {200}
    assert read_books(database_url, alice).credits == ORDERS
    books_are_right(superuser)


def _genuine(reference: str) -> bytes:
    body = encode(message(reference, AMOUNT_PAISE))
    return request(body, signed_headers(body))
