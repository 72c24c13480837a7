"""The auditor, beside the door: every stored balance against its rows, and our books against the bank's, for ever.

Two tasks, so that a bank that takes its time holds up no look at the balances.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.auditor import BankRound, Round, audit_balances, audit_bank
from webhook.beside import Beside

log = logging.getLogger("webhook.auditing")

Audit = Callable[..., Round | BankRound | None]


class Auditing(Beside):
    """Of several processes one does each audit, whichever comes first."""

    def __init__(self, every_s: int, audits: Sequence[Audit] = (audit_balances, audit_bank)) -> None:
        super().__init__()
        self._every_s = every_s
        self._audits = audits

    async def _run(self) -> None:
        await asyncio.gather(*(self._repeat(audit) for audit in self._audits))

    async def _repeat(self, audit: Audit) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                done = await asyncio.to_thread(partial(audit, every_s=self._every_s, is_stopped=self.is_stopped))
            except DatabaseUnavailable:
                log.warning("the database is away, the audit goes on later")
            except Exception:
                # A defect in one round must not end all later ones: nobody would look at the books.
                log.exception("the audit failed")
            else:
                if done is not None and done.found:
                    log.error("the audit found what is wrong", extra={"found": done.found})
