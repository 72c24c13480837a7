"""Both accounts of a transfer exist when it is written, and cannot go while it stands."""

from uuid import UUID

import psycopg
import pytest

from tests.conftest import Fund
from wallet_core.services.reconciliation import reconcile

POST = "INSERT INTO transfer (reference, kind, debit_account_id, credit_account_id, amount_paise) VALUES {}"
BANK = "(SELECT min(id) FROM account WHERE kind = 'bank')"
OTHER_BANK = "(SELECT max(id) FROM account WHERE kind = 'bank')"


@pytest.mark.parametrize(
    "rows",
    [
        f"('A-1', 'onramp', {BANK}, 0, 1)",
        f"('A-1', 'onramp', 0, {BANK}, 1)",
        f"('A-1', 'onramp', {BANK}, {OTHER_BANK}, 1), ('A-2', 'onramp', {BANK}, 0, 1)",
    ],
)
def test_an_account_that_does_not_exist_is_refused(superuser: psycopg.Connection, rows: str) -> None:
    """With all rows of the statement."""
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute(POST.format(rows).encode())
    assert superuser.execute("SELECT count(*) FROM transfer").fetchone() == (0,)


def test_a_temporary_table_of_that_name_lends_no_accounts(superuser: psycopg.Connection) -> None:
    superuser.execute("CREATE TEMPORARY TABLE account AS SELECT unnest('{998, 999}'::bigint[]) AS id")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute(POST.format("('A-1', 'onramp', 998, 999, 1)").encode())
    superuser.execute("DROP TABLE pg_temp.account")


@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM account WHERE id = (SELECT {}_account_id FROM transfer)",
        "UPDATE account SET id = DEFAULT WHERE id = (SELECT {}_account_id FROM transfer)",
    ],
)
@pytest.mark.parametrize("side", ["debit", "credit"])
def test_an_account_that_is_named_stays(
    superuser: psycopg.Connection, alice: UUID, fund: Fund, statement: str, side: str, role: str
) -> None:
    fund(alice, 5_00)
    superuser.execute(f"SET session_replication_role = {role}".encode())
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute(statement.format(side).encode())


def test_an_account_that_no_transfer_names_may_go(superuser: psycopg.Connection, alice: UUID, fund: Fund) -> None:
    fund(alice, 5_00)
    superuser.execute("DELETE FROM account WHERE person_id = %s AND kind = 'locked'", [alice])
    assert superuser.execute("SELECT count(*) FROM account WHERE person_id = %s", [alice]).fetchone() == (1,)


def test_reconciling_tells_a_transfer_whose_account_is_gone(
    superuser: psycopg.Connection, alice: UUID, fund: Fund
) -> None:
    """The table refuses this; a restored backup may have lost the rule with the row."""
    fund(alice, 5_00)
    superuser.execute("ALTER TABLE account DISABLE TRIGGER USER")
    superuser.execute("DELETE FROM account WHERE person_id = %s", [alice])
    books = reconcile()
    assert len(books.broken_balances) == 1
    assert not books.is_right
