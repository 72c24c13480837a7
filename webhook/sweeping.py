"""The sweep asks the bank about orders whose webhook never came; it runs beside the door and settles by its rules."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.onramps import sweep_onramps

log = logging.getLogger("webhook.sweeping")

#: A person looks at "Waiting for HDFC Bank" meanwhile; the bank is asked at most this often about one order.
SWEEP_EVERY_S: Final = 10


class Sweeping:
    """Runs from ``start`` to ``close``. Two processes that sweep at once do no harm: an order is settled once."""

    def __init__(self, every_s: int = SWEEP_EVERY_S) -> None:
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                ended = await asyncio.to_thread(sweep_onramps)
            except DatabaseUnavailable:
                log.warning("the database is away, the sweep goes on later")
            except Exception:
                # A defect in one round must not end all later ones: an order would stay in processing for ever.
                log.exception("the sweep failed")
            else:
                if ended:
                    log.info("sweep", extra={"ended": ended})
