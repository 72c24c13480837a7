"""The bank's door in this process, with a settlement that only remembers; and as a real process on a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.webhook.bank import PATH, SECOND_SECRET, SECRET
from tests.webhook.process import WebhookProcess, free_port
from wallet_core.errors import DatabaseUnavailable
from wallet_core.views import BankMessage, MessageOutcome
from webhook.door import BankDoor
from webhook.settlement import Settlement
from webhook.signature import Verifier


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Door:
    """Calls the door as the server does, without a socket. ``settled``: all that passed it."""

    settled: list[BankMessage] = field(default_factory=list)
    outcome: MessageOutcome = MessageOutcome.CREDITED
    database_is_away: bool = False

    async def settle(self, messages: list[BankMessage]) -> list[MessageOutcome]:
        if self.database_is_away:
            raise DatabaseUnavailable
        self.settled += messages
        return [self.outcome for _ in messages]

    def call(self, body: bytes, headers: Iterable[tuple[str, str]] | dict[str, str], method: str = "POST") -> Answered:
        return self.call_all([(body, headers)], method)[0]

    def call_all(
        self, requests: list[tuple[bytes, Iterable[tuple[str, str]] | dict[str, str]]], method: str = "POST"
    ) -> list[Answered]:
        """One after the other in one event loop."""

        async def run() -> list[Answered]:
            async with self._opened() as door:
                return [await _call(door, body, headers, method) for body, headers in requests]

        return asyncio.run(run())

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[BankDoor]:
        settlement = Settlement(self.settle)
        settlement.start()
        yield BankDoor(Verifier([SECRET, SECOND_SECRET]), settlement)
        await settlement.close()


async def _call(
    door: BankDoor, body: bytes, headers: Iterable[tuple[str, str]] | dict[str, str], method: str
) -> Answered:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: dict[str, object]) -> None:
        sent.append(event)

    pairs = headers.items() if isinstance(headers, dict) else headers
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    await door({"type": "http", "method": method, "path": PATH, "headers": raw}, receive, send)  # type: ignore[arg-type]
    start, content = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}  # type: ignore[attr-defined]
    return Answered(start["status"], answered, content["body"])  # type: ignore[arg-type]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def webhook(database_url: str, tmp_path: Path) -> Iterator[WebhookProcess]:
    """``python -m webhook`` on a fresh database."""
    process = WebhookProcess(database_url, free_port(), tmp_path)
    process.start()
    try:
        yield process
    finally:
        process.stop()
