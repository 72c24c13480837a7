"""Rows of the ledger are never changed and never removed, whoever asks."""

from uuid import UUID

import psycopg
import pytest

from tests.books import transfer_count
from tests.conftest import Fund

FORBIDDEN = [
    "UPDATE transfer SET amount_paise = 1",
    "UPDATE transfer SET note = 'nothing happened'",
    "UPDATE transfer SET amount_paise = 1 WHERE false",
    "DELETE FROM transfer",
    "TRUNCATE transfer CASCADE",
    "TRUNCATE person CASCADE",
    "INSERT INTO transfer (reference, kind, debit_account_id, credit_account_id, amount_paise) "
    "SELECT reference, kind, debit_account_id, credit_account_id, amount_paise FROM transfer "
    "ON CONFLICT (reference) DO UPDATE SET amount_paise = 1",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_database_refuses(
    statement: str, role: str, alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 5_00)
    before = superuser.execute("SELECT * FROM transfer").fetchall()
    superuser.execute(f"SET session_replication_role = {role}")
    with pytest.raises(psycopg.errors.RestrictViolation, match="never changed or removed"):
        superuser.execute(statement)
    assert superuser.execute("SELECT * FROM transfer").fetchall() == before
    assert transfer_count(superuser) == 1


def test_people_and_accounts_with_history_cannot_be_removed(
    alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 5_00)
    for statement in (
        "DELETE FROM account",
        "DELETE FROM person",
        "DELETE FROM onramp WHERE false; DELETE FROM account",
    ):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            superuser.execute(statement)
