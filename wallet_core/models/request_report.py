"""A request for money that the asked person found wrong. An operator looks at it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT
from wallet_core.views import ReportReason


class RequestReport(SQLModel, table=True):
    """One for each request at most, by the one who was asked: so there are never more of them than requests."""

    __tablename__ = "request_report"
    __table_args__ = (CheckConstraint("reason IN ('stranger', 'fraud', 'harassment', 'other')", name="reason"),)

    request_id: int = Field(primary_key=True, foreign_key="payment_request.id", sa_type=BIGINT)
    reporter_id: UUID = Field(foreign_key="person.id")
    reason: ReportReason = Field(sa_type=TEXT)
    created_at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )
