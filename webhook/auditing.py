"""The auditor, beside the door: every stored balance against its rows, and our books against the bank's, for ever."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.auditor import Round, audit_books

log = logging.getLogger("webhook.auditing")

Audit = Callable[..., Round | None]


class Auditing:
    """Runs from ``start`` to ``close``. Of several processes one audits, whichever comes first."""

    def __init__(self, every_s: int, audit: Audit = audit_books) -> None:
        self._every_s = every_s
        self._audit = audit
        self._stopped = threading.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        self._stopped.set()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                done = await asyncio.to_thread(
                    partial(self._audit, every_s=self._every_s, is_stopped=self._stopped.is_set)
                )
            except DatabaseUnavailable:
                log.warning("the database is away, the audit goes on later")
            except Exception:
                # A defect in one round must not end all later ones: nobody would look at the books.
                log.exception("the audit failed")
            else:
                if done is not None and done.found:
                    log.error("the audit found what is wrong", extra={"found": done.found, "accounts": done.accounts})
