"""Accounts that are held still while somebody looks at them. Nothing is written here: that is the ledger's."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import Session, col

from wallet_core import db
from wallet_core.models import Account


@dataclass(frozen=True, slots=True)
class LockedBook:
    """An account while its lock is held: what is stored, what its rows make, and whether its debits are frozen."""

    person_id: UUID | None
    stored_paise: int
    rows_paise: int
    is_frozen: bool


_LOCK_BOOK: Final = text("""
    SELECT person_id, balance_paise, debits_frozen_at IS NOT NULL FROM account
    WHERE id = :account_id AND balance_paise IS NOT NULL FOR NO KEY UPDATE
""")

#: Two sums by index of an account's rows above a number, and the newest of them.
_SUM_ROWS: Final = text("""
    SELECT CAST(coalesce(sum(paise), 0) AS bigint), coalesce(max(id), :above)
    FROM (
        SELECT sum(amount_paise) AS paise, max(id) AS id FROM transfer
        WHERE credit_account_id = :account_id AND id > :above
        UNION ALL
        SELECT -sum(amount_paise), max(id) FROM transfer WHERE debit_account_id = :account_id AND id > :above
    ) sides
""")

#: Tens of millions of rows are summed in minutes, while nobody waits; then the usual limit holds again.
_SUM_TIMEOUT_MS: Final = 5 * 60 * 1000
_LIMIT_STATEMENT: Final = text("SELECT set_config('statement_timeout', :limit_ms, true)")


def lock_book(session: Session, account_id: int) -> LockedBook | None:
    """Holds up all movements of a person's account, and works out what its rows make; None where there is none.

    All but the newest rows are summed before the lock: rows never change, and an account's ids are in the order in
    which its rows are committed, for they are drawn under this very lock.
    """
    connection = session.connection()
    connection.execute(_LIMIT_STATEMENT, {"limit_ms": str(_SUM_TIMEOUT_MS)})
    old_paise, newest_id = connection.execute(_SUM_ROWS, {"account_id": account_id, "above": 0}).one()
    connection.execute(_LIMIT_STATEMENT, {"limit_ms": str(db.STATEMENT_TIMEOUT_MS)})
    found = connection.execute(_LOCK_BOOK, {"account_id": account_id}).first()
    if found is None:
        return None
    # A new statement, hence a new snapshot: it sees what the holders of that lock had written.
    new_paise, _ = connection.execute(_SUM_ROWS, {"account_id": account_id, "above": newest_id}).one()
    return LockedBook(found[0], found[1], old_paise + new_paise, found[2])


def lock_accounts_of(session: Session, person_id: UUID) -> None:
    """Waits for the person's payments that are under way, and holds up the next ones, until the caller commits."""
    accounts = select(col(Account.id)).where(col(Account.person_id) == person_id).order_by(col(Account.id))
    session.connection().execute(accounts.with_for_update(key_share=True)).all()
