"""A signed message has one spelling: whoever changes one byte of it, wherever, has no signed message any more."""

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
from tests.proofs.raw_http import Line, ask_once, broken_lines, request, running
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import Books, read_books
from tests.webhook.process import WebhookProcess

AMOUNT_PAISE = 50_050
CONNECTIONS = 8

#: Signed anew so often that age, which also answers 401, is never the reason.
SIGNED_ANEW_EVERY = 4_000

#: What is put between two bytes in make test: digits, base64, spaces and dots are what the headers are made of. In make
#: prove it is every byte.
INSERTED = b"0 =A+.,\x00\xff"
EVERY_BYTE = bytes(range(256))

#: Around a header's value these are no part of it (RFC 9110, section 5.5).
NO_PART_OF_A_VALUE = b" \t"

SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

#: Changed where, how, at which index, with which byte.
Change = tuple[str, str, int, int]

#: HTTP itself forbids these within a header's value: with one of them it is no HTTP any more, and what takes requests
#: apart may answer 400 before anybody reads a signature. Everything else gets as far as that, and 401.
FORBIDDEN_BY_HTTP = frozenset([*range(0x20), 0x7F]) - {0x09}


def _changes(lengths: dict[str, int], inserted: bytes) -> Iterator[Change]:
    for where, length in lengths.items():
        for index in range(length):
            yield from ((where, "other value", index, offset) for offset in range(1, 256))
            yield where, "left out", index, 0
        for index in range(length + 1):
            around = NO_PART_OF_A_VALUE if where != "body" and index in (0, length) else b""
            yield from ((where, "put in", index, byte) for byte in inserted if byte not in around)


def _changed(value: bytes, kind: str, index: int, number: int) -> bytes:
    if kind == "other value":
        # By its distance, so that each of the 255 others is met whatever stands there now.
        return value[:index] + bytes([(value[index] + number) % 256]) + value[index + 1 :]
    return value[:index] + (b"" if kind == "left out" else bytes([number])) + value[index + (kind == "left out") :]


class Forger:
    """Holds one genuine message of the bank, and sends every change of it but never the message."""

    def __init__(self, webhook: WebhookProcess, reference: str) -> None:
        self.webhook = webhook
        self.body = encode(message(reference, AMOUNT_PAISE))
        self.answers: Counter[int] = Counter()
        self.no_http = 0
        self.wrong: list[tuple[Change, int]] = []
        self.sign()

    def sign(self) -> None:
        self.headers = {**signed_headers(self.body, message_id=new_id())}

    def lengths(self) -> dict[str, int]:
        return {"body": len(self.body), **{name: len(self.headers[name]) for name in SIGNED_HEADERS}}

    async def send(self, changes: list[Change]) -> None:
        waiting = iter(changes)
        await asyncio.gather(*(self._send_waiting(waiting) for _ in range(CONNECTIONS)))

    async def _send_waiting(self, changes: Iterator[Change]) -> None:
        line = Line(self.webhook.port)
        for change in changes:
            sent, allowed = self._request(change)
            status = await line.ask(sent)
            self.answers[status] += 1
            if status not in allowed:
                self.wrong.append((change, status))
        await line.close()

    def _request(self, change: Change) -> tuple[bytes, set[int]]:
        where, *how = change
        if where == "body":
            return request(_changed(self.body, *how), self.headers), {401}
        value = self.headers[where].encode()
        changed = _changed(value, *how)
        forbidden = not FORBIDDEN_BY_HTTP.isdisjoint(changed)
        self.no_http += forbidden
        pairs = [(name, changed if name == where else kept) for name, kept in self.headers.items()]
        return request(self.body, pairs), {400, 401} if forbidden else {401}


@pytest.mark.promise(7)
def test_every_single_byte_change_of_a_signed_message_is_refused(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    with running(database_url, tmp_path) as webhook:
        forger = Forger(webhook, add_onramp(alice, AMOUNT_PAISE))
        changes = list(_changes(forger.lengths(), EVERY_BYTE if proof.full else INSERTED))
        proof.random.shuffle(changes)
        changes = changes[: proof.size(small=3_000, full=len(changes))]
        for start in range(0, len(changes), SIGNED_ANEW_EVERY):
            forger.sign()
            asyncio.run(forger.send(changes[start : start + SIGNED_ANEW_EVERY]))
            proof.progress(min(start + SIGNED_ANEW_EVERY, len(changes)), len(changes), "changed messages")
        before = read_books(database_url, alice)
        genuine = asyncio.run(ask_once(webhook.port, request(forger.body, forger.headers)))
        defects = broken_lines(webhook)
    proof.found(
        f"{len(changes):,} changes of one byte: another value, left out, put in, of the body and of the three headers",
        **{f"answers_{status}": count for status, count in sorted(forger.answers.items())},
        no_http_any_more=forger.no_http,
        credits=before.credits,
        answered_otherwise=len(forger.wrong),
    )
    assert forger.wrong == []
    assert before == Books(0, 0, 0, 0)
    assert defects == 0
    # What was changed was worth forging: unchanged it is taken.
    assert genuine == 200
    assert read_books(database_url, alice) == Books(AMOUNT_PAISE, 1, AMOUNT_PAISE, 0)
    books_are_right(superuser)
