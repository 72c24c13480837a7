"""The role that apps and webhooks connect as. Every test of this folder runs with its rights; here is what is none."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from alembic import command
from tests.conftest import SERVING_ROLE, Fund, alembic_config, as_serving
from wallet_core.errors import SettingsError
from wallet_core.grants import RIGHTS, grant_serving
from wallet_core.models import METADATA

PASSWORD = "planted-password"


@pytest.fixture
def serving(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(as_serving(database_url), autocommit=True) as connection:
        yield connection


@pytest.fixture
def new_role(superuser: psycopg.Connection) -> Iterator[str]:
    """A name that no role has yet; whatever has it afterwards goes."""
    name = f"wallet_serving_{secrets.token_hex(4)}"
    yield name
    if superuser.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None:
        superuser.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        superuser.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfer SET amount_paise = 1",
        "DELETE FROM transfer",
        "TRUNCATE transfer CASCADE",
        "DROP TRIGGER transfer_is_written_once ON transfer",
        "ALTER TABLE transfer DISABLE TRIGGER ALL",
        "ALTER TABLE account DROP CONSTRAINT ck_account_balance_not_negative",
        "SET session_replication_role = replica",
        "DROP TABLE audit_entry",
        "UPDATE audit_entry SET reason = ''",
        "DELETE FROM audit_entry",
        "DELETE FROM payment_command",
        "UPDATE disputed_message SET body = ''",
        "UPDATE onramp SET amount_paise = 1",
        "UPDATE onramp SET person_id = NULL",
        "DELETE FROM onramp",
        "UPDATE account SET person_id = NULL",
        "DELETE FROM account",
        "DELETE FROM person",
        "CREATE TABLE mine (id int)",
        "CREATE OR REPLACE FUNCTION wallet_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE ROLE mine",
        "UPDATE alembic_version SET version_num = '0001'",
        "COPY person TO PROGRAM 'cat'",
    ],
)
def test_refused(serving: psycopg.Connection, alice: UUID, fund: Fund, statement: LiteralString) -> None:
    fund(alice, 5_00)
    with pytest.raises(InsufficientPrivilege):
        serving.execute(statement)


def test_every_table_is_named_and_no_other() -> None:
    """Whoever adds a table says what may be done with it."""
    assert set(RIGHTS) == {*METADATA.tables, "alembic_version"}


def test_it_owns_nothing(superuser: psycopg.Connection) -> None:
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'"
    assert superuser.execute(owned, (SERVING_ROLE,)).fetchone() == (0,)


def test_a_migration_takes_back_what_somebody_gave(database_url: str, superuser: psycopg.Connection) -> None:
    superuser.execute(sql.SQL("GRANT DELETE, UPDATE (note) ON transfer TO {}").format(sql.Identifier(SERVING_ROLE)))
    command.upgrade(alembic_config(database_url, SERVING_ROLE), "head")
    for asked in (
        "has_table_privilege(%s, 'transfer', 'DELETE')",
        "has_any_column_privilege(%s, 'transfer', 'UPDATE')",
    ):
        assert superuser.execute(sql.SQL("SELECT " + asked), (SERVING_ROLE,)).fetchone() == (False,)


def test_a_role_that_is_missing_is_made_with_its_password(
    superuser: psycopg.Connection, new_role: str, password_file: Path
) -> None:
    for _ in range(2):
        grant_serving(superuser, new_role, password_file)
    found = superuser.execute(
        "SELECT rolcanlogin, rolsuper, rolpassword FROM pg_authid WHERE rolname = %s", (new_role,)
    )
    row = found.fetchone()
    assert row is not None
    assert row[:2] == (True, False)
    assert row[2].startswith("SCRAM-SHA-256$")


def test_a_role_that_is_missing_without_a_password(superuser: psycopg.Connection, new_role: str) -> None:
    with pytest.raises(SettingsError, match="CREATE ROLE"):
        grant_serving(superuser, new_role, None)


def test_a_password_that_cannot_be_read(superuser: psycopg.Connection, new_role: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="WALLET_SERVING_PASSWORD_FILE"):
        grant_serving(superuser, new_role, tmp_path / "none")


def test_the_role_that_migrates_is_no_serving_role(superuser: psycopg.Connection) -> None:
    with pytest.raises(SettingsError, match="another one"):
        grant_serving(superuser, superuser.info.user, None)
