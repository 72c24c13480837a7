"""A young wallet has nearly all its money from one bank: even then an audit reads each account's own transfers."""

from uuid import UUID

import psycopg

from tests.conftest import Fund
from wallet_core.services.auditor import _COMPARE_PAGE

#: Enough for the planner to prefer an index at all.
CREDITS = 20_000


def test_no_account_costs_a_walk_through_everybodys_transfers(
    alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 1_00)
    superuser.execute(
        """
        INSERT INTO transfer (reference, kind, debit_account_id, credit_account_id, amount_paise,
                              credit_balance_after_paise, created_at)
        SELECT reference || n, kind, debit_account_id, credit_account_id, amount_paise, credit_balance_after_paise,
               created_at
        FROM transfer, generate_series(1, %s) n
        """,
        [CREDITS],
    )
    superuser.execute("ANALYZE transfer")
    query = str(_COMPARE_PAGE)
    for name, value in (("from_nothing", "false"), ("after", "0"), ("accounts", "5000")):
        query = query.replace(f":{name}", value)
    plan = "\n".join(row[0] for row in superuser.execute("EXPLAIN " + query).fetchall())
    assert "ix_transfer_debit_account_id_id" in plan
    assert "pk_transfer" not in plan
