"""What changed, and for whom: PostgreSQL tells every app worker, and each wakes the open tabs of that person.

NOTIFY is not kept for those who are away: after every (re)connection ``on_connect`` has everything read anew.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import func, select
from sqlmodel import Session

from wallet_core.db import direct_database_url

logger = logging.getLogger(__name__)

#: The payload is the person's id, as text.
CHANNEL: Final = "wallet_changes"

#: Beside it, of credits: the person's id and, of each order, its reference and the request id of the bank's call
#: ("person order/call order/call"). For the log alone, so that one can follow an order from the bank's call to the tab;
#: a channel of its own, because a release before this one reads the first.
CREDITS_CHANNEL: Final = "wallet_credits"

#: The first try after a loss comes at once, for a restarted database is often back already; later ones keep to the cap.
RETRY_BASE_S: Final = 0.05
RETRY_CAP_S: Final = 2.0

#: A connection that lived this long was a good one: the next loss starts again with a quick try.
GOOD_CONNECTION_S: Final = 10.0

#: A dead connection says nothing. It is asked this often and given this long: silence is noticed within 6 s.
HEALTH_EVERY_S: Final = 3.0
HEALTH_TIMEOUT_S: Final = 3.0

#: The kernel's part of the same, below what the health check would notice on its own.
_CONNECTION_OPTIONS: Final[dict[str, Any]] = {
    "application_name": "wallet-listener",
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 6000,
}


class Credited(NamedTuple):
    """An order whose money is there. ``request_id``: of the bank's call; "" where the bank was asked."""

    reference: str
    request_id: str


OnChange = Callable[[UUID], Awaitable[None]]
OnConnect = Callable[[], Awaitable[None]]
OnCredited = Callable[[UUID, list[Credited]], None]

#: Whether this process hears of changes now.
_listening = threading.Event()

#: Dead connections on their way out: asyncio holds tasks weakly, so somebody must.
_burials: set[asyncio.Task[None]] = set()


class _ConnectionLost(Exception):
    """The connection is dead, or useless for what it is there for."""


def notify_person(session: Session, person_id: UUID) -> None:
    """Wakes the person's tabs when the caller's transaction is committed, and not when it is not."""
    session.connection().execute(select(func.pg_notify(CHANNEL, str(person_id))))


def is_listening() -> bool:
    """Whether a connection listens, and every tab has been read anew since it does."""
    return _listening.is_set()


async def listen(on_change: OnChange, on_connect: OnConnect, on_credited: OnCredited | None = None) -> None:
    """Calls ``on_change`` for each notification and ``on_connect`` after each (re)connection. Never returns.

    An error in ``on_change`` is logged and the next notification handled; an error in ``on_connect`` counts as a lost
    connection, since nobody has read anew. Raises: SettingsError (no usable DATABASE_URL).
    """
    failures = 0
    while True:
        started_at_s = time.monotonic()
        try:
            await _follow(on_change, on_connect, on_credited)
        except (psycopg.Error, OSError, _ConnectionLost) as error:
            if time.monotonic() - started_at_s > GOOD_CONNECTION_S:
                failures = 0
            delay_s = retry_delay_s(failures)
            failures += 1
            logger.warning("database notifications lost (%s), next try in %.2f s", type(error).__name__, delay_s)
            await asyncio.sleep(delay_s)


def retry_delay_s(failures: int) -> float:
    """From half to the whole of a doubling wait, so that many workers do not come back in one moment."""
    longest_s = min(RETRY_CAP_S, RETRY_BASE_S * 2 ** min(failures, 16))
    return random.uniform(longest_s / 2, longest_s)


async def _follow(on_change: OnChange, on_connect: OnConnect, on_credited: OnCredited | None) -> None:
    connection = await AsyncConnection.connect(direct_database_url(), autocommit=True, **_CONNECTION_OPTIONS)
    is_silent = False
    try:
        await _warn_of_pooler(connection)
        for channel in (CHANNEL, CREDITS_CHANNEL) if on_credited else (CHANNEL,):
            await connection.execute(f"LISTEN {channel}")
        try:
            await on_connect()
        except Exception as error:
            logger.exception("reading anew after a connection failed")
            raise _ConnectionLost from error
        _listening.set()
        while not is_silent:
            async for notification in connection.notifies(timeout=HEALTH_EVERY_S):
                if notification.channel == CREDITS_CHANNEL and on_credited:
                    _hand_on(notification.payload, on_credited)
                else:
                    await _handle(notification.payload, on_change)
            is_silent = not await _answers(connection)
        raise _ConnectionLost
    finally:
        _listening.clear()
        if not is_silent:
            await connection.close()


async def _warn_of_pooler(connection: AsyncConnection) -> None:
    """A pooler makes up the number of the process that it says we talk to, and lends the session that listens away."""
    cursor = await connection.execute("SELECT pg_backend_pid()")
    if await cursor.fetchone() != (connection.info.backend_pid,):
        logger.error(
            "a pooler stands before the database: set WALLET_DIRECT_DATABASE_URL, or open tabs stay as they are"
        )


async def _handle(payload: str, on_change: OnChange) -> None:
    try:
        person_id = UUID(payload)
    except ValueError:
        logger.warning("a notification that names no person was left alone")
        return
    try:
        await on_change(person_id)
    except Exception:
        logger.exception("a change could not be shown")


def _hand_on(payload: str, on_credited: OnCredited) -> None:
    person, *credited = payload.split(" ")
    try:
        on_credited(UUID(person), [Credited(*each.partition("/")[::2]) for each in credited])
    except Exception:
        logger.exception("a credit could not be told")


async def _answers(connection: AsyncConnection) -> bool:
    """Whether the server still answers in time. If not, the connection is closed aside, in its own time."""
    probe = asyncio.ensure_future(connection.execute("SELECT 1"))
    try:
        done, _ = await asyncio.wait({probe}, timeout=HEALTH_TIMEOUT_S)
    except asyncio.CancelledError:
        probe.cancel()
        raise
    if done:
        await probe
        return True
    burial = asyncio.create_task(_bury(connection, probe))
    _burials.add(burial)
    burial.add_done_callback(_burials.discard)
    return False


async def _bury(connection: AsyncConnection, probe: "asyncio.Future[Any]") -> None:
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    await connection.close()
