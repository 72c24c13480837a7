"""What the books say of themselves, beside the door: read every few seconds, for whoever asks for figures."""

import asyncio
import logging
from typing import Final

from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.figures import show_figures, show_pools
from webhook.beside import Beside

log = logging.getLogger("webhook.figures")

#: As often as Prometheus usually asks.
EVERY_S: Final = 10


class BooksFigures(Beside):
    """In every process: each tells what it knows, and an alert takes the highest."""

    async def _run(self) -> None:
        show_pools()
        while True:
            try:
                await asyncio.to_thread(show_figures)
            except DatabaseUnavailable:
                log.info("the database is away, the figures are old")
            except Exception:
                # A defect in one round must not end all later ones: alerts would look at old figures.
                log.exception("the figures could not be read")
            await asyncio.sleep(EVERY_S)
