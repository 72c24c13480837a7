"""The role is given at a terminal; acting needs the password again, not long ago, in this very session."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST
from tests.operating import PASSWORD, entries, operator, session_of
from wallet_core import db, sessions
from wallet_core.__main__ import main
from wallet_core.errors import NotOperator, OperatorPasswordNeeded, TooManyAttempts, WrongPassword
from wallet_core.services.operators import (
    PASSWORD_OF_OPERATOR,
    RAISED_AT_MOST,
    RAISED_IDLE,
    enter,
    grant_operator,
    is_operator,
    leave,
    list_entries,
    revoke_operator,
)
from wallet_core.services.people import block_person
from wallet_core.views import Client, OperatorAsking


def test_the_role_is_given_and_taken_at_a_terminal(alice: UUID, superuser: psycopg.Connection) -> None:
    assert not is_operator(person_id=alice)
    assert main(["grant-operator", CAST["alice"]]) == 0
    assert is_operator(person_id=alice)
    assert main(["revoke-operator", CAST["alice"]]) == 0
    assert not is_operator(person_id=alice)
    assert main(["grant-operator", CAST["bob"]]) == 2
    assert [entry[:2] for entry in entries(superuser)] == [("terminal", "granted"), ("terminal", "revoked")]


def test_without_the_second_password_an_operator_may_nothing(alice: UUID, superuser: psycopg.Connection) -> None:
    grant_operator(phone=CAST["alice"])
    asking = session_of(superuser, alice)
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(asking)
    enter(asking, password=PASSWORD)
    newest, *_ = list_entries(asking).entries
    assert (newest.action, newest.operator, newest.address) == ("entered", "Alice Nair", asking.address)


def test_the_right_password_of_somebody_else_raises_nobody(charlie: UUID, superuser: psycopg.Connection) -> None:
    asking = session_of(superuser, charlie)
    with pytest.raises(NotOperator):
        enter(asking, password=PASSWORD)
    with pytest.raises(NotOperator):
        list_entries(asking)
    assert entries(superuser) == []
    assert superuser.execute("SELECT count(*) FROM rate_limit_bucket").fetchone() == (0,)


def test_wrong_passwords_are_written_down_and_limited(alice: UUID, superuser: psycopg.Connection) -> None:
    grant_operator(phone=CAST["alice"])
    asking = session_of(superuser, alice)
    for _ in range(PASSWORD_OF_OPERATOR.capacity):
        with pytest.raises(WrongPassword):
            enter(asking, password="a guess")
    with pytest.raises(TooManyAttempts):
        enter(asking, password=PASSWORD)
    assert [action for _, action, _ in entries(superuser)].count("refused") == PASSWORD_OF_OPERATOR.capacity
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(asking)


def test_the_token_is_another_afterwards(alice: UUID, superuser: psycopg.Connection) -> None:
    """Who copied the cookie before is signed out, and not raised with its owner."""
    grant_operator(phone=CAST["alice"])
    asking = session_of(superuser, alice)
    copied = sessions_token(superuser, alice)
    signed_in = sessions.resolve_session(copied)
    assert signed_in is not None
    raised = enter(OperatorAsking(alice, signed_in.session_id, ""), password=PASSWORD)
    assert sessions.resolve_session(copied) is None
    after = sessions.resolve_session(raised.token)
    assert after is not None
    assert after.session_id == signed_in.session_id
    # Another session of the same person is not raised.
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(asking)


def sessions_token(connection: psycopg.Connection, person_id: UUID) -> str:
    return db.in_transaction(lambda session: sessions.open_session(session, person_id, Client("", ""))).token


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session SET operator_until = now() - interval '1 second'",
        "UPDATE session SET operator_raised_at = now() - interval '4 hours'",
        "UPDATE session SET revoked_at = now()",
        "UPDATE session SET expires_at = now()",
        "UPDATE session SET last_seen_at = now() - interval '13 hours'",
    ],
)
def test_it_ends(alice: UUID, superuser: psycopg.Connection, change: str) -> None:
    asking = operator(superuser, alice)
    list_entries(asking)
    superuser.execute(change.encode())
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(asking)


def test_each_act_gives_another_quarter_of_an_hour_but_no_more_than_a_shift(
    alice: UUID, superuser: psycopg.Connection
) -> None:
    asking = operator(superuser, alice)
    superuser.execute("UPDATE session SET operator_until = now() + interval '1 minute'")
    list_entries(asking)
    assert _left(superuser) > RAISED_IDLE - timedelta(seconds=10)
    superuser.execute("UPDATE session SET operator_raised_at = now() - %s", [RAISED_AT_MOST - timedelta(minutes=2)])
    list_entries(asking)
    assert _left(superuser) <= timedelta(minutes=2)


def _left(connection: psycopg.Connection) -> timedelta:
    row = connection.execute("SELECT operator_until - now() FROM session").fetchone()
    assert row is not None
    left: timedelta = row[0]
    return left


def test_leaving_ends_it_at_once(alice: UUID, superuser: psycopg.Connection) -> None:
    asking = operator(superuser, alice)
    leave(asking)
    leave(asking)
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(asking)
    assert [action for _, action, _ in entries(superuser)] == ["granted", "entered", "left"]


def test_a_role_that_is_taken_ends_it_at_once(alice: UUID, superuser: psycopg.Connection) -> None:
    asking = operator(superuser, alice)
    revoke_operator(phone=CAST["alice"])
    with pytest.raises(NotOperator):
        list_entries(asking)
    grant_operator(phone=CAST["alice"])
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(asking)


def test_a_blocked_or_frozen_operator_is_none(alice: UUID, superuser: psycopg.Connection) -> None:
    asking = operator(superuser, alice)
    superuser.execute("UPDATE person SET frozen_at = now()")
    with pytest.raises(NotOperator):
        list_entries(asking)
    superuser.execute("UPDATE person SET frozen_at = NULL")
    list_entries(asking)
    block_person(phone=CAST["alice"])
    with pytest.raises(NotOperator):
        list_entries(asking)


def test_a_session_of_somebody_else_is_of_no_use(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    raised = operator(superuser, alice)
    grant_operator(phone=CAST["bob"])
    with pytest.raises(OperatorPasswordNeeded):
        list_entries(OperatorAsking(bob, raised.session_id, ""))
