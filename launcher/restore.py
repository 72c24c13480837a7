"""``python -m launcher.restore FILE``: brings a backup back, and proves that the books are right. ``make restore``.

Only into an empty database. ``--force``: what is there is moved aside, into a schema of its own, and not removed. All
or nothing: whatever fails leaves the database as it was. The wallet must be stopped meanwhile.

Exit status: 0 restored and right, 1 with a sentence where nothing was restored, 2 restored and the books are wrong.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE
from typing import IO, Final

import psycopg
import pyrage
from psycopg import sql

from launcher.archive import (
    ASIDE_PREFIX,
    CONNECT_S,
    ENCRYPTED,
    check_checksum,
    copy_all,
    last_words,
    reachable_database,
    read_identity,
    start_program,
)
from launcher.errors import CannotGoOn
from launcher.parts import BIN, ROOT
from wallet_core import db
from wallet_core.config import get_settings
from wallet_core.errors import SettingsError
from wallet_core.services.reconciliation import reconcile

RESTORED: Final = 0
NOT_RESTORED: Final = 1
BOOKS_ARE_WRONG: Final = 2

#: Of a script, owners and rights stay behind: the database that it comes into has its own.
SCRIPT: Final = ("--file=-", "--no-owner", "--no-privileges")
RUN: Final = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")

UNKNOWN_BEFORE_17: Final = b"SET transaction_timeout ="
TOP_LINES: Final = 40

_IS_EMPTY: Final = """
    SELECT NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace)
       AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""
_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m launcher.restore", description="Brings a backup back.")
    parser.add_argument("file", type=Path, help="what make backup wrote, its checksum beside it")
    parser.add_argument("--force", action="store_true", help="move aside what is in the database")
    options = parser.parse_args(arguments)
    try:
        started = time.monotonic()
        if not options.file.is_file():
            raise CannotGoOn(f"{options.file} is no file. Name a backup: make restore FILE=.data/backups/...")
        check_checksum(options.file)
        identity = read_identity() if options.file.suffix == ENCRYPTED else None
        with reachable_database(get_settings()) as url:
            aside = restore(url, options.file, identity, force=options.force)
            _migrate(url)
            print(f"{options.file.name} is restored in {time.monotonic() - started:.1f} s.")
            if aside:
                print(f"What was there before is in the schema {aside}. Drop it when you are sure.")
            return _prove(url)
    except (CannotGoOn, SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return NOT_RESTORED


def restore(url: str, backup: Path, identity: "pyrage.x25519.Identity | None", *, force: bool) -> str | None:
    """Answers the schema that now holds what was there before, or None.

    Raises: CannotGoOn, and everything is as it was.
    """
    aside = _make_room(url, force=force)
    try:
        _fill(url, backup, identity)
    except BaseException:
        if aside:
            _put_back(url, aside)
        raise
    return aside


def _make_room(url: str, *, force: bool) -> str | None:
    with psycopg.connect(url, connect_timeout=CONNECT_S) as connection:
        (others,) = connection.execute(_OTHERS).fetchone() or (0,)
        if others:
            raise CannotGoOn(
                f"The database is in use by {others} others: stop the wallet first, and whoever looks at it."
            )
        (is_empty,) = connection.execute(_IS_EMPTY).fetchone() or (False,)
        if is_empty:
            return None
        if not force:
            raise CannotGoOn("The database is not empty, and nothing was changed. FORCE=1 moves aside what is there.")
        aside = f"{ASIDE_PREFIX}{datetime.now(UTC):%Y%m%d_%H%M%S}"
        try:
            connection.execute(sql.SQL("ALTER SCHEMA public RENAME TO {}").format(sql.Identifier(aside)))
            connection.execute("CREATE SCHEMA public")
        except psycopg.errors.InsufficientPrivilege:
            raise CannotGoOn(
                "This role may not move what is there aside: use the one that owns the database."
            ) from None
        return aside


def _put_back(url: str, aside: str) -> None:
    with psycopg.connect(url, connect_timeout=CONNECT_S) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO public").format(sql.Identifier(aside)))


def _fill(url: str, backup: Path, identity: "pyrage.x25519.Identity | None") -> None:
    """pg_restore writes a script, psql runs it in one transaction, and only we say that it is complete: an end that
    comes too early, of the file, of a program or of ours, takes everything back.

    Not pg_restore alone: newer ones set what servers before 17 do not know, and give up over it.
    """
    with (
        backup.open("rb") as file,
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as answered,
        start_program("pg_restore", None, *SCRIPT, stdin=PIPE, stdout=PIPE, stderr=said) as reading,
        start_program("psql", url, *RUN, stdin=PIPE, stdout=subprocess.DEVNULL, stderr=answered) as running,
        ThreadPoolExecutor(1) as beside,
    ):
        try:
            fed = beside.submit(_feed, file, reading.stdin, identity)
            with suppress(BrokenPipeError):  # psql has given up, and says why
                _write_script(reading.stdout, running.stdin)
            fed.result()
            if reading.wait() != 0:
                raise CannotGoOn(f"pg_restore failed, and nothing was restored. It said: {last_words(said)}")
            with suppress(BrokenPipeError):
                _close(running.stdin, b"COMMIT;\n")
            if running.wait() != 0:
                raise CannotGoOn(f"psql failed, and nothing was restored. It said: {last_words(answered)}")
        except pyrage.DecryptError:
            raise CannotGoOn("The secret key is not the one that this backup was made for.") from None
        finally:
            reading.kill()
            running.kill()
            with suppress(BrokenPipeError):  # what it was still to be told
                _close(running.stdin)


def _feed(file: IO[bytes], target: IO[bytes] | None, identity: "pyrage.x25519.Identity | None") -> None:
    assert target is not None  # noqa: S101 - it was asked for
    with suppress(BrokenPipeError):  # pg_restore has given up, and says why
        try:
            if identity is None:
                copy_all(file, target)
            else:
                pyrage.decrypt_io(file, target, [identity])
        finally:
            target.close()


def _write_script(source: IO[bytes] | None, target: IO[bytes] | None) -> None:
    """All of it, but for the setting that old servers do not know. It stands at the top, before any data."""
    assert source is not None  # noqa: S101 - both were asked for
    assert target is not None  # noqa: S101
    target.write(b"BEGIN;\n")
    for line in itertools.islice(source, TOP_LINES):
        if not line.startswith(UNKNOWN_BEFORE_17):
            target.write(line)
    copy_all(source, target)


def _close(target: IO[bytes] | None, last_line: bytes = b"") -> None:
    assert target is not None  # noqa: S101 - it was asked for
    if not target.closed:
        target.write(last_line)
        target.close()


def _migrate(url: str) -> None:
    """A backup may be of an older version."""
    environment = {**os.environ, "DATABASE_URL": url}
    command = [str(BIN / "alembic"), "upgrade", "head"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        raise CannotGoOn("The backup is restored, but cannot be brought to this version: run alembic upgrade head.")


def _prove(url: str) -> int:
    db.configure(url)
    try:
        found = reconcile()
    finally:
        db.dispose()
    print(f"{found.people} people, {found.transfers} movements of money, {found.onramps} orders of the bank.")
    if found.is_right:
        print("Every balance equals its rows: the books are right.")
        return RESTORED
    print("The books are WRONG. See: python -m wallet_core reconcile")
    return BOOKS_ARE_WRONG


if __name__ == "__main__":
    sys.exit(main())
