"""The websocket of somebody with a script and no account: what one of them may cost everybody else."""

import secrets
import time
from contextlib import suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.conftest import Person
from tests.e2e.raw_socket import RawSocket
from tests.e2e.stack import Stack
from wallet_app.__main__ import MAX_MESSAGE_BYTES
from wallet_app.live import MAX_WAITING_EVENTS

TOO_BIG = 1009

BALANCE = "reflex___state____state.wallet_app___state___balance____balance_state.load"
LOAD = "reflex___state____state.wallet_app___state___sign_in____sign_in_state.load"


#: Each just above the limit, so that it is sent as a whole before it is refused. A number of a list takes three bytes.
@pytest.mark.parametrize("text", ["x" * MAX_MESSAGE_BYTES, [0] * (MAX_MESSAGE_BYTES // 3)])
def test_a_message_that_no_form_of_ours_sends_ends_the_connection(stack: Stack, text: object) -> None:
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), path="/signin") as socket:
        socket.send(LOAD, {"text": text})
        assert socket.closing_code() == TOO_BIG
    assert httpx.get(f"{stack.app_url}/healthz").status_code == 200


def test_who_sends_faster_than_they_are_answered_is_hung_up_on(stack: Stack, charlie: Person) -> None:
    token = secrets.token_hex(8)
    with RawSocket(stack.app_url, client_token=token, cookie=charlie.cookie) as socket:
        with suppress(ConnectionClosed):
            for _ in range(4 * MAX_WAITING_EVENTS):
                socket.send(BALANCE)
        socket.until_told_to_leave()
    # And comes again.
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=charlie.cookie) as socket:
        socket.send(BALANCE)
        socket.until("balance_state")


def test_pieces_in_bytes_are_not_gathered(stack: Stack) -> None:
    """Announced by the thousand million, each of them below the limit of a message."""
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), path="/signin") as socket:
        socket.send_text('45999999999-/_event,["event",{"_placeholder":true,"num":0}]')
        socket.send_bytes(b"x" * 1_000)
        socket.closing_code()
    assert httpx.get(f"{stack.app_url}/healthz").status_code == 200


def test_a_tab_that_calls_itself_something_long_holds_nobody_up(stack: Stack) -> None:
    """Reflex logs its name when it has gone before its answer, and each line is looked through for secrets."""
    with RawSocket(stack.app_url, client_token="a-" * 3_900, path="/signin") as socket:
        for _ in range(10):
            socket.send(LOAD)
    started_s = time.monotonic()
    assert httpx.get(f"{stack.app_url}/healthz", timeout=60).status_code == 200
    assert time.monotonic() - started_s < 2
    deadline_s = time.monotonic() + 10
    while "disconnected client" not in stack.log.read_text(errors="replace"):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_what_a_form_sends_at_most_is_far_below_that(stack: Stack) -> None:
    """Every field has its length; the longest is a pasted link."""
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), path="/signin") as socket:
        socket.send(LOAD, {"text": "\N{GRINNING FACE}" * 2_001})
        socket.listen(silence_s=0.25)
        socket.send("reflex___state____state.hydrate")
        socket.until("is_hydrated")
