"""Pools whose steady users keep a connection, with its cursor, from one statement to the next: one for asyncio, one for
threads. To lend a connection and make a cursor anew took a twentieth of a batch's time.
"""

import select
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import AsyncCursor
from psycopg.rows import scalar_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import QueuePool
from sqlalchemy.pool import PoolProxiedConnection

#: After so many statements the connection goes through the pool, which renews what is older than its ``max_lifetime``.
KEPT_STATEMENTS: Final = 1_000


class KeepingPool(AsyncConnectionPool):
    """``cursor`` instead of ``connection``."""

    _kept: AsyncCursor[str] | None = None
    _statements = 0

    @asynccontextmanager
    async def cursor(self) -> AsyncGenerator[AsyncCursor[str]]:
        """A cursor that answers the first column, for one statement, with a connection that nobody else has meanwhile.
        Where several ask at once, one of theirs is kept.

        Raises: PoolTimeout.
        """
        kept, self._kept = self._kept, None
        cursor = kept if kept is not None else (await self.getconn()).cursor(row_factory=scalar_row)
        try:
            yield cursor
        except BaseException:
            await self.putconn(cursor.connection)
            raise
        await self._keep(cursor)

    async def _keep(self, cursor: AsyncCursor[str]) -> None:
        self._statements += 1
        if self._kept is None and self._statements % KEPT_STATEMENTS and not self.closed:
            self._kept = cursor
        else:
            await self.putconn(cursor.connection)

    def in_use(self) -> int:
        """How many connections are lent, without the one that is kept."""
        stats = self.get_stats()
        return stats.get("pool_size", 0) - stats.get("pool_available", 0) - (self._kept is not None)

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109 - the pool's own parameter
        kept, self._kept = self._kept, None
        if kept is not None:
            await self.putconn(kept.connection)
        await super().close(timeout)


@dataclass(frozen=True, slots=True)
class LentCursor:
    """A cursor, and its connection as the pool lent it."""

    cursor: psycopg.Cursor[Any]
    borrowed: PoolProxiedConnection


class KeptCursors:
    """Cursors of a pool of SQLAlchemy's, whose connections are in autocommit and not reset on their return."""

    def __init__(self, pool: QueuePool) -> None:
        self._pool: Final = pool
        self._kept: Final[list[LentCursor]] = []

    def lend(self) -> LentCursor:
        """One whose connection was alive a moment ago, and that nobody else has meanwhile. Asking the server would be a
        round trip; an idle socket that has something to read has been told goodbye.

        Raises: sqlalchemy.exc.TimeoutError, and what connecting raises.
        """
        for _ in range(self._pool.size()):
            lent = self._take()
            connection = lent.cursor.connection
            if not connection.closed and not _has_something_to_read(connection.fileno()):
                return lent
            lent.borrowed.invalidate()
        return self._connect()

    def _take(self) -> LentCursor:
        try:
            return self._kept.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> LentCursor:
        borrowed = self._pool.connect()
        connection: psycopg.Connection[Any] = borrowed.driver_connection  # type: ignore[assignment]
        return LentCursor(connection.cursor(), borrowed)

    def give_back(self, lent: LentCursor) -> None:
        """Keeps it, if its connection lives. But where the pool has lent all it has, the pool gets it back: whoever
        waits there is woken by that alone.
        """
        if lent.cursor.connection.closed:
            lent.borrowed.invalidate()
        elif self._pool.checkedout() < self._pool.size():
            self._kept.append(lent)
        else:
            lent.borrowed.close()

    def in_use(self) -> int:
        """How many connections are lent, without those that are kept."""
        return self._pool.checkedout() - len(self._kept)

    def close(self) -> None:
        """Gives the pool what is kept."""
        while self._kept:
            self._kept.pop().borrowed.close()


def _has_something_to_read(file_descriptor: int) -> bool:
    poll = select.poll()
    poll.register(file_descriptor, select.POLLIN)
    return bool(poll.poll(0))
