"""Whether the database is there and in the form that this code was written for."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import text

from wallet_core import db

VERSIONS: Final = Path(__file__).resolve().parents[2] / "alembic" / "versions"

_NAME: Final = re.compile(r"(\d{4})_\w+\.py")

#: The number of the newest migration that has run; the table is Alembic's own.
REVISION: Final = "SELECT version_num FROM alembic_version"


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
