"""A signed message of the bank that disagrees with our books. It moved no money; an operator looks at it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT, identity


class DisputedMessage(SQLModel, table=True):
    """The bank repeats what was not answered 2xx: the same message with the same reason is kept once."""

    __tablename__ = "disputed_message"
    __table_args__ = (UniqueConstraint("message_id", "reason"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT, sa_column_args=[identity()])
    message_id: str = Field(sa_type=TEXT)
    received_at: datetime | None = Field(
        default=None, sa_type=MOMENT, nullable=False, sa_column_kwargs={"server_default": text("now()")}
    )
    reason: str = Field(sa_type=TEXT)  # unknown-reference, wrong-amount, wrong-payment, account-missing, unsettleable
    reference: str = Field(sa_type=TEXT)  # as the message said, whether ours or not
    body: str = Field(sa_type=TEXT)
