"""``python -m launcher.backup``: writes the whole database into a file, with its checksum. ``make backup`` calls it.

As of one moment, while the wallet goes on. What is not in it: sessions and counters of attempts, so that nobody is
signed in after a restore who had signed out before it. ``--make-key FILE`` makes a key for encrypted backups instead.

Exit status: 0 written, 1 with a sentence where it could not be.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import pyrage

from launcher.archive import (
    ASIDE_PREFIX,
    ENCRYPTED,
    KEY_VARIABLE,
    HashingWriter,
    checksum_file,
    copy_all,
    last_words,
    reachable_database,
    read_key,
    start_program,
)
from launcher.errors import CannotGoOn
from wallet_core.config import Settings, get_settings
from wallet_core.errors import SettingsError

#: Where backups go; without it, the folder of this name in the data directory. Copy them off the machine.
FOLDER_VARIABLE: Final = "WALLET_BACKUP_DIR"
FOLDER: Final = "backups"

#: Tables of which only the form is kept.
WITHOUT_ROWS: Final = ("session", "rate_limit_bucket")

_MEBIBYTE: Final = 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m launcher.backup", description="Writes the database into a file.")
    parser.add_argument("--make-key", type=Path, metavar="FILE", help="make a key instead, its secret half in FILE")
    options = parser.parse_args(arguments)
    try:
        if options.make_key:
            make_key(options.make_key)
        else:
            started = time.monotonic()
            written = back_up(get_settings())
            size = written.stat().st_size / _MEBIBYTE
            print(f"{written} is written: {size:.1f} MiB in {time.monotonic() - started:.1f} s.")
            if written.suffix != ENCRYPTED:
                print(f"It is not encrypted, and holds people's names and phones: {KEY_VARIABLE} would encrypt it.")
    except (CannotGoOn, SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def make_key(path: Path) -> None:
    """Writes the secret half into a new file, and prints the public half.

    Raises: CannotGoOn where the file is there.
    """
    identity = pyrage.x25519.Identity.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotGoOn(f"{path} is there already: a key that is lost takes its backups with it.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    print(f"{KEY_VARIABLE}={identity.to_public()}\nKeep {path} away from this machine: only a restore needs it.")


def back_up(settings: Settings) -> Path:
    """Writes the backup and its checksum, both complete or not there. Answers the backup.

    Raises: CannotGoOn, SettingsError, OSError.
    """
    key = read_key()
    folder = Path(os.environ.get(FOLDER_VARIABLE) or settings.data_dir / FOLDER).expanduser()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"wallet-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.dump{ENCRYPTED if key else ''}"
    draft = folder / f".{name}.draft"
    try:
        with reachable_database(settings) as url:
            checksum = _write(url, draft, key)
        written = folder / name
        # The checksum first: a backup without one would be refused, and nobody would know why.
        checksum_file(written).write_text(f"{checksum}  {name}\n", encoding="ascii")
        draft.rename(written)
        return written
    finally:
        draft.unlink(missing_ok=True)


def _write(url: str, path: Path, key: "pyrage.x25519.Recipient | None") -> str:
    """Answers the checksum of what is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tempfile.TemporaryFile() as said:
        writer = HashingWriter(file)
        left_out = [f"--exclude-table-data=public.{table}" for table in WITHOUT_ROWS]
        left_out.append(f"--exclude-schema={ASIDE_PREFIX}*")
        dump = start_program(
            *("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", *left_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        with dump:
            _pass_on(dump.stdout, writer, key)
        if dump.returncode != 0:
            raise CannotGoOn(f"pg_dump failed. It said: {last_words(said)}")
        file.flush()
        os.fsync(file.fileno())
        return writer.sha256()


def _pass_on(source: IO[bytes] | None, writer: HashingWriter, key: "pyrage.x25519.Recipient | None") -> None:
    assert source is not None  # noqa: S101 - it was asked for
    if key is None:
        copy_all(source, writer)
    else:
        pyrage.encrypt_io(source, writer, [key])


if __name__ == "__main__":
    sys.exit(main())
