"""The bank's log does not grow for ever."""

import asyncio
import logging
import sqlite3
from typing import Final

from bank_simulator.delivery import now_ms
from bank_simulator.storage import Storage

log = logging.getLogger("bank_simulator")

#: What is kept for a month need not go to the minute.
PRUNE_EVERY_S: Final = 60 * 60


async def keep_pruning(storage: Storage) -> None:
    """At the start, then every hour, until it is cancelled."""
    while True:
        try:
            pruned = await asyncio.to_thread(storage.prune_log, now_ms=now_ms())
        except sqlite3.Error:
            log.exception("The log cannot be pruned; trying again in an hour.")
        else:
            if pruned:
                log.info("%d old messages are removed from the log", pruned)
        await asyncio.sleep(PRUNE_EVERY_S)
