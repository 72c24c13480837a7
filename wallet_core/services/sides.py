"""How a transfer looks from one of its sides."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Row, ScalarSelect, SQLColumnExpression, bindparam, select
from sqlmodel import Session, col

from wallet_core.banks import bank_name
from wallet_core.errors import AccountMissing
from wallet_core.models import Account, AccountKind, Transfer, TransferKind
from wallet_core.views import ActivityKind, Direction

#: Money that only changes places within the wallet of one person: it came from nobody and went to nobody.
OWN_KINDS: Final = (TransferKind.HOLD, TransferKind.RELEASE)

#: A row of a query with many columns, which are read by name.
AnyRow = Row[*tuple[Any, ...]]


def check_accounts(session: Session, person_id: UUID) -> None:
    """Raises: AccountMissing, where the person has no account that a history could be of."""
    if session.connection().execute(_ACCOUNT, {"person_id": person_id}).scalar() is None:
        raise AccountMissing(f"person {person_id} has no available account")


def available_account(person_id: UUID | BindParameter[UUID]) -> ScalarSelect[int | None]:
    """The number of the account that a person's history is of, looked up inside the query that needs it.

    As a plain number it would tempt the planner: for one who makes a quarter of all payments it walks through
    everybody's, newest first, which is quick until that one has been quiet for a while. So every account is planned
    like any other.
    """
    mine = col(Account.person_id) == person_id, col(Account.kind) == AccountKind.AVAILABLE
    return select(col(Account.id)).where(*mine).scalar_subquery()


#: Whose history it is, in a statement that is built once and asked for everybody: building one takes longer than its
#: answer does.
PERSON: Final[BindParameter[UUID]] = bindparam("person_id")

_ACCOUNT: Final = select(available_account(PERSON))


def activity_kind(kind: str, direction: Direction) -> ActivityKind:
    """How a transfer looks from one of its sides."""
    if kind == TransferKind.PAYMENT:
        return ActivityKind.RECEIVED if direction == Direction.IN else ActivityKind.SENT
    return ActivityKind(kind)


def counterparty_name(account_kind: str, person_name: str | None, bank_code: str | None) -> str:
    """Who stands on the other side of a transfer; "" for locked money and suspense, which are nobody."""
    if account_kind == AccountKind.LOCKED:
        return ""
    if bank_code is not None:
        return bank_name(bank_code)
    return person_name or ""


def side(direction: Direction) -> tuple[SQLColumnExpression[Any], SQLColumnExpression[Any], SQLColumnExpression[Any]]:
    """Of a transfer seen from one side: the own account, the other one, and the own balance after it."""
    if direction == Direction.IN:
        return col(Transfer.credit_account_id), col(Transfer.debit_account_id), col(Transfer.credit_balance_after_paise)
    return col(Transfer.debit_account_id), col(Transfer.credit_account_id), col(Transfer.debit_balance_after_paise)
