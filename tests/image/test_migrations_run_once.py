"""The step that migrates: two at once wait for each other, however long, and what is done is not done again."""

import subprocess
import time
from contextlib import ExitStack

import psycopg

from tests.deploy.compose import WALLET
from tests.image.engine import wait_until
from tests.image.wallet import Wallet

#: alembic/env.py ADVISORY_LOCK and LOCK_TIMEOUT_MS; a little more than the second.
LOCK = 0x77616C6C6574
LONGER_THAN_A_TABLES_LOCK_S = 6

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def start_migration(wallet: Wallet, database: str) -> "subprocess.Popen[str]":
    url = wallet.services["migrate"].environment["DATABASE_URL"].removesuffix("wallet") + database
    words = [*wallet.engine.program, *wallet.run_step("migrate", "--rm", WALLET, "migrate", DATABASE_URL=url)]
    environment = dict(wallet.engine.environment)
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_two_at_once_on_an_empty_database(wallet: Wallet) -> None:
    with psycopg.connect(wallet.database_url(), autocommit=True) as server:
        server.execute("CREATE DATABASE twice")
    with psycopg.connect(wallet.database_url("twice"), autocommit=True) as holder, ExitStack() as stack:
        holder.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        both = [stack.enter_context(start_migration(wallet, "twice")) for _ in range(2)]
        # Whatever goes wrong, they do not wait any longer.
        stack.callback(holder.close)
        wait_until(lambda: holder.execute(WAITING).fetchone() == (2,), "both wait")
        until = time.monotonic() + LONGER_THAN_A_TABLES_LOCK_S
        wait_until(lambda: time.monotonic() > until, "longer than a lock of a table is waited for")
        assert [migration.poll() for migration in both] == [None, None]
        (before,) = holder.execute(TABLES).fetchone() or (None,)
        holder.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        said = [migration.communicate(timeout=60)[0] for migration in both]
        assert [migration.returncode for migration in both] == [0, 0], said
        assert before == 0
        assert holder.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    with psycopg.connect(wallet.database_url(), autocommit=True) as server:
        server.execute("DROP DATABASE twice")


def test_once_more_changes_nothing(wallet: Wallet) -> None:
    with psycopg.connect(wallet.database_url(), autocommit=True) as server:
        version = "SELECT version_num, xmin FROM alembic_version"
        before = server.execute(version).fetchall()
        wallet.engine(*wallet.run_step("migrate", "--rm", WALLET, "migrate"))
        assert server.execute(version).fetchall() == before
