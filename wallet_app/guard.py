"""Who is asking. Every event of the websocket passes here before any handler sees it.

The person is resolved from the session cookie of the connection, anew for each event, so that a sign-out or a
revocation holds from the next event on. Reflex's client token is chosen by the client and says nothing about
who somebody is: a state that was filled for one session is emptied before another session sees any of it.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import reflex as rx
from reflex.app import App
from reflex.event import Event, EventSpec
from reflex.middleware import Middleware
from reflex.state import BaseState, State, StateUpdate

from wallet_app.addresses import address_of
from wallet_app.asking import address_asking, person_asking, person_of
from wallet_app.operators.state import OperatorState
from wallet_app.paths import PUBLIC_PAGES, SIGN_IN
from wallet_app.state.session import SessionState
from wallet_app.state.sign_in import SignInState
from wallet_app.tabs import open_tabs
from wallet_app.words.books import DEFAULT
from wallet_app.words.choosing import language_of
from wallet_app.words.saying import language_asking
from wallet_core import metrics, tracing
from wallet_core.logs import call_fields, new_request_id

#: Reflex's own events that connect a page. They carry no personal data: the state was emptied before.
_REFLEX_EVENTS: Final = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "on_load_internal",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)

_NS_PER_S: Final = 1_000_000_000

#: The handlers that somebody without a session may call. A new handler is closed until it is listed here.
_PUBLIC_STATES: Final = (SignInState,)


def needs_session(event_name: str) -> bool:
    """Whether this event is refused without a session."""
    state_name, _, handler = event_name.rpartition(".")
    if state_name in {state.get_full_name() for state in _PUBLIC_STATES}:
        return False
    return not (handler in _REFLEX_EVENTS and "wallet_app" not in state_name)


class SessionGuard(Middleware):
    """Resolves the person, empties foreign state, refuses what needs a session."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Returns: None to let the handler run, or the update that answers in its place."""
        if event.name.endswith(".setvar"):
            # Registered by Reflex on every state; it would reach every method named set_<something>.
            return StateUpdate()
        request_id = new_request_id()
        call_fields.set({"request_id": request_id})
        _time_event(event.name.rpartition("___")[2], request_id)
        root = state._get_root_state()
        headers = root.router_data.get("headers", {})
        language = language_of(headers)
        is_of_operators = event.name.startswith(f"{OperatorState.get_full_name()}.")
        # Their page is in English for everybody.
        language_asking.set(DEFAULT if is_of_operators else language)
        person = await person_of(headers.get("cookie", ""))
        person_asking.set(person)
        address_asking.set(address_of(str(root.router_data.get("ip", "")), [str(headers.get("x-forwarded-for", ""))]))
        has_emptied = await _empty_if_foreign(root, owner=f"{person.session_id} {language}" if person else "")
        client_token = root.router.session.client_token
        if person is not None:
            open_tabs.note(client_token, person.person_id, root.router_data)
            return None
        open_tabs.forget(client_token)
        if not needs_session(event.name):
            return None
        if is_of_operators:
            # Nothing says that there is anything. What an operator left on the screen goes with the session.
            return StateUpdate(events=Event.from_event_type(_reload())) if has_emptied else StateUpdate()
        return StateUpdate(events=Event.from_event_type(leave_for_sign_in(root.router.url.path, root.router.url.query)))


def _reload() -> EventSpec:
    return rx.call_script("window.location.reload()")


def leave_for_sign_in(path: str, query: str = "") -> EventSpec:
    """Loads the sign-in page anew, so that nothing of the person stays in the tab's memory."""
    if path in PUBLIC_PAGES:
        return _reload()
    target = f"{SIGN_IN}?next={quote(f'{path}?{query}' if query else path, safe='/')}"
    return rx.call_script(f"window.location.replace({target!r})")


def _time_event(name: str, request_id: str) -> None:
    """Reflex runs each event in a task of its own, and has no other place where an event is at its end."""
    started_ns = time.perf_counter_ns()

    def end(_: object) -> None:
        metrics.EVENT_S.observe((time.perf_counter_ns() - started_ns) / _NS_PER_S)
        tracing.record("event", request_id, started_ns, {"request_id": request_id, "event": name})

    task = asyncio.current_task()
    if task is not None:
        task.add_done_callback(end)


async def _empty_if_foreign(root: BaseState, owner: str) -> bool:
    """Empties the whole state when it was filled for another session, or in another language, than what asks now.
    Answers whether it did.
    """
    session_state = await root.get_state(SessionState)
    if session_state._owner == owner:
        return False
    for state_class in _all_states(State):
        # With Redis only parts of the state are loaded; a part that is not loaded would escape the reset.
        await root.get_state(state_class)
    root.reset()
    session_state._owner = owner
    return True


def _all_states(state_class: type[BaseState]) -> Iterator[type[BaseState]]:
    for substate in state_class.get_substates():
        yield substate
        yield from _all_states(substate)
