"""The auditor, beside the door: every stored balance against its rows, and our books against the bank's, for ever.

Two tasks, so that a bank that takes its time holds up no look at the balances.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.auditor import BankRound, Round, audit_balances, audit_bank

log = logging.getLogger("webhook.auditing")

Audit = Callable[..., Round | BankRound | None]


class Auditing:
    """Runs from ``start`` to ``close``. Of several processes one does each audit, whichever comes first."""

    def __init__(self, every_s: int, audits: Sequence[Audit] = (audit_balances, audit_bank)) -> None:
        self._every_s = every_s
        self._audits = audits
        self._stopped = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(audit)) for audit in self._audits]

    async def close(self) -> None:
        self._stopped.set()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, audit: Audit) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                done = await asyncio.to_thread(partial(audit, every_s=self._every_s, is_stopped=self._stopped.is_set))
            except DatabaseUnavailable:
                log.warning("the database is away, the audit goes on later")
            except Exception:
                # A defect in one round must not end all later ones: nobody would look at the books.
                log.exception("the audit failed")
            else:
                if done is not None and done.found:
                    log.error("the audit found what is wrong", extra={"found": done.found})
