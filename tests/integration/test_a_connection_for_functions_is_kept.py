"""Threads that call a function of the database keep connections from call to call: each alone, none left waiting."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import psycopg
import pytest
from sqlalchemy import QueuePool, create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from wallet_core import db
from wallet_core.keeping_pool import KeptCursors

CONNECTIONS = 2
PATIENCE_S = 30


@pytest.fixture
def pool(database_url: str) -> Iterator[QueuePool]:
    engine = create_engine(
        db.sqlalchemy_url(database_url),
        connect_args={"autocommit": True},
        pool_reset_on_return=None,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=PATIENCE_S,
    )
    yield cast("QueuePool", engine.pool)
    engine.dispose()


def backend_of(cursors: KeptCursors) -> int:
    lent = cursors.lend()
    row = lent.cursor.execute("SELECT pg_backend_pid()").fetchone()
    cursors.give_back(lent)
    assert row is not None
    return int(row[0])


def test_the_next_call_has_the_same_cursor(pool: QueuePool) -> None:
    cursors = KeptCursors(pool)
    first = cursors.lend()
    assert cursors.in_use() == 1
    cursors.give_back(first)
    assert cursors.in_use() == 0
    assert cursors.lend() is first


def test_two_at_once_have_two_connections(pool: QueuePool) -> None:
    cursors = KeptCursors(pool)
    first, second = cursors.lend(), cursors.lend()
    assert first.cursor.connection is not second.cursor.connection
    assert cursors.in_use() == 2
    cursors.give_back(first)
    cursors.give_back(second)
    assert cursors.in_use() == 0
    # And neither is lost: as many can be had as before.
    assert {id(cursors.lend().cursor.connection), id(cursors.lend().cursor.connection)} == {
        id(first.cursor.connection),
        id(second.cursor.connection),
    }


def test_whoever_waits_gets_what_comes_back(pool: QueuePool) -> None:
    cursors = KeptCursors(pool)
    lent = [cursors.lend() for _ in range(CONNECTIONS)]
    with ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(cursors.lend)
        while not pool._pool.not_empty._waiters:  # type: ignore[attr-defined]
            assert not waiting.done()
        cursors.give_back(lent.pop())
        assert waiting.result(PATIENCE_S).cursor.connection.closed == 0


def test_many_threads_share_few_connections(pool: QueuePool) -> None:
    cursors = KeptCursors(pool)
    start = threading.Barrier(16)
    in_use: set[int] = set()
    overlaps: list[int] = []

    def call(_: int) -> set[int]:
        start.wait()
        backends = set()
        for _ in range(100):
            lent = cursors.lend()
            backend = lent.cursor.connection.info.backend_pid
            if backend in in_use:
                overlaps.append(backend)
            in_use.add(backend)
            lent.cursor.execute("SELECT 1")
            in_use.remove(backend)
            cursors.give_back(lent)
            backends.add(backend)
        return backends

    with ThreadPoolExecutor(16) as threads:
        backends = set().union(*threads.map(call, range(16)))
    assert len(backends) == CONNECTIONS
    assert not overlaps
    assert cursors.in_use() == 0


def test_one_that_died_is_replaced_before_it_is_lent(pool: QueuePool, superuser: psycopg.Connection) -> None:
    cursors = KeptCursors(pool)
    dead = backend_of(cursors)
    superuser.execute("SELECT pg_terminate_backend(%s)", [dead])
    while superuser.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [dead]).fetchone() is not None:
        pass
    assert backend_of(cursors) != dead
    assert pool.checkedout() == 1


def test_one_that_died_in_use_is_not_kept(pool: QueuePool) -> None:
    cursors = KeptCursors(pool)
    lent = cursors.lend()
    lent.cursor.connection.close()
    cursors.give_back(lent)
    assert pool.checkedout() == 0
    assert cursors.lend() is not lent


def test_the_pool_says_when_all_are_in_use(database_url: str) -> None:
    engine = create_engine(db.sqlalchemy_url(database_url), pool_size=1, max_overflow=0, pool_timeout=0.01)
    cursors = KeptCursors(cast("QueuePool", engine.pool))
    lent = cursors.lend()
    with pytest.raises(PoolTimeoutError):
        cursors.lend()
    cursors.give_back(lent)
    engine.dispose()


def test_they_end_with_their_pool(pool: QueuePool) -> None:
    cursors = KeptCursors(pool)
    lent = cursors.lend()
    cursors.give_back(lent)
    cursors.close()
    pool.dispose()
    assert lent.cursor.connection.closed
