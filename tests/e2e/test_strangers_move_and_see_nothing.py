"""Every registered handler, called by strangers with every kind of value: nobody else's row or byte moves.

The handlers are read from the app itself, so a new one is covered without a line here. The people of a wallet find
each other by name and phone; money, notes, references and sessions are nobody else's, whoever asks.
"""

import re
import secrets
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.e2e.conftest import Person, Stack
from tests.e2e.every_handler import SILENCE_S, Call, call_all, handlers
from tests.e2e.raw_socket import RawSocket
from tests.proofs.conftest import Proof
from wallet_app.__main__ import MAX_MESSAGE_BYTES
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

#: More than any field takes, and with all that is around it less than what ends a connection (which has a test of its
#: own: test_a_script_gets_no_more_than_its_share).
HUGE_CHARACTERS = MAX_MESSAGE_BYTES - 2_048
HUGE = "x" * HUGE_CHARACTERS

#: An amount that no other test has, as it is shown and as it is stored.
BALANCE_PAISE = 75_319_73
SENT_PAISE = 1_00

VALUES: tuple[Any, ...] = (
    None,
    0,
    -5,
    2**70,
    1.5,
    float("nan"),
    float("inf"),
    True,
    "",
    "1",
    HUGE,
    "\x00'; --",
    [],
    [[1], {"a": None}],
    {},
)

#: How the constants are called that name the fields of forms.
FIELD_NAME = re.compile(r"[A-Z]+_(FIELD|CHOICE)")

#: The sweep would end what other tests have left at the bank, in the midst of a test that counts rows.
END_WAITING_ORDERS = """
    UPDATE onramp SET status = 'expired', failure_code = 'expired', settled_at = now() WHERE status = 'processing'
"""

#: Whoever calls: without a session all of these see nothing at all.
ENDED = {
    "revoked": "UPDATE session SET revoked_at = now() WHERE person_id = %s",
    "expired": "UPDATE session SET expires_at = now() - interval '1 second' WHERE person_id = %s",
}


def _calls(proof: Proof, victim: Person) -> list[Call]:
    """Every handler with values of every kind, with too few arguments and with too many, in an order of chance."""
    calls: list[Call] = []
    for name, arguments in handlers():
        some = proof.random.sample(VALUES, proof.size(small=3, full=len(VALUES)))
        calls += [(name, payload) for value in (victim.person_id, *some) for payload in _payloads(arguments, value)]
        calls += [(name, {}), (name, {**dict.fromkeys(arguments, "1"), "one_more": "1"})]
    proof.random.shuffle(calls)
    return calls


def _fields() -> list[str]:
    """Whatever a form of the app is read for."""
    modules = [vars(module) for name, module in sys.modules.items() if name.startswith("wallet_app.")]
    constants = {constant for module in modules for constant in module.items() if FIELD_NAME.fullmatch(constant[0])}
    return sorted({field for _, field in constants})


def _payloads(arguments: list[str], value: Any) -> list[dict[str, Any]]:
    """The value for all arguments; for one of several, beside what may fit; in every field of what may be a form."""
    payloads = [_filled(arguments, value)]
    if len(arguments) > 1:
        payloads += [{**dict.fromkeys(arguments, "1"), argument: value} for argument in arguments]
    elif arguments:
        payloads.append({arguments[0]: _filled(_fields(), value)})
    return payloads


def _filled(names: list[str], value: Any) -> dict[str, Any]:
    """The same value for each; what is huge is shared by them, for one message has a bound."""
    if value == HUGE:
        value = HUGE[: HUGE_CHARACTERS // max(1, len(names))]
    return dict.fromkeys(names, value)


def _rows(database_url: str) -> set[tuple[str, str]]:
    """Every row of every table."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            (table, row)
            for (table,) in tables
            for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
        }


@pytest.fixture(autouse=True)
def no_order_waits(stack: Stack) -> None:
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(END_WAITING_ORDERS)


@pytest.mark.promise(6)
@pytest.mark.parametrize("who", ["no cookie", "forged", "revoked", "expired", "somebody else"])
def test_no_handler_moves_or_shows_what_is_somebody_elses(
    proof: Proof,
    stack: Stack,
    new_person: Callable[[str], Person],
    fund: Callable[[Person, int], str],
    who: str,
) -> None:
    name, note = f"Alice {secrets.token_hex(6)}", f"note-{secrets.token_hex(6)}"
    alice, bob, charlie = new_person(name), new_person("Bob Verma"), new_person("Charlie Rao")
    onramp = fund(alice, BALANCE_PAISE + SENT_PAISE)
    receipt = send_money(
        person_id=UUID(alice.person_id),
        payee_id=UUID(bob.person_id),
        amount_paise=SENT_PAISE,
        note=note,
        key=new_token(),
    )
    hers = [note, onramp, receipt.reference, "75,319.73", str(BALANCE_PAISE), alice.cookie.partition("=")[2]]
    caller = charlie if who == "somebody else" else None
    if caller is None:
        hers += [alice.name, alice.phone, alice.formatted_phone]
    cookie = {
        "no cookie": None,
        "forged": f"wallet_session={secrets.token_urlsafe(32)}",
        "somebody else": charlie.cookie,
    }.get(who, alice.cookie)
    if who in ENDED:
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            connection.execute(ENDED[who], [alice.person_id])
    calls = _calls(proof, alice)
    before = _rows(stack.database_url)
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=cookie) as socket:
        answers = call_all(socket, calls)
    # The caller's own rows may change, and how often they asked is counted.
    moved = [
        (table, row)
        for table, row in before ^ _rows(stack.database_url)
        if caller is None or (caller.person_id not in row and table != "rate_limit_bucket")
    ]
    shown = [secret for secret in hers if secret in answers]
    proof.found(
        f"every registered handler called over a raw websocket: {who}",
        handlers=len(handlers()),
        calls_all_answered=len(calls),
        rows_of_others_changed=len(moved),
        secrets_of_others_shown=len(shown),
        tracebacks_shown=answers.count("Traceback"),
    )
    assert moved == []
    assert shown == []
    assert "Traceback" not in answers
    # To the last call: whoever had a session has it still, and who is no part of it is served.
    for person in (bob, caller or bob):
        served = httpx.get(f"{stack.app_url}/api/me", headers={"Cookie": person.cookie})
        assert served.json()["id"] == person.person_id


@pytest.mark.promise(8)
@pytest.mark.parametrize("how", ["signed out", "revoked"])
def test_an_open_websocket_is_refused_from_the_next_event_on(
    proof: Proof, stack: Stack, new_person: Callable[[str], Person], how: str
) -> None:
    """Every handler is the next event once, and none of them shows or moves a thing."""
    served = moved = 0
    load = next(name for name, _ in handlers() if name.endswith("session_state.load"))
    alice = new_person(f"Alice {secrets.token_hex(6)}")
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=alice.cookie) as socket:
        socket.send(load)
        socket.until(alice.name)
        socket.listen(silence_s=SILENCE_S)
        if how == "signed out":
            headers = {"Origin": stack.app_url, "Cookie": alice.cookie}
            assert httpx.post(f"{stack.app_url}/auth/signout", headers=headers).status_code == 303
        else:
            with psycopg.connect(stack.database_url, autocommit=True) as connection:
                connection.execute(ENDED["revoked"], [alice.person_id])
        # The push that ends the tab comes first, so that only answers to events are counted.
        socket.listen(silence_s=SILENCE_S)
        before = _rows(stack.database_url)
        calls = [(name, dict.fromkeys(arguments, alice.person_id)) for name, arguments in handlers()]
        proof.random.shuffle(calls)
        answers = call_all(socket, calls)
        moved = len(before ^ _rows(stack.database_url))
        served = sum(secret in answers for secret in (alice.name, alice.phone, alice.formatted_phone))
    proof.found(
        f"every handler as an event after the session was {how}, over a websocket that stayed open",
        events_all_answered=len(calls),
        rows_changed=moved,
        secrets_shown=served,
    )
    assert moved == 0
    assert served == 0
    assert "/signin" in answers
