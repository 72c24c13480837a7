"""The database under the wallet: one of its own from the wheel, or the one that DATABASE_URL names."""

import asyncio
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from launcher.children import DEATHS_WINDOW_S, MAX_DEATHS
from launcher.errors import CannotGoOn
from launcher.screen import Screen
from wallet_core import db
from wallet_core.embedded_postgres import EmbeddedPostgres
from wallet_core.errors import SettingsError

CONNECT_S: Final = 5
WATCH_EVERY_S: Final = 0.5

#: PostgreSQL 14 is the oldest that the migrations are tried on.
OLDEST_VERSION: Final = 140000


class Database(Protocol):
    """What the launcher does with either kind."""

    url: str

    async def start(self) -> None:
        """Raises: CannotGoOn."""

    async def keep_running(self) -> None:
        """Ends only when cancelled. Raises: CannotGoOn."""

    async def stop(self) -> None:
        """Harmless where nothing was started."""


class OwnDatabase:
    """PostgreSQL from the wheel, in the data directory. It is started again when something kills it."""

    def __init__(self, data_dir: Path, screen: Screen) -> None:
        self._server = EmbeddedPostgres(data_dir / "postgres")
        self._screen = screen
        self.url = self._server.url()

    async def start(self) -> None:
        """Raises: CannotGoOn."""
        starting = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            await asyncio.shield(starting)
        finally:
            # Told to stop meanwhile: a server that is half started could not be stopped.
            await asyncio.wait({starting})

    async def keep_running(self) -> None:
        """Raises: CannotGoOn where it dies too often or does not start again."""
        deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            if self._server.is_running():
                continue
            deaths.append(time.monotonic())
            if len(deaths) == MAX_DEATHS and deaths[-1] - deaths[0] < DEATHS_WINDOW_S:
                raise CannotGoOn(
                    f"PostgreSQL died {MAX_DEATHS} times within a minute. Its words: {self._server.log_file}"
                )
            self._screen.say("PostgreSQL died. It is started again.")
            await self.stop()
            await self.start()
            self._screen.say("PostgreSQL runs again.")

    async def stop(self) -> None:
        """With a clean shutdown."""
        await asyncio.to_thread(self._server.stop)

    def _start(self) -> None:
        try:
            self._server.start()
        except SettingsError as error:
            raise CannotGoOn(str(error)) from None


class GivenDatabase:
    """A PostgreSQL that somebody else runs, and heals."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def start(self) -> None:
        """Raises: CannotGoOn where it cannot be reached or is too old. No sentence repeats the password."""
        await asyncio.to_thread(self._check)

    async def keep_running(self) -> None:
        """Its outages are survived by each process."""
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """It is not ours to stop."""

    def _check(self) -> None:
        url = db.libpq_url(self.url)
        try:
            parts = conninfo_to_dict(url)
        except psycopg.Error:
            raise CannotGoOn(
                "DATABASE_URL cannot be read: write it like postgresql://user:password@host:5432/wallet"
            ) from None
        try:
            with psycopg.connect(url, connect_timeout=CONNECT_S) as connection:
                version = connection.info.server_version
        except psycopg.Error as error:
            place = (
                f"{parts.get('host') or 'the local socket'}, database {parts.get('dbname') or parts.get('user') or '?'}"
            )
            reason = _without_password(_last_line(error), str(parts.get("password") or ""))
            raise CannotGoOn(
                f"The database cannot be reached ({place}): {reason}. Start it, or correct DATABASE_URL."
            ) from None
        if version < OLDEST_VERSION:
            raise CannotGoOn(f"PostgreSQL {version // 10000} is too old: the wallet needs 14 or newer.")


def _last_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")


def _without_password(text: str, password: str) -> str:
    for form in {password, quote(password), quote(password, safe="")} - {""}:
        text = text.replace(form, "***")
    return text


def has_people(url: str) -> bool:
    """Whether anybody has signed up, or was seeded, in a migrated database."""
    with suppress(psycopg.Error), psycopg.connect(db.libpq_url(url), connect_timeout=CONNECT_S) as connection:
        return connection.execute("SELECT 1 FROM person LIMIT 1").fetchone() is not None
    return True
