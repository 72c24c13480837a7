"""A correcting transfer that one operator proposes and another confirms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT, identity
from wallet_core.views import ProposalStatus


class CorrectionProposal(SQLModel, table=True):
    """It moves nothing. ``reference`` is the correcting transfer's, chosen here: confirming twice posts once."""

    __tablename__ = "correction_proposal"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("status IN ('open', 'confirmed', 'withdrawn', 'expired')", name="status"),
        CheckConstraint("status <> 'confirmed' OR ender_id <> proposer_id", name="four_eyes"),
        CheckConstraint("(status IN ('confirmed', 'withdrawn')) = (ender_id IS NOT NULL)", name="ender_when_ended"),
        CheckConstraint("expires_at > created_at", name="expires_after_created"),
        # One at a time for each transfer.
        Index("uq_correction_proposal_open", "transfer_id", unique=True, postgresql_where=text("status = 'open'")),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    reference: str = Field(sa_type=TEXT)
    transfer_id: int = Field(foreign_key="transfer.id", sa_type=BIGINT)  # the one that it mends
    proposer_id: UUID = Field(foreign_key="person.id")
    reason: str = Field(sa_type=TEXT)
    status: ProposalStatus = Field(
        default=ProposalStatus.OPEN, sa_type=TEXT, sa_column_kwargs={"server_default": "open"}
    )
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    ender_id: UUID | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
