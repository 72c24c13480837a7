"""How far the auditor has summed an account's rows: the next look sums only what came after."""

from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT


class AccountCheckpoint(SQLModel, table=True):
    """The rows of this account up to ``upto_transfer_id`` make ``sum_paise``. Numbers grow in the order of an account's
    commits, for they are given while its lock is held. What is here is only a short cut: the full pass ignores it.
    """

    __tablename__ = "account_checkpoint"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)

    account_id: int = Field(primary_key=True, foreign_key="account.id", sa_type=BIGINT)
    sum_paise: int = Field(sa_type=BIGINT)
    upto_transfer_id: int = Field(sa_type=BIGINT)
