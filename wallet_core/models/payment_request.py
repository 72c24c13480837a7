"""Somebody asks somebody for money. The request moves nothing; paying it is a payment like any other."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, DIGEST, MOMENT, MOVEMENT_LIMIT_SQL, TEXT, identity
from wallet_core.views import RequestStatus


class PaymentRequest(SQLModel, table=True):
    """``ended_at`` is when it stopped being open, whichever way. A request is paid by one transfer, once for ever.

    An open request whose time is over counts as expired, whether or not the sweep has written that yet.
    """

    __tablename__ = "payment_request"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("requester_id", "key"),
        UniqueConstraint("transfer_id"),
        CheckConstraint("status IN ('open', 'paid', 'declined', 'expired', 'cancelled')", name="status"),
        CheckConstraint(MOVEMENT_LIMIT_SQL, name="amount_within_limits"),
        CheckConstraint("requester_id <> payer_id", name="two_people"),
        CheckConstraint("expires_at > created_at", name="expires_after_created"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_at_when_ended"),
        CheckConstraint("(status = 'paid') = (transfer_id IS NOT NULL)", name="transfer_when_paid"),
        CheckConstraint("octet_length(inputs_sha256) = 32", name="inputs_sha256"),
        Index("ix_payment_request_payer", "payer_id", text("created_at DESC"), text("id DESC")),
        # The limits of a day are counted on this one, too.
        Index("ix_payment_request_requester", "requester_id", text("created_at DESC"), text("id DESC")),
        Index("ix_payment_request_ended", "requester_id", text("ended_at DESC"), text("id DESC")),
        Index(
            "ix_payment_request_waiting",
            "payer_id",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_payment_request_open", "expires_at", postgresql_where=text("status = 'open'")),
        {"postgresql_with": {"fillfactor": 80}},  # each request is written twice: room for the second
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    reference: str = Field(sa_type=TEXT)
    requester_id: UUID = Field(foreign_key="person.id")
    payer_id: UUID = Field(foreign_key="person.id")
    amount_paise: int = Field(sa_type=BIGINT)
    note: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    status: RequestStatus = Field(default=RequestStatus.OPEN, sa_type=TEXT, sa_column_kwargs={"server_default": "open"})
    key: str = Field(sa_type=TEXT)
    inputs_sha256: bytes = Field(sa_type=DIGEST, repr=False)
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    transfer_id: int | None = Field(default=None, foreign_key="transfer.id", sa_type=BIGINT)
