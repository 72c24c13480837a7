"""The proof that money is neither made nor lost: every stored figure worked out again from the rows."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import Session

from wallet_core import db
from wallet_core.views import AccountDifference, Reconciliation

#: Every row is read, some seconds for each million. Money goes on moving meanwhile: a snapshot locks nobody out.
STATEMENT_TIMEOUT_MS: Final = 30 * 60 * 1000

#: Of each kind of finding; somebody who sees a thousand needs no more of them.
MAX_FINDINGS: Final = 1000

_COUNTS: Final = text("""
    SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM account), (SELECT count(*) FROM transfer),
           (SELECT count(*) FROM onramp), (SELECT count(*) FROM disputed_message)
""")

#: The last row is the sum over all books; banks and suspense have no stored balance, theirs is the sum of their rows.
_BOOKS: Final = text("""
    WITH posting AS (
        SELECT debit_account_id AS account_id, -sum(amount_paise) AS sum_paise FROM transfer GROUP BY 1
        UNION ALL
        SELECT credit_account_id, sum(amount_paise) FROM transfer GROUP BY 1
    ),
    book AS MATERIALIZED (
        SELECT a.id, a.person_id, a.balance_paise AS stored_paise, coalesce(sum(p.sum_paise), 0) AS rows_paise
        FROM account a LEFT JOIN posting p ON p.account_id = a.id
        GROUP BY a.id
    )
    (SELECT id, person_id, stored_paise, CAST(rows_paise AS bigint) FROM book
     WHERE stored_paise <> rows_paise ORDER BY id LIMIT :max_findings)
    UNION ALL
    SELECT NULL, NULL, NULL, CAST(coalesce(sum(coalesce(stored_paise, rows_paise)), 0) AS bigint) FROM book
""")

_BROKEN_BALANCES: Final = text("""
    WITH posting AS (
        SELECT id, reference, debit_account_id AS account_id, -amount_paise AS change_paise,
               debit_balance_after_paise AS after_paise
        FROM transfer
        UNION ALL
        SELECT id, reference, credit_account_id, amount_paise, credit_balance_after_paise FROM transfer
    ),
    step AS (
        SELECT p.reference, p.account_id, a.id IS NOT NULL AS is_there, a.balance_paise IS NOT NULL AS is_stored,
               p.after_paise AS stored_paise,
               coalesce(lag(p.after_paise) OVER (PARTITION BY p.account_id ORDER BY p.id), 0) + p.change_paise
                   AS expected_paise
        FROM posting p LEFT JOIN account a ON a.id = p.account_id
    )
    SELECT reference, account_id, expected_paise, stored_paise FROM step
    WHERE NOT is_there
       OR CASE WHEN is_stored THEN stored_paise IS DISTINCT FROM expected_paise ELSE stored_paise IS NOT NULL END
    ORDER BY account_id, reference LIMIT :max_findings
""")

#: What leaves an account that stores no balance is an order's, or the mirror of what it corrects (bank_audit.py).
_ONRAMPS_AT_ODDS: Final = text("""
    SELECT coalesce(o.reference, t.reference)
    FROM (SELECT * FROM onramp WHERE status = 'succeeded' OR transfer_id IS NOT NULL) o
    FULL JOIN (
        SELECT t.id, t.reference, t.kind, t.amount_paise, bank.bank_code, owner.person_id
        FROM transfer t
        JOIN account bank ON bank.id = t.debit_account_id
        JOIN account owner ON owner.id = t.credit_account_id
        WHERE t.kind = 'onramp' OR bank.balance_paise IS NULL AND NOT EXISTS (
            SELECT FROM transfer wrong
            WHERE wrong.id = t.corrects_transfer_id
              AND (wrong.debit_account_id, wrong.credit_account_id, wrong.amount_paise)
                = (t.credit_account_id, t.debit_account_id, t.amount_paise)
        )
    ) t ON t.id = o.transfer_id
    WHERE (o.status, 'onramp', o.reference, o.amount_paise, o.bank_code, o.person_id)
          IS DISTINCT FROM ('succeeded', t.kind, t.reference, t.amount_paise, t.bank_code, t.person_id)
    ORDER BY 1 LIMIT :max_findings
""")


@dataclass(frozen=True, slots=True)
class BrokenBalance:
    """A transfer whose balance after it does not follow from the one before and its amount, or without its account."""

    reference: str
    account_id: int
    expected_paise: int
    stored_paise: int | None


@dataclass(frozen=True, slots=True)
class FullReconciliation(Reconciliation):
    """At most MAX_FINDINGS of each kind."""

    broken_balances: list[BrokenBalance]
    onramps_at_odds: list[str]  # references: succeeded without its transfer, or money from a bank without its order

    @property
    def is_right(self) -> bool:
        return not (self.differences or self.broken_balances or self.onramps_at_odds or self.sum_of_books_paise)


def reconcile() -> FullReconciliation:
    """Compares balances, rows and orders as they all were at one moment.

    Raises: DatabaseUnavailable.
    """

    def work(session: Session) -> FullReconciliation:
        connection = session.connection()
        connection.execute(text("SELECT set_config('statement_timeout', :limit, true)"), _TIMEOUT)
        people, accounts, transfers, onramps, disputed = connection.execute(_COUNTS).one()
        differences, sum_of_books_paise = _compare_books(connection)
        return FullReconciliation(
            people=people,
            accounts=accounts,
            transfers=transfers,
            onramps=onramps,
            disputed_messages=disputed,
            sum_of_books_paise=sum_of_books_paise,
            differences=differences,
            broken_balances=[BrokenBalance(*row) for row in connection.execute(_BROKEN_BALANCES, _LIMIT)],
            onramps_at_odds=list(connection.execute(_ONRAMPS_AT_ODDS, _LIMIT).scalars()),
        )

    return db.read(work)


_LIMIT: Final[dict[str, object]] = {"max_findings": MAX_FINDINGS}
_TIMEOUT: Final[dict[str, object]] = {"limit": str(STATEMENT_TIMEOUT_MS)}


def _compare_books(connection: Connection) -> tuple[list[AccountDifference], int]:
    differences, sum_of_books_paise = [], 0
    account_id: int | None
    person_id: UUID | None
    for account_id, person_id, stored_paise, rows_paise in connection.execute(_BOOKS, _LIMIT):
        if account_id is None:
            sum_of_books_paise = rows_paise
        else:
            differences.append(AccountDifference(account_id, person_id, stored_paise, rows_paise))
    return differences, sum_of_books_paise
