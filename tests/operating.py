"""Operators, for the tests that need some: the role, a session, and the second password given. And what the runbook has
somebody do in the database by hand.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from psycopg import sql

from tests.conftest import ROOT
from wallet_core import db, sessions
from wallet_core.passwords import hash_password
from wallet_core.services.operators import enter, grant_operator
from wallet_core.views import Client, OperatorAsking

PASSWORD = "correct horse battery"
ADDRESS = "203.0.113.7"


def session_of(connection: psycopg.Connection, person_id: UUID) -> OperatorAsking:
    """An ordinary session of this person, with PASSWORD as their password."""
    connection.execute("UPDATE person SET password_hash = %s WHERE id = %s AND password_hash = '!'", [_HASH, person_id])
    opened = db.in_transaction(lambda session: sessions.open_session(session, person_id, Client(ADDRESS, "a browser")))
    signed_in = sessions.resolve_session(opened.token)
    assert signed_in is not None
    return OperatorAsking(person_id, signed_in.session_id, ADDRESS)


def operator(connection: psycopg.Connection, person_id: UUID) -> OperatorAsking:
    """The same person as an operator who has just given the password a second time."""
    row = connection.execute("SELECT phone FROM person WHERE id = %s", [person_id]).fetchone()
    assert row is not None
    grant_operator(phone=row[0])
    asking = session_of(connection, person_id)
    enter(asking, password=PASSWORD)
    return asking


def entries(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    """The book, oldest first: actor, action, reason."""
    return connection.execute("SELECT actor, action, reason FROM audit_entry ORDER BY id").fetchall()


@contextmanager
def as_owner(superuser: psycopg.Connection) -> Iterator[None]:
    """The connection of who owns the tables and may nothing else, as providers of databases have it."""
    name = sql.Identifier(f"wallet_owner_{secrets.token_hex(4)}")
    superuser.execute(sql.SQL("CREATE ROLE {}").format(name))
    for (table,) in superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
        superuser.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(sql.Identifier(table), name))
    superuser.execute(sql.SQL("SET ROLE {}").format(name))
    try:
        yield
    finally:
        superuser.execute("RESET ROLE")
        superuser.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(name))
        superuser.execute(sql.SQL("DROP ROLE {}").format(name))


def mend_balance(superuser: psycopg.Connection, account_id: int, paise: int) -> None:
    """A balance that is too high, as the runbook has it mended, word for word and by the owner."""
    runbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    (statements,) = re.findall(r"A balance that is too high, in one transaction:\s+`(BEGIN; .+ COMMIT;)`", runbook)
    asked = statements.replace("SUM_OF_ITS_ROWS", str(paise)).replace("id = ...", f"id = {account_id}")
    with as_owner(superuser):
        superuser.execute(asked.encode())


_HASH = hash_password(PASSWORD)
