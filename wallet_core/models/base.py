"""What all tables share: the types of columns and the way constraints are named."""

from typing import Final

from sqlalchemy import BigInteger, DateTime, Identity, LargeBinary, MetaData, Text
from sqlmodel import SQLModel

from wallet_core.money import MAX_MOVEMENT_PAISE

METADATA: Final[MetaData] = SQLModel.metadata

#: Every constraint and index has a name that says its table, so that an error message and a migration can name it.
METADATA.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

#: A moment in UTC. Without the zone PostgreSQL would keep whatever clock the client happened to have.
MOMENT: Final = DateTime(timezone=True)

#: Paise and row numbers: 64 bits, for 32 bits of paise end at two crore rupees.
BIGINT: Final = BigInteger()

TEXT: Final = Text()

#: A SHA-256 digest.
DIGEST: Final = LargeBinary()

#: The limit of one movement, for CHECK constraints: the database holds it too, whatever the code above forgets.
MOVEMENT_LIMIT_SQL: Final = f"amount_paise BETWEEN 1 AND {MAX_MOVEMENT_PAISE}"


def identity() -> Identity:
    """A number that the database gives and nobody may choose. CACHE 1: the order of numbers is the order of rows."""
    return Identity(always=True, cache=1)
