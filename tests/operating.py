"""Operators, for the tests that need some: the role, a session, and the second password given."""

from uuid import UUID

import psycopg

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


_HASH = hash_password(PASSWORD)
