"""What time brings about, beside the door: the bank is asked about orders whose webhook never came, which are settled
by its rules, requests for money expire, and sessions that ended long ago are forgotten.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from wallet_core import metrics
from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.onramps import sweep_onramps
from wallet_core.services.requests import expire_requests
from wallet_core.sessions import prune_sessions
from webhook.beside import Beside

log = logging.getLogger("webhook.sweeping")

#: A person looks at "Waiting for HDFC Bank" meanwhile; the bank is asked at most this often about one order.
SWEEP_EVERY_S: Final = 10

#: What is kept for months need not go to the minute, and looking for it reads a whole table.
PRUNE_EVERY_S: Final = 60 * 60


class Sweeping(Beside):
    """Two processes that sweep at once do no harm: an order is settled once."""

    def __init__(self, every_s: int = SWEEP_EVERY_S) -> None:
        super().__init__()
        self._every_s = every_s
        self._prune_at_s = time.monotonic()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self._sweep(self._sweep_onramps)
            await self._sweep(expire_requests)
            if time.monotonic() >= self._prune_at_s:
                self._prune_at_s = time.monotonic() + PRUNE_EVERY_S
                await self._sweep(partial(prune_sessions, is_stopped=self.is_stopped))

    def _sweep_onramps(self) -> int:
        ended = sweep_onramps(is_stopped=self.is_stopped)
        # Of this sweep alone: the others may go well for ever while no order ends.
        metrics.SWEPT_AT.set_to_current_time()
        return ended

    async def _sweep(self, sweep: Callable[[], int]) -> None:
        try:
            ended = await asyncio.to_thread(sweep)
        except DatabaseUnavailable:
            metrics.SWEEPS.labels("unavailable").inc()
            log.warning("the database is away, the sweep goes on later")
        except Exception:
            # A defect in one round must not end all later ones: an order would stay in processing for ever.
            metrics.SWEEPS.labels("failed").inc()
            log.exception("the sweep failed")
        else:
            metrics.SWEEPS.labels("done").inc()
            metrics.SWEPT.inc(ended)
            if ended:
                log.info("sweep", extra={"ended": ended})
