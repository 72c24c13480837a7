"""The memory of commands to pay, so that asking twice is asking once."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, DIGEST, TEXT


class PaymentCommand(SQLModel, table=True):
    """A key that has moved money. Kept for ever; a refused command leaves no row, so its key may be used again."""

    __tablename__ = "payment_command"
    __table_args__ = (
        UniqueConstraint("transfer_id"),
        CheckConstraint("octet_length(inputs_sha256) = 32", name="inputs_sha256"),
    )

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(primary_key=True, sa_type=TEXT)
    inputs_sha256: bytes = Field(sa_type=DIGEST, repr=False)
    transfer_id: int = Field(foreign_key="transfer.id", sa_type=BIGINT)
