"""The ground that both sides of a comparison stand on: a PostgreSQL that syncs, with people who have money."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from alembic import command
from bench.ratio import say
from tests.books import books_are_right
from tests.conftest import alembic_config
from wallet_core import db
from wallet_core.embedded_postgres import EmbeddedPostgres
from wallet_core.money import MAX_MOVEMENT_PAISE

PEOPLE: Final = 10_000

#: The most that one order may bring. Payments of the rounds are small: nobody runs out of it.
RICH_PAISE: Final = MAX_MOVEMENT_PAISE

#: One round of one side. Short enough for five rounds of everything, long enough that a start does not count.
ROUND_S: Final = int(os.environ.get("BENCH_SECONDS", "5"))


@dataclass(frozen=True)
class Ground:
    """``url``: libpq's form. ``folder``: for files of a side, gone with the ground."""

    url: str
    folder: Path
    programs: Path

    def execute(self, statement: str, *parameters: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), parameters or None)

    def number(self, statement: str) -> int:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def rest(self) -> None:
        """Before a side's turn: what the other one left to write and to clear away is done now."""
        self.execute("CHECKPOINT")
        self.execute("VACUUM ANALYZE")

    def check_books(self) -> None:
        """Every stored balance is the sum of its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            books_are_right(connection)


@contextmanager
def ground() -> Iterator[Ground]:
    """A server of its own, with fsync on, and ``PEOPLE`` people who have ``RICH_PAISE`` each."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "pg", settings={"max_connections": "200"})
    try:
        url = server.start()
        command.upgrade(alembic_config(url), "head")
        ready = Ground(url, folder, server.programs)
        _people(ready)
        db.configure(url)
        yield ready
    finally:
        db.dispose()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _people(ready: Ground) -> None:
    """Person n has the id that bench_person(n) tells; the money came from the first bank, as rows say."""
    say(f"  {PEOPLE:,} people with money ...")
    ready.execute(
        """
        CREATE FUNCTION bench_person(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$
        """
    )
    ready.execute(
        """
        INSERT INTO person (id, name, phone, password_hash, created_at)
        SELECT bench_person(n), 'Person ' || n, '+9190' || lpad(n::text, 8, '0'), '!', now()
        FROM generate_series(1, %s) n
        """,
        PEOPLE,
    )
    # In the order of n, so that pgbench can reckon the account of person n without asking.
    ready.execute(
        """
        INSERT INTO account (kind, person_id, balance_paise)
        SELECT kind, bench_person(n), CASE kind WHEN 'available' THEN %s ELSE 0 END
        FROM unnest(ARRAY['available', 'locked']) kind, generate_series(1, %s) n ORDER BY kind, n
        """,
        RICH_PAISE,
        PEOPLE,
    )
    ready.execute(
        """
        WITH bank AS (SELECT id, bank_code FROM account WHERE kind = 'bank' ORDER BY id LIMIT 1),
        money AS (
            INSERT INTO transfer (reference, kind, debit_account_id, credit_account_id, amount_paise,
                                  credit_balance_after_paise, note, created_at)
            SELECT 'A-OPENING-' || a.id, 'onramp', bank.id, a.id, a.balance_paise, a.balance_paise, '', now()
            FROM account a, bank WHERE a.kind = 'available' ORDER BY a.id
            RETURNING reference, id, credit_account_id, amount_paise
        )
        INSERT INTO onramp (reference, person_id, bank_code, amount_paise, key, inputs_sha256, created_at, expires_at,
                            status, settled_at, transfer_id)
        SELECT m.reference, a.person_id, bank.bank_code, m.amount_paise, m.reference, sha256('x'), now(), now(),
               'succeeded', now(), m.id
        FROM bank, money m JOIN account a ON a.id = m.credit_account_id
        """
    )
    ready.execute("VACUUM ANALYZE")


def pgbench(ready: Ground, script: str, clients: int, seconds: int) -> float:
    """Transactions a second of a script, prepared, over the unix socket."""
    path = ready.folder / "script.sql"
    path.write_text(script)
    arguments = ["-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds), "-f", str(path), ready.url]
    done = subprocess.run([ready.programs / "pgbench", *arguments], capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
    if not found or "number of failed transactions: 0 " not in done.stdout:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}{done.stderr[-2000:]}")
    return float(found[0].split()[2])
