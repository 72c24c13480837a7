"""Work that one process does at a time, whatever machine it is on."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from wallet_core import db

T = TypeVar("T")

_PATIENCE: Final = text("SELECT set_config('idle_in_transaction_session_timeout', :limit, true)")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")


def while_alone(lock: int, work: Callable[[], T], *, at_most_s: int) -> T | None:
    """Runs ``work`` unless another process is at it; then answers None at once.

    The lock belongs to a transaction that does nothing else, so that it also holds behind a pooler of transactions, and
    ends with the connection: a killed process leaves nothing behind. ``work`` has transactions of its own. After
    ``at_most_s`` another process may begin: for work that may be done twice.
    Raises: DatabaseUnavailable, and whatever ``work`` raises.
    """
    session = Session(db.engine())

    def attempt() -> bool:
        session.connection().execute(_PATIENCE, {"limit": f"{at_most_s}s"})
        return bool(session.connection().execute(_TRY_LOCK, {"lock": lock}).scalar())

    try:
        return work() if db.with_retries(attempt) else None
    finally:
        # Where its connection died meanwhile the lock is gone already: what the work answered or raised says more.
        with suppress(SQLAlchemyError):
            session.close()
