"""The migrations build exactly what the models describe, and can be taken back."""

import psycopg

from alembic import command
from tests.conftest import alembic_config
from wallet_core.banks import BANKS
from wallet_core.money import MAX_MOVEMENT_PAISE


def _objects(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        """
        SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        UNION ALL SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace
        """
    ).fetchall()
    return {str(name) for (name,) in rows}


def test_up_down_and_up_again(database_url: str, superuser: psycopg.Connection) -> None:
    config = alembic_config(database_url)
    before = _objects(superuser)
    command.downgrade(config, "base")
    assert _objects(superuser) <= {"alembic_version", "alembic_version_pkc", "_alembic_version"}
    command.upgrade(config, "head")
    assert _objects(superuser) == before
    command.check(config)


def test_each_step_can_be_taken_back_alone(database_url: str) -> None:
    config = alembic_config(database_url)
    command.downgrade(config, "-1")
    command.upgrade(config, "+1")
    command.check(config)


def test_banks_and_suspense_have_their_accounts(superuser: psycopg.Connection) -> None:
    rows = superuser.execute("SELECT kind, bank_code, balance_paise FROM account ORDER BY id").fetchall()
    assert rows == [("bank", code, None) for code in BANKS] + [("suspense", None, None)]


def test_the_database_holds_the_limit_of_money_py(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname LIKE '%amount_within_limits'"
    ).fetchall()
    assert len(rows) == 3
    assert all(f"<= {MAX_MOVEMENT_PAISE})" in definition for (definition,) in rows)
