"""Every registered event handler, called over a raw websocket by somebody it must not serve.

The handlers are read from the app itself, so a new one is covered without a line here.
"""

import secrets
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.e2e.conftest import Person, Stack
from tests.e2e.every_handler import call_all, handlers, wait_for_all
from tests.e2e.raw_socket import RawSocket

#: After so long without a frame a handler that has begun to answer has nothing more to say.
SILENCE_S = 0.25

#: What a script may put into any argument: a key that exists, an amount, and nonsense.
HOSTILE_VALUES: tuple[Any, ...] = ("1", -5, {"a": 1}, None)

ROWS = """
    SELECT (SELECT count(*) FROM transfer), (SELECT count(*) FROM onramp), (SELECT count(*) FROM payment_command),
           (SELECT count(*) FROM payment_request), (SELECT count(*) FROM person_block),
           (SELECT count(*) FROM session WHERE revoked_at IS NULL),
           (SELECT md5(coalesce(string_agg(a::text, '|' ORDER BY a.id), '')) FROM account a),
           (SELECT md5(coalesce(string_agg(p::text, '|' ORDER BY p.id), '')) FROM person p)
"""


def _call_everything(socket: RawSocket, secret: str) -> str:
    return call_all(
        socket,
        [
            (name, dict.fromkeys(arguments, value))
            for name, arguments in handlers()
            for value in ((secret, *HOSTILE_VALUES) if arguments else (None,))
        ],
    )


def _rows(database_url: str) -> tuple[Any, ...]:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(ROWS).fetchone()
    assert row is not None
    return row


@pytest.fixture
def alice_secrets(alice: Person) -> list[str]:
    """What of alice nobody else may ever be sent."""
    return [alice.name, alice.phone, alice.formatted_phone, alice.person_id]


def test_the_list_of_handlers_is_read_from_the_app() -> None:
    names = [name for name, _ in handlers()]
    assert any(name.endswith("balance_state.load") for name in names)
    assert any(name.endswith(".setvar") for name in names)


def test_nobody_is_served_without_a_cookie(stack: Stack, alice: Person, alice_secrets: list[str]) -> None:
    before = _rows(stack.database_url)
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8)) as socket:
        answers = _call_everything(socket, alice.person_id)
    assert _rows(stack.database_url) == before
    # What the caller itself sent may come back: the id was an argument.
    assert [secret for secret in alice_secrets if secret in answers and secret != alice.person_id] == []


@pytest.mark.parametrize("how", ["revoked", "expired", "idle", "forged"])
def test_a_session_that_has_ended_serves_nobody(stack: Stack, new_person: Callable[[str], Person], how: str) -> None:
    alice = new_person("Alice Nair")
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        change = {
            "revoked": "UPDATE session SET revoked_at = now() WHERE person_id = %s",
            "expired": "UPDATE session SET expires_at = now() - interval '1 second' WHERE person_id = %s",
            "idle": "UPDATE session SET last_seen_at = now() - interval '2 days' WHERE person_id = %s",
            "forged": "SELECT %s::uuid",
        }[how]
        connection.execute(change, [alice.person_id])
    cookie = alice.cookie if how != "forged" else f"wallet_session={secrets.token_urlsafe(32)}"
    before = _rows(stack.database_url)
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=cookie) as socket:
        answers = _call_everything(socket, alice.person_id)
    assert _rows(stack.database_url) == before
    assert [secret for secret in (alice.name, alice.phone, alice.formatted_phone) if secret in answers] == []


def test_charlie_gets_nothing_of_alice_even_with_her_tabs_token(
    stack: Stack, alice: Person, charlie: Person, alice_secrets: list[str]
) -> None:
    token = secrets.token_hex(8)
    with RawSocket(stack.app_url, client_token=token, cookie=alice.cookie) as socket:
        socket.send(next(name for name, _ in handlers() if name.endswith("session_state.load")))
        socket.until(alice.name)
    with RawSocket(stack.app_url, client_token=token, cookie=charlie.cookie) as socket:
        socket.send("reflex___state____state.hydrate")
        answers = socket.listen(silence_s=1.0)
    assert [secret for secret in alice_secrets if secret in answers] == []


def test_a_push_for_alice_never_reaches_whoever_took_over_her_token(
    stack: Stack, alice: Person, alice_secrets: list[str]
) -> None:
    """The stranger connects with her token and says nothing; then something of hers changes."""
    token = secrets.token_hex(8)
    with RawSocket(stack.app_url, client_token=token, cookie=alice.cookie) as socket:
        socket.send(next(name for name, _ in handlers() if name.endswith("session_state.load")))
        socket.until(alice.name)
    with RawSocket(stack.app_url, client_token=token) as stranger:
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_notify('wallet_changes', %s)", [alice.person_id])
        answers = stranger.listen(silence_s=1.0)
    assert [secret for secret in alice_secrets if secret in answers] == []


def test_revocation_holds_from_the_next_event_on(stack: Stack, new_person: Callable[[str], Person]) -> None:
    alice = new_person("Alice Nair")
    load = next(name for name, _ in handlers() if name.endswith("session_state.load"))
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=alice.cookie) as socket:
        socket.send(load)
        socket.until(alice.name)
        # What is still on its way was said before the end of the session.
        wait_for_all(socket)
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            connection.execute("UPDATE session SET revoked_at = now() WHERE person_id = %s", [alice.person_id])
        socket.send(load)
        answers = socket.until("/signin") + socket.listen(silence_s=SILENCE_S)
    assert alice.name not in answers
