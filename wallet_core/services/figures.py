"""What the books say of themselves, as figures: for alerts, read every few seconds and cheap to read."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from wallet_core import db, metrics
from wallet_core.clock import now
from wallet_core.models import DisputedMessage, OnrampUnmoved
from wallet_core.services.auditor import Audited, audited

#: The bank's page is open for fifteen minutes, and the sweep asks every ten seconds: after an hour somebody must look.
STUCK_AFTER: Final = timedelta(hours=1)

#: The newest message's number, and not how many there are: it rises with each, is never below their count, and one row
#: tells it. A bank that is wrong for a week may leave millions.
_DISPUTED: Final = select(func.max(col(DisputedMessage.id)))


@dataclass(frozen=True, slots=True)
class Figures:
    audit: Audited
    stuck_orders: int
    disputed_messages: int


def read_figures() -> Figures:
    """Raises: DatabaseUnavailable."""

    def work(session: Session) -> Figures:
        stuck = (
            select(func.count())
            .select_from(OnrampUnmoved)
            .where(col(OnrampUnmoved.ended_at).is_(None), col(OnrampUnmoved.created_at) < now() - STUCK_AFTER)
        )
        return Figures(audited(session), session.exec(stuck).one(), session.exec(_DISPUTED).one() or 0)

    return db.read(work)


def show_figures() -> None:
    """Reads them and gives them to Prometheus. Raises: DatabaseUnavailable."""
    found = read_figures()
    metrics.AUDITED_AT.set(_seconds(found.audit.round_at))
    full_at = found.audit.full_at
    metrics.FULL_AUDIT_AGE_S.set((now() - full_at).total_seconds() if full_at else math.inf)
    metrics.STATEMENT_AT.set(_seconds(found.audit.statement_at))
    metrics.UNCOMPARED_SINCE.set(_seconds(found.audit.uncompared_since or now()))
    metrics.DRIFTS.set(found.audit.open_drifts)
    metrics.STUCK.set(found.stuck_orders)
    metrics.DISPUTED.set(found.disputed_messages)
    metrics.tell(
        metrics.AUDITED_AT,
        metrics.FULL_AUDIT_AGE_S,
        metrics.STATEMENT_AT,
        metrics.UNCOMPARED_SINCE,
        metrics.DRIFTS,
        metrics.STUCK,
        metrics.DISPUTED,
    )


def show_pools() -> None:
    """Has Prometheus ask the pools of this process whenever it asks for figures."""
    for name in ("sessions", "functions"):
        metrics.POOL_SIZE.labels(name).set(db.POOL_CONNECTIONS)
        metrics.POOL_USED.labels(name).set_function(partial(db.lent_connections, name))
        metrics.POOL_WAITING.labels(name).set_function(partial(db.waiting_for_connections, name))


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
