"""What an operator, a terminal or the auditor did: who, when, what, on whom, why, from where. Written once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT, identity
from wallet_core.views import AuditAction, AuditActor


class AuditEntry(SQLModel, table=True):
    """Never changed and never removed: a trigger refuses. Looking somebody up is an entry, too."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("actor IN ('operator', 'terminal', 'auditor')", name="actor"),
        CheckConstraint("(actor = 'operator') = (operator_id IS NOT NULL)", name="operator_is_named"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    actor: AuditActor = Field(sa_type=TEXT)
    operator_id: UUID | None = Field(default=None, foreign_key="person.id")
    action: AuditAction = Field(sa_type=TEXT)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")  # on whom
    account_id: int | None = Field(default=None, foreign_key="account.id", sa_type=BIGINT)
    reference: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})  # of what, or the words
    reason: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    address: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})
