"""Something that the auditor found wrong in the books, until an operator has seen to it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT, identity
from wallet_core.views import DriftKind


class Drift(SQLModel, table=True):
    """``subject`` is an account's number or a reference. One row for each while it is open."""

    __tablename__ = "drift"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('balance', 'not-at-bank', 'wrong-at-bank', 'unknown-order', 'not-credited')", name="kind"
        ),
        Index("uq_drift_open", "kind", "subject", unique=True, postgresql_where=text("cleared_at IS NULL")),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    kind: DriftKind = Field(sa_type=TEXT)
    subject: str = Field(sa_type=TEXT)
    account_id: int | None = Field(default=None, foreign_key="account.id", sa_type=BIGINT)  # whose debits it froze
    ours_paise: int = Field(sa_type=BIGINT)  # what is stored, or what we credited
    theirs_paise: int = Field(sa_type=BIGINT)  # what the rows make, or what the bank says
    found_at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    cleared_at: datetime | None = Field(default=None, sa_type=MOMENT)
