"""What is missing to settle credits, asked in a way that a flood of questions cannot turn against the database."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from wallet_core import metrics
from wallet_core.leaving import LEAVING, Leaving

#: A database that needs longer for a row of one table is not ready for credits either.
PROBE_S: Final = 1

#: The door is open to everybody: however often it is asked, the database is asked once in this time.
REMEMBERED_MS: Final = 500

_NS_PER_MS: Final = 1_000_000

#: What may be missing, besides this process itself, on its way out.
DATABASE: Final = "database"
MIGRATIONS: Final = "migrations"


class Readiness:
    """Remembers the last answer for a moment; questions that come meanwhile share one probe."""

    def __init__(self, probe: Callable[[], Awaitable[bool]], leaving: Leaving | None = None) -> None:
        """``probe`` answers whether the migrations have run, and raises when the database does not answer. A process
        that leaves is not ready, though everything works: whoever asks shall send nobody any more.
        """
        self._leaving: Final = leaving or Leaving()
        self._probe: Final = probe
        self._running: asyncio.Task[list[str]] | None = None
        self._missing = [DATABASE]
        self._known_until_ns = 0

    async def missing(self) -> list[str]:
        """In a word each; empty where nothing is. Answers within ``PROBE_S``, even if the database hangs."""
        missing = [LEAVING] if self._leaving.is_said else await self._missing_to_settle()
        metrics.WEBHOOK_READY.set(not missing)
        metrics.tell(metrics.WEBHOOK_READY)
        return missing

    async def _missing_to_settle(self) -> list[str]:
        if time.monotonic_ns() < self._known_until_ns:
            return self._missing
        running = self._running
        if running is None or running.done():
            running = self._running = asyncio.create_task(self._ask(), name="readiness")
        # Not a timeout around the probe: with a database that hangs, even giving a question up can hang.
        done, _ = await asyncio.wait({running}, timeout=PROBE_S)
        self._missing = running.result() if done else [DATABASE]
        self._known_until_ns = time.monotonic_ns() + REMEMBERED_MS * _NS_PER_MS
        return self._missing

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=PROBE_S)

    async def _ask(self) -> list[str]:
        try:
            return [] if await self._probe() else [MIGRATIONS]
        except Exception:  # noqa: BLE001 - every failure has one meaning here, and the question comes again
            return [DATABASE]
