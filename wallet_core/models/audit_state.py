"""How far the auditor has come, and when it was there last: one row."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT


class AuditState(SQLModel, table=True):
    """``open_drifts`` and the moments are what alerts are made of: reading them is reading one row."""

    __tablename__ = "audit_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True, sa_type=BIGINT, sa_column_kwargs={"autoincrement": False})
    round_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when the last round ended
    round_ms: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})
    accounts: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})  # looked at in the last round
    open_drifts: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})
    full_account_id: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})  # how far this full pass is
    full_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when the last full pass ended
    walked_transfer_id: int = Field(
        sa_type=BIGINT, sa_column_kwargs={"server_default": "0"}
    )  # compared with the banks'
    statement_cursor: str = Field(sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    statement_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when the bank gave one last
