"""A pool whose one steady user keeps a connection, with its cursor, from one statement to the next."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from psycopg import AsyncCursor
from psycopg.rows import scalar_row
from psycopg_pool import AsyncConnectionPool

#: After so many statements the connection goes through the pool, which renews what is older than its ``max_lifetime``.
KEPT_STATEMENTS: Final = 1_000


class KeepingPool(AsyncConnectionPool):
    """``cursor`` instead of ``connection``: to lend a connection and make a cursor anew for each batch took a twentieth
    of the webhook's time.
    """

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
