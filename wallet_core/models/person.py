"""Somebody who can sign in and own money."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import MOMENT, TEXT


class Person(SQLModel, table=True):
    """One phone (E.164), one person. A blocked person neither signs in nor pays nor is paid by people."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("phone"),
        # The directory pages through people by name, and finds them by the beginning of a word of the name.
        Index("ix_person_name_id", text("lower(name)"), "id"),
        Index("ix_person_name_words", text("to_tsvector('simple'::regconfig, name)"), postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(sa_type=TEXT)
    phone: str = Field(sa_type=TEXT)
    password_hash: str = Field(sa_type=TEXT, repr=False)
    created_at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )
    # What is older has been looked at: the list of notifications is worked out from what happened, and keeps no rows.
    notifications_seen_until: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )
    blocked_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # Signs in and sees, but neither pays nor asks nor adds money.
    frozen_at: datetime | None = Field(default=None, sa_type=MOMENT)
    operator_since: datetime | None = Field(default=None, sa_type=MOMENT)
