"""What the role that the wallet serves as may do in the database: what its services do, and nothing else.

Whoever owns the tables may take their triggers away. So migrations run as the owner, and apps and webhooks as another
role: who steals its password can neither change what was written once nor empty or alter a table. The functions that
move money run with the rights of who calls them.
"""

from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from wallet_core.errors import SettingsError

_ONCE: Final = "SELECT, INSERT"
_KEPT: Final = "SELECT, INSERT, UPDATE"
_REMOVED: Final = "SELECT, INSERT, UPDATE, DELETE"

#: Of each table. A column that is not named here is never changed after its row was written.
RIGHTS: Final = {
    "account": f"{_ONCE}, UPDATE (balance_paise, debits_frozen_at)",
    "account_checkpoint": _KEPT,
    "alembic_version": "SELECT",
    "audit_entry": _ONCE,
    "audit_state": _KEPT,
    "bank_book": _KEPT,
    "correction_proposal": _KEPT,
    "disputed_message": _ONCE,
    "drift": _KEPT,
    "onramp": f"{_ONCE}, UPDATE (status, failure_code, payment_id, page_url, settled_at, transfer_id)",
    # Written by triggers, with the rights of whoever owns the tables; a credit takes its order away.
    "onramp_unmoved": "SELECT, DELETE",
    "payment_command": _ONCE,
    "payment_request": _KEPT,
    "person": _KEPT,
    "person_block": _REMOVED,
    "rate_limit_bucket": _REMOVED,
    "request_report": _ONCE,
    "session": _REMOVED,
    "statement_line": _KEPT,
    "transfer": _ONCE,
}


def grant_serving(connection: psycopg.Connection, role: str, password_file: Path | None) -> None:
    """Makes ``role`` where it is missing and a password is at hand, and leaves it RIGHTS on the tables that are there.

    Called by whoever owns the tables, in the transaction that migrated them.
    Raises: SettingsError where the role is missing, owns the tables itself, or its password cannot be read.
    """
    name = sql.Identifier(role)
    if not _is_there(connection, role):
        _make(connection, role, password_file)
    if connection.execute("SELECT pg_has_role(%s, current_user, 'MEMBER')", (role,)).fetchone() == (True,):
        raise SettingsError(
            sentence=f"WALLET_SERVING_ROLE ({role}) has the rights of the role that migrates: name another one."
        )
    # PostgreSQL before version 15 lets everybody make tables.
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
    connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
    there = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchall()
    for table in sorted({found for (found,) in there} & RIGHTS.keys()):
        grant = sql.SQL("GRANT {} ON {} TO {}")
        connection.execute(grant.format(sql.SQL(RIGHTS[table]), sql.Identifier(table), name))


def _is_there(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None


def _make(connection: psycopg.Connection, role: str, password_file: Path | None) -> None:
    if password_file is None:
        raise SettingsError(
            sentence=f"There is no role {role} (WALLET_SERVING_ROLE): CREATE ROLE {role} LOGIN PASSWORD '...', or set "
            "WALLET_SERVING_PASSWORD_FILE, and it is made."
        )
    try:
        password = password_file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            sentence=f"WALLET_SERVING_PASSWORD_FILE cannot be read ({error.strerror}): give this user access to it."
        ) from None
    # Hashed here: the server's log may hold statements, and must hold no password.
    hashed = connection.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256").decode()
    make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed))
    connection.execute(make)
