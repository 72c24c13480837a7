"""A place where money is: a person's available or locked money, a bank's settlement account, suspense."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT, identity


class AccountKind(StrEnum):
    AVAILABLE = "available"
    LOCKED = "locked"
    BANK = "bank"
    SUSPENSE = "suspense"


class Account(SQLModel, table=True):
    """A person's account stores its balance. A bank's and suspense do not (theirs is the sum of their rows, and may be
    below zero): every on-ramp touches them, and a stored balance would make one row hot.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("person_id", "kind"),
        UniqueConstraint("bank_code"),
        Index("uq_account_suspense", "kind", unique=True, postgresql_where=text("kind = 'suspense'")),
        CheckConstraint("kind IN ('available', 'locked', 'bank', 'suspense')", name="kind"),
        CheckConstraint("balance_paise >= 0", name="balance_not_negative"),
        CheckConstraint(
            "(kind IN ('available', 'locked')) = (balance_paise IS NOT NULL)", name="balance_of_people_only"
        ),
        CheckConstraint("(kind IN ('available', 'locked')) = (person_id IS NOT NULL)", name="person_of_people_only"),
        CheckConstraint("(kind = 'bank') = (bank_code IS NOT NULL)", name="bank_code_of_banks_only"),
        # Free room in each page: an update of the balance then stays in its page and touches no index.
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    kind: AccountKind = Field(sa_type=TEXT)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    bank_code: str | None = Field(default=None, sa_type=TEXT)
    balance_paise: int | None = Field(default=None, sa_type=BIGINT)
    # Its books disagree: until an operator has looked, it takes money and gives none.
    debits_frozen_at: datetime | None = Field(default=None, sa_type=MOMENT)
