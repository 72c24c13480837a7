"""A line of the bank's statement: money that the bank says it has sent us."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, MOMENT, TEXT


class StatementLine(SQLModel, table=True):
    """As the bank says it, right or wrong: what it agrees with is found out afterwards."""

    __tablename__ = "statement_line"
    __table_args__ = (
        Index("ix_statement_line_reference", "reference"),
        Index("ix_statement_line_unmatched", "paid_at", postgresql_where=text("NOT is_matched")),
    )

    payment_id: str = Field(primary_key=True, sa_type=TEXT)
    reference: str = Field(sa_type=TEXT)
    bank_code: str = Field(sa_type=TEXT)
    amount_paise: int = Field(sa_type=BIGINT)
    paid_at: datetime = Field(sa_type=MOMENT)
    is_matched: bool = Field(sa_column_kwargs={"server_default": text("false")})
