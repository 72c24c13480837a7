"""Behind PgBouncer in transaction mode: what every transaction must hold by itself, and what no session may keep."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlmodel import Session

from tests.conftest import add_onramp, bank_message
from tests.scale.conftest import Person
from tests.scale.machines import Machines
from tests.scale.servers import PgBouncer
from wallet_core import db
from wallet_core.ids import new_token
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.payments import send_money

SETTINGS = """
    SELECT current_setting('synchronous_commit') AS durable, current_setting('statement_timeout') AS statement,
           current_setting('lock_timeout') AS lock, current_setting('TimeZone') AS zone
"""


@dataclass(frozen=True)
class Found:
    durable: str
    statement: str
    lock: str
    zone: str


OURS = Found("on", "10s", "5s", "UTC")


def _in_transaction(_: str) -> Found:
    return Found(*db.in_transaction(lambda session: session.connection().execute(text(SETTINGS)).one()))


def _in_a_reading(_: str) -> Found:
    return Found(*db.read(lambda session: session.connection().execute(text(SETTINGS)).one()))


def _in_a_call(_: str) -> Found:
    return db.call_function(SETTINGS, {}, Found)[0]


def _in_the_webhook(_: str) -> Found:
    async def ask() -> Found:
        pool = await db.open_async_pool()
        async with pool, pool.connection() as connection, connection.cursor() as cursor:
            await db.execute_async(connection, cursor, SETTINGS, {})
            row = await cursor.fetchone()
            assert row is not None
            return Found(*row)

    return asyncio.run(ask())


WAYS: list[Callable[[str], Found]] = [_in_transaction, _in_a_reading, _in_a_call, _in_the_webhook]


@pytest.fixture
def careless_database(machines: Machines, database_url: str) -> Iterator[str]:
    """Its owner has said that a commit need not be on disk, and that nothing takes too long."""
    with psycopg.connect(machines.direct_url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        for setting in ("synchronous_commit = off", "statement_timeout = 0", "lock_timeout = 0"):
            connection.execute(sql.SQL("ALTER DATABASE {} SET " + setting).format(name))
        _end_lent_connections(machines, connection)
        yield database_url
        connection.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(name))
        _end_lent_connections(machines, connection)


def _end_lent_connections(machines: Machines, connection: psycopg.Connection) -> None:
    """Returns when connections that are opened, or lent, have what the database says now."""
    wanted = _shown(machines.direct_url)
    connection.execute("""
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'wallet-listener'
    """)
    deadline = time.monotonic() + 10
    while _shown(machines.url) != wanted:
        assert time.monotonic() < deadline, "an old connection is still lent"


def _shown(url: str) -> object:
    try:
        with psycopg.connect(url, prepare_threshold=None) as connection:
            return connection.execute("SHOW synchronous_commit").fetchone()
    except psycopg.Error:
        # The pooler lent one that was just ended.
        return None


@pytest.mark.parametrize("way", WAYS)
def test_a_commit_is_on_disk_whatever_the_database_says(careless_database: str, way: Callable[[str], Found]) -> None:
    assert way(careless_database) == OURS


def test_settings_end_with_their_transaction(machines: Machines, careless_database: str) -> None:
    """What we set must not stay with whoever is lent the connection next."""
    for way in WAYS:
        way(careless_database)
    # Whoever comes past our code, by the pooler or not, gets what the database says.
    assert _shown(machines.url) == ("off",)


def test_many_clients_at_once_share_few_connections(machines: Machines, alice: Person, charlie: Person) -> None:
    """More threads than the pooler has connections, every kind of call, each often enough to be prepared."""

    def work(number: int) -> bool:
        send_money(person_id=alice.person_id, payee_id=charlie.person_id, amount_paise=1, note="", key=new_token())
        return all(way("") == OURS for way in WAYS[:3])

    settle_onramp(bank_message(add_onramp(alice.person_id, 100_00), 100_00))
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(work, range(160)))
    with psycopg.connect(machines.direct_url) as connection:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'wallet'"
        )
        row = connection.execute(query).fetchone()
    assert row is not None
    if machines.is_pooled:
        assert row[0] <= PgBouncer.CONNECTIONS


def test_a_refusal_in_a_lent_connection_is_a_refusal(machines: Machines, alice: Person) -> None:
    """An error inside the pipeline is the statement's own, and the connection serves on."""
    with pytest.raises(psycopg.errors.DivisionByZero):
        db.call_function("SELECT 1/0 AS durable, '' AS statement, '' AS lock, '' AS zone", {}, Found)
    assert _in_a_call("") == OURS

    def work(session: Session) -> None:
        session.connection().execute(text("SELECT 1/0"))

    with pytest.raises(Exception, match="division by zero"):
        db.in_transaction(work)
    assert _in_transaction("") == OURS
