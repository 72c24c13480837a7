"""Whether the database answers, asked in a way that a flood of questions cannot turn against it."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Final

#: A database that needs longer for ``SELECT 1`` is not ready for credits either.
PROBE_S: Final = 1

#: The door is open to everybody: however often it is asked, the database is asked once in this time.
REMEMBERED_MS: Final = 500

_NS_PER_MS: Final = 1_000_000


class Readiness:
    """Remembers the last answer for a moment; questions that come meanwhile share one probe."""

    def __init__(self, probe: Callable[[], Awaitable[None]], leaves: threading.Event | None = None) -> None:
        """``probe`` raises when the database does not answer. ``leaves``: once set, the answer is no, though everything
        works: whoever asks shall send nobody any more.
        """
        self._leaves: Final = leaves or threading.Event()
        self._probe: Final = probe
        self._running: asyncio.Task[bool] | None = None
        self._ready = False
        self._known_until_ns = 0

    async def is_ready(self) -> bool:
        """Answers within ``PROBE_S``, even if the database hangs."""
        if self._leaves.is_set():
            return False
        if time.monotonic_ns() < self._known_until_ns:
            return self._ready
        running = self._running
        if running is None or running.done():
            running = self._running = asyncio.create_task(self._ask(), name="readiness")
        # Not a timeout around the probe: with a database that hangs, even giving a question up can hang.
        done, _ = await asyncio.wait({running}, timeout=PROBE_S)
        self._ready = bool(done) and running.result()
        self._known_until_ns = time.monotonic_ns() + REMEMBERED_MS * _NS_PER_MS
        return self._ready

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=PROBE_S)

    async def _ask(self) -> bool:
        try:
            await self._probe()
        except Exception:  # noqa: BLE001 - every failure has one meaning here, and the question comes again
            return False
        return True
