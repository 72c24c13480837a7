"""Every open tab changes by itself: what PostgreSQL notifies is turned into an ordinary event of each tab.

The event runs under the same guard as a click and reads the database again. NOTIFY is not kept for those who
were away, so after each (re)connection every tab reads everything anew.
"""

import asyncio
import logging
import time
from collections.abc import Container
from typing import Any, Final
from uuid import UUID

from reflex.app import App
from reflex.event import Event
from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import State

from wallet_app.state.live import LiveState
from wallet_app.state.session import SessionState
from wallet_app.tabs import open_tabs
from wallet_core import metrics, tracing
from wallet_core.notifications import Credited, listen

logger = logging.getLogger(__name__)


#: Nobody says that a tab was closed. Its memory and its part of the figure go within this.
FORGET_EVERY_S: Final = 10


#: Of one tab. Nobody types or clicks as much while the app is away for a moment; they are a few hundred bytes each.
MAX_WAITING_EVENTS: Final = 1_000


async def forget_closed_tabs(app: App) -> None:
    """Runs for as long as the worker does."""
    while True:
        await asyncio.sleep(FORGET_EVERY_S)
        if app.event_namespace is not None:
            connected = app.event_namespace._token_manager.token_to_socket
            open_tabs.forget_all_but(connected)
            forget_strangers(app.state_manager, connected)


def forget_strangers(manager: StateManager, connected: Container[str]) -> None:
    """A tab of nobody's that is gone leaves nothing behind: anybody may open as many as they like, and Reflex would
    keep 30 kB of each for an hour. (Redis, where several apps share one, has a bound of its own.)
    """
    if not isinstance(manager, StateManagerMemory):
        return
    for _, token in list(manager._token_expires_at.values()):
        lock = manager._states_locks.get(token.lock_key)
        is_in_use = token.ident in connected or (lock is not None and lock.locked())
        root = manager.states.get(token.cache_key)
        if not is_in_use and isinstance(root, State) and not session_of(root)._owner:
            manager._purge_token(token)


def session_of(root: State) -> SessionState:
    """Whom the whole state was filled for."""
    session = root.get_substate(SessionState.get_full_name().split("."))
    assert isinstance(session, SessionState)  # noqa: S101 - it was asked for
    return session


def bound_what_waits(app: App) -> None:
    """A tab that sends faster than it is answered is hung up on, and may come again: Reflex would keep whatever it
    sends, 30 MB a second of it, until the memory is full.
    """
    namespace, server = app.event_namespace, app.sio
    if namespace is None or server is None:
        return
    take = namespace.on_event

    async def take_some(sid: str, data: Any) -> None:
        waiting = app.event_processor._token_queues.get(namespace.sid_to_token.get(sid, ""), ())
        if len(waiting) < MAX_WAITING_EVENTS:
            await take(sid, data)
        else:
            # The connection below: whose namespace alone is closed does not come again.
            await server.eio.disconnect(server.manager.eio_sid_from_sid(sid, namespace.namespace))

    namespace.on_event = take_some  # type: ignore[method-assign]


async def follow_changes(app: App) -> None:
    """Runs for as long as the worker does."""
    bound_what_waits(app)

    async def on_change(person_id: UUID) -> None:
        for client_token in open_tabs.of(person_id):
            await _refresh(app, client_token)

    async def on_connect() -> None:
        for client_token in open_tabs.all():
            await _refresh(app, client_token)

    def on_credited(person_id: UUID, credited: list[Credited]) -> None:
        # The tabs were told a moment ago: the change comes before this, in the same commit.
        if tabs := open_tabs.of(person_id):
            logger.info("pushed", extra={"credited": credited, "tabs": len(tabs)})
            for each in credited:
                fields = {**each._asdict(), "tabs": len(tabs)}
                tracing.record("tabs told", each.reference, time.perf_counter_ns(), fields)

    await listen(on_change, on_connect, on_credited)


async def _refresh(app: App, client_token: str) -> None:
    """Makes one tab read again, under the cookie of the connection that is open NOW.

    The state remembers the headers of its last event; whoever has since connected with the same client token
    would otherwise be sent what the earlier cookie may see.
    """
    namespace = app.event_namespace
    if namespace is None:
        return
    record = namespace._token_manager.token_to_socket.get(client_token)
    router_data = namespace._static_router_data.get(record.sid) if record is not None else None
    if router_data is None:
        open_tabs.forget(client_token)
        return
    if not open_tabs.tell(client_token):
        return
    metrics.PUSHES.inc()
    events = Event.from_event_type(LiveState.read_page())
    for event in events:
        event.router_data.update({**open_tabs.view(client_token), **router_data, "token": client_token})
    await app.event_processor.enqueue_many(client_token, *events)
