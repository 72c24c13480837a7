"""Every event handler that a client can call, read from the app itself, and calls of which each is truly answered."""

import inspect
import secrets
from collections.abc import Iterable
from typing import Any

from reflex_base.registry import RegistrationContext

from tests.e2e.raw_socket import RawSocket

#: An event's full name, and what it is called with.
Call = tuple[str, dict[str, Any]]

#: Far fewer than may wait at once (wallet_app/live.py).
WINDOW_CALLS = 100

#: What a busy machine takes for a window at most.
WINDOW_S = 60.0

#: After so long without a frame nothing that a call has set off is still on its way.
SILENCE_S = 1.0

#: Answers the whole state, to anybody, and with it the path that it came from.
HYDRATE = "reflex___state____state.hydrate"


def handlers() -> list[tuple[str, list[str]]]:
    """The full name and the argument names of each."""
    import wallet_app.wallet_app  # noqa: F401  # registers the states

    return sorted(
        (name, [argument for argument in inspect.signature(registered.handler.fn).parameters if argument != "self"])
        for name, registered in RegistrationContext.get().event_handlers.items()
    )


def call_all(socket: RawSocket, calls: Iterable[Call]) -> str:
    """All that is answered, to the calls and to what they set off.

    A tab's events are taken in the order in which they come, so whoever has the answer to the last one has them all.
    Raises: AssertionError or ConnectionClosed where the server hangs up before.
    """
    start = len(socket.received)
    for window in _windows(calls):
        for name, payload in window:
            socket.send(name, payload)
        wait_for_all(socket)
    socket.listen(silence_s=SILENCE_S)
    wait_for_all(socket)
    return "\n".join(socket.received[start:])


def wait_for_all(socket: RawSocket) -> None:
    """Until all that was sent before is answered."""
    path = f"/{secrets.token_hex(8)}"
    socket.send(HYDRATE, path=path)
    socket.until(path, within_s=WINDOW_S)


def _windows(calls: Iterable[Call]) -> Iterable[list[Call]]:
    """A call that a later one of its kind would overtake and cancel is the last of its window."""
    registered = RegistrationContext.get().event_handlers
    window: list[Call] = []
    for call in calls:
        window.append(call)
        if len(window) == WINDOW_CALLS or registered[call[0]].handler.supersedes:
            yield window
            window = []
    if window:
        yield window
