"""A token bucket for each subject of each limit."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Numeric
from sqlmodel import Field, SQLModel

from wallet_core.models.base import MOMENT, TEXT


class RateLimitBucket(SQLModel, table=True):
    """``tokens`` is what was left at ``updated_at``; what has flowed in since is worked out when the next is taken."""

    __tablename__ = "rate_limit_bucket"

    bucket: str = Field(primary_key=True, sa_type=TEXT)
    subject: str = Field(primary_key=True, sa_type=TEXT)
    tokens: Decimal = Field(sa_type=Numeric(12, 6))
    updated_at: datetime = Field(sa_type=MOMENT, index=True)  # old buckets are full again and may go
