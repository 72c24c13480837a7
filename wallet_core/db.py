"""The way to PostgreSQL: pools, the only commit, and the one place that decides what is tried again.

Two pools a process. ``in_transaction`` and ``read`` use SQLAlchemy sessions. ``call_function`` sends one statement,
which PostgreSQL commits by itself: lock, check, write and answer in one round trip. The webhook has a pool for asyncio.

Behind a pooler that lends a connection for one transaction (WALLET_DIRECT_DATABASE_URL is set) nothing may be left in
a session: our settings are made anew in each transaction, and no statement is kept prepared.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, LiteralString, TypeVar, cast

import psycopg
import sqlalchemy
from psycopg.rows import class_row
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from wallet_core.config import get_settings
from wallet_core.errors import DatabaseUnavailable, SettingsError
from wallet_core.keeping_pool import KeepingPool, KeptCursors

T = TypeVar("T")

#: Measured best for a process on a few cores; more connections only wait for each other.
POOL_CONNECTIONS: Final = 8

#: A burst of threads (one click each) waits for a connection this long, then is told that the database is too busy.
POOL_WAIT_S: Final = 10

#: The webhook has one batch in flight; the second connection is for its readiness check.
ASYNC_POOL_CONNECTIONS: Final = 2

#: The webhook gives a batch six seconds: it must hear before that there is no connection. Giving up on it soon makes
#: the next request start anew, where the pool's own waiting would double up to minutes.
ASYNC_POOL_WAIT_S: Final = 3
ASYNC_RECONNECT_S: Final = 2

#: A money call takes a millisecond, the slowest page a few dozen: beyond these, waiting spreads what is wrong.
STATEMENT_TIMEOUT_MS: Final = 10_000
LOCK_TIMEOUT_MS: Final = 5_000
IDLE_IN_TRANSACTION_TIMEOUT_MS: Final = 15_000
CONNECT_TIMEOUT_S: Final = 5

#: A network that swallows packets says nothing: what is not acknowledged by then is given up (TCP only).
UNACKNOWLEDGED_TIMEOUT_MS: Final = 10_000

#: Deadlocks and serialization failures are tried again as a whole. Locks are taken in one order, so even one is rare.
MAX_ATTEMPTS: Final = 5
RETRY_BASE_S: Final = 0.01
RETRIED_STATES: Final = frozenset({"40001", "40P01"})
HELD_UP_STATE: Final = "55P03"  # lock_not_available: somebody else has held a row for longer than we wait

#: What PostgreSQL says when it is away, going, full, or too busy; all of class 08 (connection) counts as well.
AWAY_STATES: Final = frozenset(
    {"25006", "53000", "53100", "53200", "53300", HELD_UP_STATE, "57014", "57P01", "57P02", "57P03"}
)

_SCHEMES: Final = ("postgresql+psycopg://", "postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class _Pools:
    sessions: Engine
    functions: Engine
    cursors: KeptCursors  # of functions


_configured_url: str | None = None
_configured_direct_url = ""
_pools: _Pools | None = None
_pools_lock = threading.Lock()


def configure(url: str, *, direct_url: str = "") -> None:
    """Takes these URLs instead of the settings' (tests and tools), for all that is opened from now on."""
    global _configured_url, _configured_direct_url
    dispose()
    _configured_url, _configured_direct_url = url, direct_url


def dispose() -> None:
    """Closes the pools; the next use opens new ones."""
    global _pools
    with _pools_lock:
        closing, _pools = _pools, None
    if closing is not None:
        closing.cursors.close()
        closing.sessions.dispose()
        closing.functions.dispose()


def database_url() -> str:
    """The URL in libpq's form (``postgresql://...``).

    Raises: SettingsError where there is none.
    """
    url = _configured_url if _configured_url is not None else get_settings().database_url
    if not url:
        raise SettingsError(sentence="DATABASE_URL is not set. Start the wallet with make run, or set DATABASE_URL.")
    return libpq_url(url)


def direct_database_url() -> str:
    """The way to PostgreSQL itself, past a pooler where there is one.

    Raises: SettingsError where there is none.
    """
    direct_url = _direct_url()
    return libpq_url(direct_url) if direct_url else database_url()


def is_pooled() -> bool:
    """Whether a connection may be another one after each transaction."""
    return bool(_direct_url())


def _direct_url() -> str:
    return _configured_direct_url if _configured_url is not None else get_settings().direct_database_url


def libpq_url(url: str) -> str:
    """Any accepted spelling of the scheme, as libpq and psycopg want it."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            return "postgresql://" + url.removeprefix(scheme)
    raise SettingsError(sentence="DATABASE_URL must start with postgresql://.")


def sqlalchemy_url(url: str) -> str:
    """The same for SQLAlchemy, with the driver named."""
    return "postgresql+psycopg://" + libpq_url(url).removeprefix("postgresql://")


def connection_options(
    *, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS, lock_timeout_ms: int = LOCK_TIMEOUT_MS
) -> dict[str, Any]:
    """What every connection to PostgreSQL itself starts with. ``synchronous_commit`` is said outright: no default of a
    role or a database may turn an acknowledged credit into one that a crash forgets.
    """
    options = _server_settings(statement_timeout_ms, lock_timeout_ms)
    return {"options": " ".join(f"-c {name}={value}" for name, value in options.items()), **_CLIENT_OPTIONS}


def pool_options() -> dict[str, Any]:
    """The same for the pools. A pooler refuses the settings, or forgets them: there each transaction makes them."""
    if is_pooled():
        # A statement prepared on one connection would be asked for on another one.
        return {"prepare_threshold": None, **_CLIENT_OPTIONS}
    return connection_options()


_CLIENT_OPTIONS: Final[dict[str, Any]] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "tcp_user_timeout": UNACKNOWLEDGED_TIMEOUT_MS,
    "application_name": "wallet",
}


def _server_settings(statement_timeout_ms: int, lock_timeout_ms: int) -> dict[str, str]:
    return {
        "statement_timeout": str(statement_timeout_ms),
        "lock_timeout": str(lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        "synchronous_commit": "on",
        "timezone": "UTC",
    }


#: The same settings until the end of one transaction.
_SET_FOR_TRANSACTION: Final = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)"
    for name, value in _server_settings(STATEMENT_TIMEOUT_MS, LOCK_TIMEOUT_MS).items()
)


def _set_for_transaction(connection: Connection) -> None:
    connection.exec_driver_sql(_SET_FOR_TRANSACTION)


def _open_pools() -> _Pools:
    global _pools
    with _pools_lock:
        if _pools is None:
            url = sqlalchemy_url(database_url())
            shared: dict[str, Any] = {
                "pool_size": POOL_CONNECTIONS,
                "max_overflow": 0,
                "pool_timeout": POOL_WAIT_S,
                "hide_parameters": True,  # an error that is logged must not carry password hashes and tokens
            }
            sessions = create_engine(url, connect_args=pool_options(), pool_pre_ping=True, **shared)
            # No ping and no reset: each would be a second round trip. call_function heals the pool itself.
            functions = create_engine(
                url, connect_args=pool_options() | {"autocommit": True}, pool_reset_on_return=None, **shared
            )
            _pools = _Pools(sessions, functions, KeptCursors(cast("QueuePool", functions.pool)))
            if is_pooled():
                event.listen(_pools.sessions, "begin", _set_for_transaction)
        return _pools


def lent_connections(name: str) -> int:
    """How many connections of the pool of this name ("sessions" or "functions") are in use now."""
    pools = _pools
    if pools is None:
        return 0
    return pools.cursors.in_use() if name == "functions" else getattr(pools, name).pool.checkedout()


def waiting_for_connections(name: str) -> int:
    """How many threads wait for one. SQLAlchemy does not count them; where all are lent, whoever comes must wait."""
    pools = _pools
    # Its queue holds what is free. Waiting threads are those of the condition that an empty queue makes.
    return len(getattr(pools, name).pool._pool.not_empty._waiters) if pools else 0


def engine() -> Engine:
    """The engine under ``in_transaction`` and ``read``."""
    return (_pools or _open_pools()).sessions


@lru_cache(maxsize=4)
def _snapshot_engine(base: Engine) -> Engine:
    return base.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def in_transaction(work: Callable[[Session], T]) -> T:
    """Runs ``work`` in one READ COMMITTED transaction and commits it. ``work`` may run more than once.

    Raises: DatabaseUnavailable, and whatever ``work`` raises (then nothing is kept).
    """

    def attempt() -> T:
        with Session(engine(), expire_on_commit=False) as session:
            answer = work(session)
            session.commit()
            return answer

    return with_retries(attempt)


def read(work: Callable[[Session], T]) -> T:
    """Runs ``work`` on one moment of the database (a snapshot that refuses to write), however many queries it makes.

    Raises: DatabaseUnavailable, and whatever ``work`` raises.
    """

    def attempt() -> T:
        with Session(_snapshot_engine(engine()), expire_on_commit=False) as session:
            return work(session)

    return with_retries(attempt)


def call_function(statement: LiteralString, parameters: Mapping[str, object], row: type[T]) -> list[T]:
    """Sends one statement, which commits by itself, and answers its rows as ``row`` (a dataclass with those columns).

    A connection found dead is replaced and the statement sent once more: only for functions that may safely be called
    twice (they carry an idempotency key, or settle an order that can be settled once).
    Raises: DatabaseUnavailable, and psycopg's errors for everything that is our fault.
    """

    def attempt(*, once_more: bool = True) -> list[T]:
        cursors = (_pools or _open_pools()).cursors
        lent = cursors.lend()
        try:
            rows = _rows_of(row)  # type: ignore[arg-type]  # every class is hashable, whatever mypy makes of T
            if lent.cursor.row_factory is not rows:
                lent.cursor.row_factory = rows
            _execute(lent.cursor, statement, parameters)
            return lent.cursor.fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not lent.cursor.connection.closed or not once_more:
                raise
        finally:
            cursors.give_back(lent)
        return attempt(once_more=False)

    return with_retries(attempt)


#: The same object for the same dataclass, so that a kept cursor need not be told anew.
_rows_of: Final = lru_cache(maxsize=None)(class_row)


def _execute(cursor: psycopg.Cursor[Any], statement: LiteralString, parameters: Mapping[str, object]) -> None:
    if not is_pooled():
        cursor.execute(statement, parameters)
        return
    # What goes through a pipeline together is one transaction and one round trip.
    with cursor.connection.pipeline():
        cursor.connection.execute(_SET_FOR_TRANSACTION)
        cursor.execute(statement, parameters)


async def execute_async(
    connection: psycopg.AsyncConnection[Any],
    cursor: psycopg.AsyncCursor[Any],
    statement: LiteralString,
    parameters: Mapping[str, object],
) -> None:
    """One statement that commits by itself, on a connection of the webhook's pool."""
    if not is_pooled():
        await cursor.execute(statement, parameters)
        return
    async with connection.pipeline():
        await connection.execute(_SET_FOR_TRANSACTION)
        await cursor.execute(statement, parameters)


def with_retries(attempt: Callable[[], T]) -> T:
    for number in range(1, MAX_ATTEMPTS + 1):
        try:
            return attempt()
        except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError) as error:
            if is_retryable(error) and number < MAX_ATTEMPTS:
                time.sleep(retry_delay_s(number))
            elif is_retryable(error) or is_database_away(error):
                raise DatabaseUnavailable from error
            else:
                raise
    raise AssertionError("unreachable")


def retry_delay_s(attempt_number: int) -> float:
    """Exponential with full jitter, so that the ones that met do not meet again."""
    return random.uniform(0, RETRY_BASE_S * 2**attempt_number)


def sql_state(error: BaseException) -> str | None:
    """The five characters by which PostgreSQL names an error, whichever library wrapped it."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return original.sqlstate if isinstance(original, psycopg.Error) else None


def is_retryable(error: BaseException) -> bool:
    """Whether the transaction lost against another one and may simply be tried again."""
    return sql_state(error) in RETRIED_STATES


def is_held_up(error: DatabaseUnavailable) -> bool:
    """Whether it was one locked row that kept us waiting, and not the database."""
    return error.__cause__ is not None and sql_state(error.__cause__) == HELD_UP_STATE


def is_database_away(error: BaseException) -> bool:
    """Whether the database cannot be reached, is going down, or is too busy: not the fault of what was asked."""
    state = sql_state(error)
    if state is not None:
        return state in AWAY_STATES or state.startswith("08")
    # Without a state the driver itself gave up: no connection, or (InternalError) a pooler that passed on what a dying
    # server had said, an answer to nothing that was asked.
    away = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError, PoolTimeoutError)
    return isinstance(error.orig if isinstance(error, DBAPIError) else error, away)


async def open_async_pool() -> KeepingPool:
    """The webhook's pool, in autocommit. It opens even while the database is away, and heals by itself."""
    pool = KeepingPool(
        database_url(),
        kwargs=pool_options() | {"autocommit": True},
        min_size=1,
        max_size=ASYNC_POOL_CONNECTIONS,
        timeout=ASYNC_POOL_WAIT_S,
        reconnect_timeout=ASYNC_RECONNECT_S,
        open=False,
        name="wallet",
    )
    with suppress(psycopg.OperationalError):
        await pool.open(wait=False)
    return pool
