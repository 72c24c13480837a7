"""A signed-in browser."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import DIGEST, MOMENT, TEXT


class StoredSession(SQLModel, table=True):
    """Table ``session``. Only the SHA-256 of the token is here: who reads the table still cannot sign in."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("token_sha256"),
        CheckConstraint("octet_length(token_sha256) = 32", name="token_sha256"),
        Index("ix_session_person_id", "person_id", postgresql_where=text("revoked_at IS NULL")),
        # Sign-ins among the notifications, those that have ended included.
        Index("ix_session_person_id_created_at", "person_id", text("created_at DESC")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_sha256: bytes = Field(sa_type=DIGEST, repr=False)
    person_id: UUID = Field(foreign_key="person.id")
    created_at: datetime = Field(sa_type=MOMENT)
    last_seen_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # Both set while the operator has given the password a second time: since when, and until when at most.
    operator_raised_at: datetime | None = Field(default=None, sa_type=MOMENT)
    operator_until: datetime | None = Field(default=None, sa_type=MOMENT)
    user_agent: str = Field(default="", sa_type=TEXT)
    address: str = Field(default="", sa_type=TEXT)
