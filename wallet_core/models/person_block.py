"""Who is not let ask whom. Not an operator's block, which stands on the person: this is between two people."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import MOMENT


class PersonBlock(SQLModel, table=True):
    """Neither of the two asks the other for money while it stands. Payments are no part of it."""

    __tablename__ = "person_block"
    __table_args__ = (CheckConstraint("blocker_id <> blocked_id", name="two_people"),)

    blocker_id: UUID = Field(primary_key=True, foreign_key="person.id")
    blocked_id: UUID = Field(primary_key=True, foreign_key="person.id")
    created_at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )
