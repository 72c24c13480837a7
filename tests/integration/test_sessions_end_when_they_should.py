"""Sessions: a token stands for a person until it is idle, old or revoked, and not one event longer."""

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from wallet_core import sessions
from wallet_core.db import in_transaction
from wallet_core.errors import SessionNotFound
from wallet_core.ids import new_token
from wallet_core.sessions import (
    MAX_TOKEN_CHARACTERS,
    end_session,
    list_sessions,
    open_session,
    resolve_session,
    sign_out,
    sign_out_everywhere,
)
from wallet_core.views import Client, NewSession

CLIENT = Client(address="198.51.100.7", user_agent="Firefox on Linux")


def open_for(person_id: UUID, client: Client = CLIENT) -> NewSession:
    return in_transaction(lambda session: open_session(session, person_id, client))


def session_id_of(opened: NewSession) -> UUID:
    signed_in = resolve_session(opened.token)
    assert signed_in is not None
    return signed_in.session_id


def age(superuser: psycopg.Connection, column: str, interval: str) -> None:
    superuser.execute(f"UPDATE session SET {column} = {column} - interval '{interval}'")  # type: ignore[arg-type]


def test_a_token_stands_for_its_person(alice: UUID, bob: UUID) -> None:
    hers, his = open_for(alice), open_for(bob)
    signed_in = resolve_session(hers.token)
    assert signed_in is not None
    assert (signed_in.person_id, signed_in.name, signed_in.phone) == (alice, "Alice Nair", "+919876543210")
    assert session_id_of(hers) != session_id_of(his)


def test_only_a_digest_of_the_token_is_stored(alice: UUID, superuser: psycopg.Connection) -> None:
    opened = open_for(alice)
    row = superuser.execute("SELECT session::text, token_sha256 FROM session").fetchone()
    assert row is not None
    assert opened.token not in row[0]
    assert opened.token.encode().hex() not in row[0]
    assert len(row[1]) == 32
    assert resolve_session(row[1].hex()) is None, "who reads the table cannot sign in with what is there"


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "x",
        "0" * 43,
        "x" * (MAX_TOKEN_CHARACTERS + 1),
        "x" * 100_000,
        "é" * 43,
        "a\0b",
        "' OR '1'='1",
        5,
        ["x"],
    ],
)
def test_what_is_no_token_stands_for_nobody(alice: UUID, token: object) -> None:
    open_for(alice)
    assert resolve_session(token) is None  # type: ignore[arg-type]
    sign_out(token)  # type: ignore[arg-type]


def test_no_token_does_not_even_ask_the_database() -> None:
    # There is no database in this test.
    assert resolve_session(None) is None
    assert resolve_session("x" * (MAX_TOKEN_CHARACTERS + 1)) is None


def test_a_session_ends_after_twelve_idle_hours(alice: UUID, superuser: psycopg.Connection) -> None:
    opened = open_for(alice)
    age(superuser, "last_seen_at", "11 hours 59 minutes")
    assert resolve_session(opened.token) is not None
    age(superuser, "last_seen_at", "12 hours 1 minute")
    assert resolve_session(opened.token) is None
    assert list_sessions(person_id=alice, current_session_id=uuid4()) == []


def test_a_session_in_use_ends_after_thirty_days(alice: UUID, superuser: psycopg.Connection) -> None:
    opened = open_for(alice)
    age(superuser, "expires_at", "29 days 23 hours")
    assert resolve_session(opened.token) is not None
    age(superuser, "expires_at", "1 hour 1 minute")
    assert resolve_session(opened.token) is None
    assert list_sessions(person_id=alice, current_session_id=uuid4()) == []


def test_a_blocked_persons_token_stands_for_nobody(alice: UUID, superuser: psycopg.Connection) -> None:
    """Also where the block came another way than through ``block_person``, which ends the sessions as well."""
    opened = open_for(alice)
    superuser.execute("UPDATE person SET blocked_at = now()")
    assert resolve_session(opened.token) is None


def test_the_last_use_is_written_at_most_once_a_minute(alice: UUID, superuser: psycopg.Connection) -> None:
    def last_version() -> object:
        return superuser.execute("SELECT xmin::text, last_seen_at FROM session").fetchone()

    opened = open_for(alice)
    written = last_version()
    for _ in range(3):
        resolve_session(opened.token)
    assert last_version() == written
    age(superuser, "last_seen_at", "61 seconds")
    aged = last_version()
    resolve_session(opened.token)
    touched = last_version()
    assert touched != aged
    resolve_session(opened.token)
    assert last_version() == touched


def test_resolving_is_one_indexed_read(alice: UUID, superuser: psycopg.Connection) -> None:
    opened = open_for(alice)
    superuser.execute(
        "INSERT INTO session (id, token_sha256, person_id, created_at, last_seen_at, expires_at, user_agent, address)"
        " SELECT gen_random_uuid(), sha256(n::text::bytea), %s, now(), now(), now() + interval '1 day', '', ''"
        " FROM generate_series(1, 20000) AS n",
        [alice],
    )
    superuser.execute("ANALYZE")
    values = {
        "token_sha256": sessions.sha256(opened.token),
        "idle_expiry": sessions.IDLE_EXPIRY,
        "last_seen_every": sessions.LAST_SEEN_EVERY,
    }
    plan = "\n".join(row[0] for row in superuser.execute("EXPLAIN " + sessions._RESOLVE, values).fetchall())
    assert "uq_session_token_sha256" in plan
    assert "Seq Scan on session" not in plan


def test_sign_out_ends_this_session_only(alice: UUID) -> None:
    here, there = open_for(alice), open_for(alice)
    sign_out(here.token)
    sign_out(here.token)
    assert resolve_session(here.token) is None
    assert resolve_session(there.token) is not None


def test_sign_out_everywhere_ends_all_of_ones_own(alice: UUID, bob: UUID) -> None:
    hers, his = [open_for(alice) for _ in range(3)], open_for(bob)
    sign_out_everywhere(person_id=alice)
    assert [resolve_session(opened.token) for opened in hers] == [None] * 3
    assert resolve_session(his.token) is not None


def test_open_sessions_are_listed_the_current_one_first(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    first = open_for(alice, Client(address="2001:db8::7", user_agent="Safari\0 on\u202e iPhone" + "x" * 500))
    ended, second, _his = open_for(alice), open_for(alice), open_for(bob)
    sign_out(ended.token)
    current = session_id_of(first)
    age(superuser, "last_seen_at", "10 seconds")
    superuser.execute("UPDATE session SET last_seen_at = now() WHERE id = %s", [session_id_of(second)])
    listed = list_sessions(person_id=alice, current_session_id=current)
    assert [(row.session_id, row.is_current) for row in listed] == [(current, True), (session_id_of(second), False)]
    assert listed[0].address == "2001:db8::7"
    assert listed[0].user_agent.startswith("Safari  on  iPhone")
    assert len(listed[0].user_agent) == sessions.MAX_USER_AGENT_CHARACTERS
    assert listed[0].user_agent.isprintable()


def test_one_of_ones_own_sessions_is_ended_by_its_id(alice: UUID, bob: UUID) -> None:
    here, there = open_for(alice), open_for(alice)
    session_id = session_id_of(there)
    with pytest.raises(SessionNotFound):
        end_session(person_id=bob, session_id=session_id)
    assert resolve_session(there.token) is not None
    end_session(person_id=alice, session_id=session_id)
    assert resolve_session(there.token) is None
    assert resolve_session(here.token) is not None
    for unknown in (session_id, uuid4()):
        with pytest.raises(SessionNotFound):
            end_session(person_id=alice, session_id=unknown)


def test_beyond_the_limit_the_longest_unused_session_ends(alice: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_OPEN_SESSIONS", 3)
    opened = [open_for(alice) for _ in range(5)]
    assert [resolve_session(session.token) is not None for session in opened] == [False, False, True, True, True]


def revoke_by_sign_out(opened: NewSession) -> None:
    sign_out(opened.token)


def revoke_by_sign_out_everywhere(opened: NewSession) -> None:
    sign_out_everywhere(person_id=opened.person_id)


def revoke_by_id(opened: NewSession) -> None:
    end_session(person_id=opened.person_id, session_id=session_id_of(opened))


@pytest.mark.parametrize("revoke", [revoke_by_sign_out, revoke_by_sign_out_everywhere, revoke_by_id])
def test_every_revocation_wakes_the_persons_tabs(
    alice: UUID, superuser: psycopg.Connection, revoke: Callable[[NewSession], None]
) -> None:
    opened = open_for(alice)
    superuser.execute("LISTEN wallet_changes")
    revoke(opened)
    assert [notified.payload for notified in superuser.notifies(timeout=2, stop_after=1)] == [str(alice)]


def test_a_token_is_random_and_wide() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}  # 32 bytes in base64
