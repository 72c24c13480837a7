"""Which orders to look at where money that did not move is asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import MOMENT, TEXT


class OnrampUnmoved(SQLModel, table=True):
    """An order that has moved no money. The database keeps this table, whoever writes an order: triggers
    (``alembic/sql``), and ``wallet_credit_orders``, which takes an order away as it is credited.

    A table instead of partial indexes over an order's status: with those a credit wrote its order into every index
    anew, a sixth of what it cost PostgreSQL (docs/decisions/0015).
    """

    __tablename__ = "onramp_unmoved"
    __table_args__ = (
        # Waiting for the bank's word: the sweep, and figures of what waits for long.
        Index("ix_onramp_unmoved_waiting", "created_at", "reference", postgresql_where=text("ended_at IS NULL")),
        # The part of a history that moved no money.
        Index("ix_onramp_unmoved_person", "person_id", text("created_at DESC"), text("reference DESC")),
        # Those that failed, in the order in which they did: notifications.
        Index(
            "ix_onramp_unmoved_ended",
            "person_id",
            text("ended_at DESC"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
    )

    # No foreign key: it would look at every order that is credited.
    reference: str = Field(primary_key=True, sa_type=TEXT)
    person_id: UUID
    created_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)  # as the order's settled_at; null: it waits
