"""What the books say of themselves, and whether this process is ready, beside the door: read every few seconds, for
whoever asks for figures.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.figures import show_figures, show_pools
from webhook.beside import Beside

log = logging.getLogger("webhook.figures")

#: As often as Prometheus usually asks.
EVERY_S: Final = 10


class BooksFigures(Beside):
    """In every process: each tells what it knows, and an alert takes the highest."""

    def __init__(self, ask_readiness: Callable[[], Awaitable[object]]) -> None:
        """``ask_readiness`` sets its figure itself, which would be old where no proxy asks."""
        super().__init__()
        self._ask_readiness: Final = ask_readiness

    async def _run(self) -> None:
        show_pools()
        while True:
            await self._ask_readiness()
            try:
                await asyncio.to_thread(show_figures)
            except DatabaseUnavailable:
                log.info("the database is away, the figures are old")
            except Exception:
                # A defect in one round must not end all later ones: alerts would look at old figures.
                log.exception("the figures could not be read")
            await asyncio.sleep(EVERY_S)
