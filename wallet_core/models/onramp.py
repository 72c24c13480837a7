"""An order to add money from a bank."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, DIGEST, MOMENT, MOVEMENT_LIMIT_SQL, TEXT


class OnrampStatus(StrEnum):
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


class FailureCode(StrEnum):
    """Why an order ended without money."""

    NONE = ""
    DECLINED = "declined"  # the person or the bank said no
    EXPIRED = "expired"  # the bank's page was left open too long
    BANK_REFUSED = "bank-refused"  # the bank would not take the order
    BANK_UNAVAILABLE = "bank-unavailable"  # the bank never got the order


class Onramp(SQLModel, table=True):
    """``settled_at`` is when the order ended, whichever way. A succeeded order's transfer carries its reference. Those
    that moved no money are found by ``onramp_unmoved``.
    """

    __tablename__ = "onramp"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        CheckConstraint("status IN ('processing', 'succeeded', 'failed', 'expired')", name="status"),
        CheckConstraint(MOVEMENT_LIMIT_SQL, name="amount_within_limits"),
        CheckConstraint("(status = 'processing') = (settled_at IS NULL)", name="settled_at_when_ended"),
        CheckConstraint("(status = 'succeeded') = (transfer_id IS NOT NULL)", name="transfer_when_succeeded"),
        CheckConstraint("(status IN ('failed', 'expired')) = (failure_code <> '')", name="failure_code_when_failed"),
        Index("ix_onramp_person_id_created_at", "person_id", text("created_at DESC")),
        # Each order is written twice, and no index names what changes: both versions fit into its page, and a credit
        # touches no index of this table (docs/decisions/0015).
        {"postgresql_with": {"fillfactor": 45}},
    )

    reference: str = Field(primary_key=True, sa_type=TEXT)
    person_id: UUID = Field(foreign_key="person.id")
    bank_code: str = Field(sa_type=TEXT, foreign_key="account.bank_code")
    amount_paise: int = Field(sa_type=BIGINT)
    status: OnrampStatus = Field(
        default=OnrampStatus.PROCESSING, sa_type=TEXT, sa_column_kwargs={"server_default": "processing"}
    )
    failure_code: FailureCode = Field(default=FailureCode.NONE, sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    payment_id: str | None = Field(default=None, sa_type=TEXT)  # the bank's name for it, once we know
    page_url: str | None = Field(default=None, sa_type=TEXT)  # the bank's page, once we know
    key: str = Field(sa_type=TEXT)
    inputs_sha256: bytes = Field(sa_type=DIGEST, repr=False)
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # No foreign key: that transfer carries this reference, and reconciling compares the two.
    transfer_id: int | None = Field(default=None, sa_type=BIGINT)
