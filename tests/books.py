"""Looking at the books past all code of ours."""

from uuid import UUID

import psycopg


def available_paise(connection: psycopg.Connection, person_id: UUID, kind: str = "available") -> int:
    """A person's stored balance, read directly."""
    row = connection.execute(
        "SELECT balance_paise FROM account WHERE person_id = %s AND kind = %s", [person_id, kind]
    ).fetchone()
    assert row is not None
    return int(row[0])


def transfer_count(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM transfer").fetchone()
    assert row is not None
    return int(row[0])


def books_are_right(connection: psycopg.Connection) -> None:
    """Every stored balance is the sum of its rows, never below zero, and each row carries the balances after it. Every
    order that has moved no money is among those that are looked through.
    """
    wrong = connection.execute(
        """
        WITH posting (id, account_id, change_paise, after_paise) AS (
            SELECT id, debit_account_id, -amount_paise, debit_balance_after_paise FROM transfer
            UNION ALL
            SELECT id, credit_account_id, amount_paise, credit_balance_after_paise FROM transfer
        ),
        running AS (
            SELECT p.*, sum(change_paise) OVER (PARTITION BY account_id ORDER BY id) AS sum_paise FROM posting p
        )
        SELECT 'row', r.id, r.after_paise, r.sum_paise FROM running r JOIN account a ON a.id = r.account_id
        WHERE (a.balance_paise IS NOT NULL AND r.after_paise IS DISTINCT FROM r.sum_paise)
           OR (a.balance_paise IS NULL AND r.after_paise IS NOT NULL)
        UNION ALL
        SELECT 'account', a.id, a.balance_paise, coalesce(sum(p.change_paise), 0)
        FROM account a LEFT JOIN posting p ON p.account_id = a.id
        WHERE a.balance_paise IS NOT NULL GROUP BY a.id
        HAVING a.balance_paise <> coalesce(sum(p.change_paise), 0) OR a.balance_paise < 0
        UNION ALL
        SELECT 'order', t.id, o.amount_paise, t.amount_paise
        FROM onramp o FULL JOIN (SELECT * FROM transfer WHERE kind = 'onramp') t ON t.id = o.transfer_id
        WHERE (o.reference IS NULL OR o.transfer_id IS NOT NULL)
          AND (o.reference IS DISTINCT FROM t.reference OR o.amount_paise IS DISTINCT FROM t.amount_paise)
        UNION ALL
        SELECT 'unmoved', NULL, count(o.reference), count(u.reference)
        FROM (SELECT * FROM onramp WHERE status <> 'succeeded') o
        FULL JOIN onramp_unmoved u ON u.reference = o.reference
        WHERE (u.reference, u.person_id, u.created_at, u.ended_at)
              IS DISTINCT FROM (o.reference, o.person_id, o.created_at, o.settled_at)
        HAVING count(*) > 0
        """
    ).fetchall()
    assert wrong == []
