"""Whether the database is there and in the form that this code was written for, and what else is missing to serve:
asked in a way that a flood of questions cannot turn against the database.
"""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any, Final

from prometheus_client import Gauge
from sqlalchemy import text

from wallet_core import db, metrics
from wallet_core.leaving import LEAVING, Leaving

#: The door is open to everybody: however often it is asked, the database is asked once in this time.
REMEMBERED_S: Final = 0.5

#: What may be missing everywhere, besides the process itself, on its way out.
DATABASE: Final = "database"
MIGRATIONS: Final = "migrations"

VERSIONS: Final = Path(__file__).resolve().parents[1] / "alembic" / "versions"

_NAME: Final = re.compile(r"(\d{4})_\w+\.py")

#: The number of the newest migration that has run; the table is Alembic's own.
REVISION: Final = "SELECT version_num FROM alembic_version"


class Readiness:
    """Remembers the last answer for a moment; questions that come meanwhile share one look."""

    def __init__(
        self, look: Callable[[], Coroutine[Any, Any, list[str]]], *, leaving: Leaving, figure: Gauge, within_s: float
    ) -> None:
        """``look`` answers what is missing, in a word each; where it takes longer than ``within_s``, the database is.
        A process that leaves is not ready, though everything works: whoever asks shall send nobody any more.
        """
        self._look: Final = look
        self._leaving: Final = leaving
        self._figure: Final = figure
        self._within_s: Final = within_s
        self._looking: asyncio.Task[list[str]] | None = None
        self._missing = [DATABASE]
        self._known_until_s = 0.0

    async def missing(self) -> list[str]:
        """In a word each; empty where nothing is. Answers within ``within_s``, even if the database hangs."""
        missing = [LEAVING] if self._leaving.is_said else await self._missing_to_serve()
        self._figure.set(not missing)
        metrics.tell(self._figure)
        return missing

    async def _missing_to_serve(self) -> list[str]:
        if time.monotonic() < self._known_until_s:
            return self._missing
        looking = self._looking
        if looking is None or looking.done():
            looking = self._looking = asyncio.create_task(self._look(), name="readiness")
        # Not a timeout around the look: with a database that hangs, even giving a question up can hang.
        done, _ = await asyncio.wait({looking}, timeout=self._within_s)
        self._missing = looking.result() if done else [DATABASE]
        self._known_until_s = time.monotonic() + REMEMBERED_S
        return self._missing

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking}, timeout=self._within_s)


def is_migrated() -> bool:
    """Whether every migration of this code has run. One that is newer has not hurt: a release works beside the next
    one's migrations, and after a rollback it must.

    Raises: DatabaseUnavailable.
    """
    return reaches(db.read(lambda session: session.connection().execute(text(REVISION)).scalar_one_or_none()))


def reaches(revision: str | None) -> bool:
    """Whether a database at this number has all that this code asks for."""
    return revision is not None and revision >= newest_migration()


@cache
def newest_migration() -> str:
    """The number of our newest migration. They are numbered with four digits, so they sort as text."""
    found = (_NAME.fullmatch(path.name) for path in VERSIONS.iterdir())
    return max(name.group(1) for name in found if name)
