"""The same people with histories of three sizes, side by side in three databases of one server."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
from psycopg import sql

from alembic import command
from bench.ratio import say
from tests.conftest import alembic_config, with_database
from wallet_core import db
from wallet_core.embedded_postgres import EmbeddedPostgres

SQL: Final = Path(__file__).parent / "sql"

#: BENCH_ROWS makes the largest smaller, to try the bench itself.
SMALL: Final = 10_000
LARGE: Final = int(os.environ.get("BENCH_ROWS", "10_000_000"))
MIDDLE: Final = max(SMALL, LARGE // 10)

PEOPLE: Final = 100_000

#: What person 1 has of them in every size: a busy life of a year.
OWN_TRANSFERS: Final = 2_000

#: Nothing is lost that could not be loaded anew, so loading waits for no disk; reading is not touched by these.
LOADING: Final = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}

#: Indexes of these are made after the rows. Primary keys stay: they grow at one end, and foreign keys lean on them.
LOADED_TABLES: Final = ["transfer", "onramp"]

_CONSTRAINTS: Final = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY(%s::regclass[]) AND contype = 'u' ORDER BY conname
"""

_INDEXES: Final = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%s::regclass[]) ORDER BY 1
"""


@dataclass(frozen=True)
class Size:
    """A database with so many transfers. ``url``: libpq's form."""

    transfers: int
    url: str


def person_id(number: int) -> UUID:
    """1 has ``OWN_TRANSFERS`` in every size, 2 is the merchant with a tenth of all."""
    return UUID(hashlib.md5(f"person {number}".encode(), usedforsecurity=False).hexdigest())


@contextmanager
def three_sizes() -> Iterator[list[Size]]:
    """The small, the middle and the large one; vacuumed and analysed, with the indexes of the migrations."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "pg", settings=LOADING | {"max_wal_size": "1GB", "autovacuum": "off"})
    try:
        url = server.start()
        command.upgrade(alembic_config(url), "head")
        say(f"  {PEOPLE:,} people ...")
        with psycopg.connect(url, autocommit=True) as connection:
            _run(connection, "history_people.sql", people=PEOPLE)
        sizes = {"small": SMALL, "middle": MIDDLE, "large": LARGE}
        yield [_load(url, name, transfers) for name, transfers in sizes.items()]
    finally:
        db.dispose()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _load(template_url: str, name: str, transfers: int) -> Size:
    started_s = time.monotonic()
    with psycopg.connect(with_database(template_url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE wallet").format(sql.Identifier(name)))
    url = with_database(template_url, name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET work_mem = '256MB'")
        # No look at foreign keys for each row: the rows are right by how they are made.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SELECT setseed(0.5)")
        indexes = connection.execute(_INDEXES, [LOADED_TABLES]).fetchall()
        make_again = _drop_indexes(connection)
        _run(connection, "history_transfers.sql", people=PEOPLE, transfers=transfers, step=transfers // OWN_TRANSFERS)
        for statement in make_again:
            connection.execute(statement)
        if connection.execute(_INDEXES, [LOADED_TABLES]).fetchall() != indexes:
            raise RuntimeError("The indexes are not those of the migrations.")
        connection.execute("SELECT setval(pg_get_serial_sequence('transfer', 'id'), %s)", [transfers])
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
        size = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    assert size is not None
    say(f"  {transfers:,} transfers: {size[0]}, loaded in {time.monotonic() - started_s:.0f} s")
    return Size(transfers, url)


def _drop_indexes(connection: psycopg.Connection) -> list[bytes]:
    """Answers the statements that make them again, word for word as PostgreSQL keeps them."""
    make_again = []
    for table, name, definition in connection.execute(_CONSTRAINTS, [LOADED_TABLES]).fetchall():
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        make_again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())
    for name, definition in connection.execute(_INDEXES, [LOADED_TABLES]).fetchall():
        if not name.startswith("pk_"):
            connection.execute(f"DROP INDEX {name}".encode())
            make_again.append(definition.encode())
    return make_again


def _run(connection: psycopg.Connection, file: str, **numbers: int) -> None:
    """With numbers put in by hand: several statements of one text take no parameters."""
    statement = (SQL / file).read_text(encoding="utf-8")
    for name, number in numbers.items():
        statement = statement.replace(f"%({name})s", str(number))
    connection.execute(statement.encode())
