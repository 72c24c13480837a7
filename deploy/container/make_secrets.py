"""``wallet secrets``: makes what compose.yaml needs and nobody should have to invent, once, into volumes.

The database's passwords, of who owns the tables and of who serves, as they are and as a file that clients of PostgreSQL
read by themselves (PGPASSFILE). That of Redis, as it is for apps (deploy/container/wallet), and as Redis's settings. In
development the secret that the demo bank signs with, too; in production that is the bank's and is never made up.
"""

import os
import secrets
import sys
from pathlib import Path
from typing import Final

from wallet_core.config import read_or_make_secret
from wallet_core.errors import SettingsError

OWNER_FOLDER: Final = Path("/run/wallet/database")
SERVING_FOLDER: Final = Path("/run/wallet/serving")
REDIS_FOLDER: Final = Path("/run/wallet/redis")
DEMO_FOLDER: Final = Path("/run/wallet/bank")

PASSWORD_BYTES: Final = 32

#: The file beside a password for a program that reads it by itself, and its line.
FOR_POSTGRES: Final = ("pgpass", "*:*:*:*:{}\n")
FOR_REDIS: Final = ("redis.conf", "requirepass {}\n")


def main() -> int:
    """Answers the exit status."""
    try:
        make_password(OWNER_FOLDER, FOR_POSTGRES)
        make_password(SERVING_FOLDER, FOR_POSTGRES)
        make_password(REDIS_FOLDER, FOR_REDIS)
        if os.environ.get("WALLET_ENV") != "production":
            read_or_make_secret(DEMO_FOLDER)
    except (OSError, SettingsError) as error:
        sys.stderr.write(f"The secrets cannot be made: {error}\n")
        return 1
    return 0


def make_password(folder: Path, beside: tuple[str, str]) -> None:
    """One that is there stays. The file that everything else waits for comes last."""
    name, line = beside
    password_file, second_file = folder / "password", folder / name
    if second_file.exists():
        return
    password = password_file.read_text() if password_file.exists() else secrets.token_urlsafe(PASSWORD_BYTES)
    write_whole(password_file, password)
    write_whole(second_file, line.format(password))


def write_whole(path: Path, text: str) -> None:
    """Complete or absent, and nobody else's to read: PostgreSQL's clients refuse a file that others can read."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
