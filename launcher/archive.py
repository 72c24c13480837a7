"""What backup and restore share: which database, PostgreSQL's own programs, checksums, and the key.

A backup is what ``pg_dump`` writes in its custom format, encrypted as age does (https://age-encryption.org) where a key
is given: both can be read without this program.
"""

import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import psycopg
import pyrage
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from launcher.database import OLDEST_VERSION
from launcher.errors import CannotGoOn
from launcher.supervisor import one_launcher
from wallet_core import db
from wallet_core.config import Settings
from wallet_core.embedded_postgres import EmbeddedPostgres, programs_folder
from wallet_core.errors import SettingsError

#: The public half, "age1...": whoever makes backups cannot read them. Without it they are not encrypted.
KEY_VARIABLE: Final = "WALLET_BACKUP_KEY"

#: A file with the secret half, "AGE-SECRET-KEY-1...", as age-keygen writes it.
IDENTITY_VARIABLE: Final = "WALLET_BACKUP_IDENTITY"
IDENTITY_PREFIX: Final = "AGE-SECRET-KEY-"

ENCRYPTED: Final = ".age"
CHECKSUM: Final = ".sha256"

#: A forced restore moves what was there into a schema that begins with this: it is no part of the wallet any more.
ASIDE_PREFIX: Final = "before_restore_"

CONNECT_S: Final = 10

#: Of what a program of PostgreSQL said, this much is shown when it fails.
LINES_SHOWN: Final = 6

_PIECE_BYTES: Final = 1024 * 1024


@contextmanager
def reachable_database(settings: Settings) -> Iterator[str]:
    """The URL of the wallet's database. The embedded one is started meanwhile if nobody has.

    Raises: CannotGoOn, SettingsError.
    """
    if settings.database_url:
        url = db.libpq_url(settings.direct_database_url or settings.database_url)
        _check(url)
        yield url
        return
    server = EmbeddedPostgres(settings.data_dir / "postgres")
    if server.is_running():
        yield server.url()
        return
    with one_launcher(settings.data_dir), server:
        yield server.url()


def _check(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_S) as connection:
            if connection.info.server_version < OLDEST_VERSION:
                raise CannotGoOn("PostgreSQL is too old: the wallet needs 14 or newer.")
    except psycopg.Error:
        # Not the driver's words: they may repeat what stands in the URL.
        raise CannotGoOn("The database cannot be reached: start it, or correct DATABASE_URL.") from None


def start_program(
    name: str, url: str | None, *arguments: str, stdin: int | IO[bytes], stdout: int | IO[bytes], stderr: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """One of PostgreSQL's programs, on this database if there is one. The password goes by the environment: a list of
    processes shows every argument.

    Raises: CannotGoOn where the program is not installed.
    """
    parts = conninfo_to_dict(url or "")
    password = parts.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    database = [f"--dbname={make_conninfo('', **parts)}"] if url else []
    command = [_program(name), *database, *arguments]
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment)


def _program(name: str) -> str:
    """The wheel's, which read every version up to their own; else those of the system."""
    try:
        found: str | None = str(programs_folder() / name)
    except SettingsError:
        found = shutil.which(name)
    if found is None:
        raise CannotGoOn(f"{name} is missing: install requirements.txt, or PostgreSQL's client programs.")
    return found


def last_words(output: IO[bytes]) -> str:
    """Of a program that failed, without anything that only repeats the command."""
    output.seek(0)
    return " / ".join(output.read().decode(errors="replace").strip().splitlines()[-LINES_SHOWN:])


class HashingWriter(io.RawIOBase):
    """Passes on what it is given, and knows its SHA-256."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._digest.update(data)
        return self._target.write(data)

    def sha256(self) -> str:
        return self._digest.hexdigest()


def checksum_file(backup: Path) -> Path:
    """Beside the backup, in the form that ``sha256sum --check`` reads."""
    return backup.with_name(backup.name + CHECKSUM)


def check_checksum(backup: Path) -> None:
    """Raises: CannotGoOn where the backup is not what it was when it was made."""
    try:
        expected = checksum_file(backup).read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise CannotGoOn(f"{checksum_file(backup)} is missing or empty: keep it beside its backup.") from None
    with backup.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise CannotGoOn(f"{backup} is damaged: its checksum is another one. Take another backup.")


def read_key() -> "pyrage.x25519.Recipient | None":
    """Raises: CannotGoOn with a sentence that does not repeat the key: it may be the secret half, by mistake."""
    text = os.environ.get(KEY_VARIABLE, "").strip()
    if not text:
        return None
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise CannotGoOn(f"{KEY_VARIABLE} is no public key of age: it begins with age1.") from None


def read_identity() -> "pyrage.x25519.Identity":
    """Raises: CannotGoOn."""
    name = os.environ.get(IDENTITY_VARIABLE, "").strip()
    if not name:
        raise CannotGoOn(f"This backup is encrypted: name the file with its secret key in {IDENTITY_VARIABLE}.")
    try:
        lines = Path(name).expanduser().read_text(encoding="ascii").splitlines()
        (key,) = (line.strip() for line in lines if line.startswith(IDENTITY_PREFIX))
        return pyrage.x25519.Identity.from_str(key)
    except (OSError, ValueError, pyrage.IdentityError):
        raise CannotGoOn(
            f"The file in {IDENTITY_VARIABLE} holds no secret key of age ({IDENTITY_PREFIX}...)."
        ) from None


def copy_all(source: IO[bytes], target: IO[bytes] | HashingWriter) -> None:
    """Piece by piece: a database is larger than the memory."""
    shutil.copyfileobj(source, target, _PIECE_BYTES)
