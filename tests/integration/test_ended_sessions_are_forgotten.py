"""A session's row goes ninety days after it was opened, and no session that could still be used goes with it."""

from uuid import UUID

import psycopg

from tests.integration.test_sessions_end_when_they_should import age, open_for
from wallet_core import sessions
from wallet_core.sessions import ABSOLUTE_EXPIRY, KEPT_AFTER_EXPIRY, prune_sessions, resolve_session, sign_out


def count(superuser: psycopg.Connection) -> int:
    (found,) = superuser.execute("SELECT count(*) FROM session").fetchone() or (0,)
    return int(found)


def test_one_that_expired_long_ago_is_removed(alice: UUID, superuser: psycopg.Connection) -> None:
    open_for(alice)
    age(superuser, "expires_at", f"{(ABSOLUTE_EXPIRY + KEPT_AFTER_EXPIRY).days} days 1 minute")
    assert prune_sessions() == 1
    assert count(superuser) == 0


def test_one_that_expired_or_was_ended_lately_is_kept(alice: UUID, superuser: psycopg.Connection) -> None:
    sign_out(open_for(alice).token)
    open_for(alice)
    age(superuser, "expires_at", f"{(ABSOLUTE_EXPIRY + KEPT_AFTER_EXPIRY).days - 1} days")
    assert prune_sessions() == 0
    assert count(superuser) == 2


def test_an_open_one_goes_on(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    open_for(bob)
    age(superuser, "expires_at", "100 days")
    hers = open_for(alice)
    assert prune_sessions() == 1
    assert resolve_session(hers.token) is not None


def test_however_many_there_are_they_go_in_small_transactions(alice: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO session (id, token_sha256, person_id, created_at, last_seen_at, expires_at, user_agent, address)"
        " SELECT gen_random_uuid(), sha256(n::text::bytea), %s, now() - interval '120 days',"
        " now() - interval '120 days', now() - interval '90 days', '', '' FROM generate_series(1, %s) n",
        [alice, 2 * sessions.PRUNED_AT_ONCE + 1],
    )
    assert prune_sessions() == 2 * sessions.PRUNED_AT_ONCE + 1
    assert count(superuser) == 0


def test_what_another_sweeper_holds_is_left_to_it(
    alice: UUID, superuser: psycopg.Connection, database_url: str
) -> None:
    open_for(alice)
    age(superuser, "expires_at", "100 days")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT 1 FROM session FOR UPDATE")
        assert prune_sessions() == 0
    assert prune_sessions() == 1
