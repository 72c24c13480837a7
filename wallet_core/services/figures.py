"""What the books say of themselves, as figures: for alerts, read every few seconds and cheap to read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, select

from wallet_core import db, metrics
from wallet_core.clock import now
from wallet_core.models import DisputedMessage, Onramp, OnrampStatus
from wallet_core.services.auditor import Audited, audited

#: The bank's page is open for fifteen minutes, and the sweep asks every ten seconds: after an hour somebody must look.
STUCK_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    audit: Audited
    stuck_orders: int
    disputed_messages: int


def read_figures() -> Figures:
    """Raises: DatabaseUnavailable."""

    def work(session: Session) -> Figures:
        stuck = select(func.count()).where(
            Onramp.status == OnrampStatus.PROCESSING, Onramp.created_at < now() - STUCK_AFTER
        )
        disputed = select(func.count()).select_from(DisputedMessage)
        return Figures(audited(session), session.exec(stuck).one(), session.exec(disputed).one())

    return db.read(work)


def show_figures() -> None:
    """Reads them and gives them to Prometheus. Raises: DatabaseUnavailable."""
    found = read_figures()
    metrics.AUDITED_AT.set(_seconds(found.audit.round_at))
    metrics.STATEMENT_AT.set(_seconds(found.audit.statement_at))
    metrics.DRIFTS.set(found.audit.open_drifts)
    metrics.STUCK.set(found.stuck_orders)
    metrics.DISPUTED.set(found.disputed_messages)
    metrics.tell(metrics.AUDITED_AT, metrics.STATEMENT_AT, metrics.DRIFTS, metrics.STUCK, metrics.DISPUTED)


def show_pools() -> None:
    """Has Prometheus ask the pools of this process whenever it asks for figures."""
    for name in ("sessions", "functions"):
        metrics.POOL_SIZE.labels(name).set(db.POOL_CONNECTIONS)
        metrics.POOL_USED.labels(name).set_function(partial(db.lent_connections, name))
        metrics.POOL_WAITING.labels(name).set_function(partial(db.waiting_for_connections, name))


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
