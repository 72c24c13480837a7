"""Something that runs beside the door, from the start of the process to its end."""

import asyncio
import threading
from abc import ABC, abstractmethod
from contextlib import suppress


class Beside(ABC):
    """Runs from ``start`` to ``close``. What it does in threads asks ``is_stopped`` now and then: a thread cannot be
    cancelled, and the process does not end before it.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_stopped = self._stopped.is_set

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=type(self).__name__)

    async def close(self) -> None:
        self._stopped.set()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @abstractmethod
    async def _run(self) -> None: ...
