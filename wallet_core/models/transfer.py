"""A movement of money. Written once, never changed, never removed: a trigger refuses."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, MOVEMENT_LIMIT_SQL, TEXT, identity


class TransferKind(StrEnum):
    ONRAMP = "onramp"
    PAYMENT = "payment"
    HOLD = "hold"
    RELEASE = "release"
    CORRECTION = "correction"


class Transfer(SQLModel, table=True):
    """Double entry in one row, which so cannot be out of balance: ``amount_paise`` leaves the debit account and arrives
    at the credit account. The balances after it are kept on the sides that have one.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("kind IN ('onramp', 'payment', 'hold', 'release', 'correction')", name="kind"),
        CheckConstraint(MOVEMENT_LIMIT_SQL, name="amount_within_limits"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        CheckConstraint("debit_balance_after_paise >= 0", name="debit_balance_not_negative"),
        CheckConstraint("credit_balance_after_paise >= 0", name="credit_balance_not_negative"),
        CheckConstraint("(kind = 'correction') = (corrects_transfer_id IS NOT NULL)", name="correction_names_another"),
        Index("ix_transfer_debit_account_id_id", "debit_account_id", text("id DESC")),
        Index("ix_transfer_credit_account_id_id", "credit_account_id", text("id DESC")),
        # A mistake is mended once.
        Index(
            "uq_transfer_corrects_transfer_id",
            "corrects_transfer_id",
            unique=True,
            postgresql_where=text("corrects_transfer_id IS NOT NULL"),
        ),
        # The last payment between two people, for each card of the directory.
        Index(
            "ix_transfer_pair",
            "debit_account_id",
            "credit_account_id",
            text("id DESC"),
            postgresql_where=text("kind = 'payment'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    reference: str = Field(sa_type=TEXT)
    kind: TransferKind = Field(sa_type=TEXT)
    # Triggers in place of foreign keys: docs/decisions/0014.
    debit_account_id: int = Field(sa_type=BIGINT)
    credit_account_id: int = Field(sa_type=BIGINT)
    amount_paise: int = Field(sa_type=BIGINT)
    debit_balance_after_paise: int | None = Field(default=None, sa_type=BIGINT)
    credit_balance_after_paise: int | None = Field(default=None, sa_type=BIGINT)
    note: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    created_at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    corrects_transfer_id: int | None = Field(default=None, foreign_key="transfer.id", sa_type=BIGINT)
