"""Running sums for each bank, kept by the auditor: what it says it sent, and what we credited."""

from sqlmodel import Field, SQLModel

from wallet_core.models.base import BIGINT, TEXT


class BankBook(SQLModel, table=True):
    """The page of operators reads these few rows and not millions."""

    __tablename__ = "bank_book"

    bank_code: str = Field(primary_key=True, sa_type=TEXT)
    stated_count: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})
    stated_paise: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})
    credited_count: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})
    credited_paise: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})
    returned_paise: int = Field(sa_type=BIGINT, sa_column_kwargs={"server_default": "0"})  # by corrections
