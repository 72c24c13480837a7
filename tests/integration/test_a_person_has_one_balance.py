"""One available and one locked account for each person: a second row, which would be credited as well, cannot exist."""

from uuid import UUID

import psycopg
import pytest
import sqlalchemy.exc

from wallet_core import db, ledger


@pytest.mark.parametrize("kind", ["available", "locked"])
def test_the_database_refuses_a_second_one(alice: UUID, superuser: psycopg.Connection, kind: str) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="uq_account_person_id_kind"):
        superuser.execute("INSERT INTO account (kind, person_id, balance_paise) VALUES (%s, %s, 0)", [kind, alice])


def test_opening_accounts_twice_is_an_error(alice: UUID, superuser: psycopg.Connection) -> None:
    with pytest.raises(sqlalchemy.exc.IntegrityError, match="uq_account_person_id_kind"):
        db.in_transaction(lambda session: ledger.open_accounts(session, alice))
    rows = superuser.execute("SELECT kind FROM account WHERE person_id = %s ORDER BY kind", [alice]).fetchall()
    assert rows == [("available",), ("locked",)]


@pytest.mark.parametrize("kind", ["available", "locked"])
def test_an_account_without_a_person_is_none(superuser: psycopg.Connection, kind: str) -> None:
    """In a unique index NULLs differ: such rows could be many."""
    with pytest.raises(psycopg.errors.CheckViolation, match="person_of_people_only"):
        superuser.execute("INSERT INTO account (kind, balance_paise) VALUES (%s, 0)", [kind])
