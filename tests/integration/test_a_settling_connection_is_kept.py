"""The webhook keeps one connection from batch to batch: alone, whole, and not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg
import pytest

from tests.conftest import add_onramp, bank_message
from wallet_core import db, keeping_pool
from wallet_core.keeping_pool import KeepingPool
from wallet_core.services.onramps import settle_batch
from wallet_core.views import MessageOutcome


def with_pool(use: Callable[[KeepingPool], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with await db.open_async_pool() as pool:
            await pool.wait()
            await use(pool)

    asyncio.run(inside())


async def backend_of(pool: KeepingPool) -> int:
    async with pool.cursor() as cursor:
        return cursor.connection.info.backend_pid


@pytest.mark.usefixtures("database_url")
def test_the_next_statement_has_the_same_connection() -> None:
    async def use(pool: KeepingPool) -> None:
        backends = {await backend_of(pool) for _ in range(5)}
        assert len(backends) == 1
        assert pool.get_stats()["pool_available"] < pool.get_stats()["pool_size"]
        assert pool.in_use() == 0
        async with pool.cursor():
            assert pool.in_use() == 1

    with_pool(use)


@pytest.mark.usefixtures("database_url")
def test_two_at_once_have_two_connections() -> None:
    async def use(pool: KeepingPool) -> None:
        async with pool.cursor() as first, pool.cursor() as second:
            assert first.connection is not second.connection
        # And neither is lost: as many can be had as before.
        async with pool.cursor(), pool.cursor():
            pass

    with_pool(use)


def test_batches_at_once_get_their_own_outcomes(alice: UUID) -> None:
    references = [add_onramp(alice, 1_00) for _ in range(8)]

    async def use(pool: KeepingPool) -> None:
        known = [bank_message(reference, 1_00) for reference in references]
        unknown = [bank_message(f"A-NOBODY-{number}", 1_00) for number in range(8)]
        outcomes = await asyncio.gather(*(settle_batch(pool, [message]) for message in [*known, *unknown]))
        assert outcomes == [[MessageOutcome.CREDITED]] * 8 + [[MessageOutcome.DISPUTED]] * 8

    with_pool(use)


@pytest.mark.usefixtures("database_url")
def test_one_that_failed_is_not_kept_as_it_is() -> None:
    async def use(pool: KeepingPool) -> None:
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with pool.cursor() as cursor:
                await cursor.execute("SELECT 1 / 0")
        with pytest.raises(asyncio.CancelledError):
            async with pool.cursor() as cursor:
                raise asyncio.CancelledError
        async with pool.cursor() as cursor:
            await cursor.execute("SELECT 'whole'")
            assert await cursor.fetchall() == ["whole"]

    with_pool(use)


@pytest.mark.usefixtures("database_url")
def test_the_pool_may_renew_it_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_pool, "KEPT_STATEMENTS", 3)

    async def use(pool: KeepingPool) -> None:
        given_back = 0
        for _ in range(6):
            await backend_of(pool)
            given_back += pool.get_stats()["pool_available"] == pool.get_stats()["pool_size"]
        assert given_back == 2

    with_pool(use)


def test_it_ends_with_its_pool(database_url: str) -> None:
    async def use(pool: KeepingPool) -> None:
        backends.append(await backend_of(pool))

    backends: list[int] = []
    with_pool(use)
    with psycopg.connect(database_url) as connection:
        for _ in range(1_000):
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", backends).fetchone()
            connection.rollback()
            if row == (0,):
                return
    raise AssertionError("the connection is still open")
