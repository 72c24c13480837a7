"""Every open tab changes by itself: what PostgreSQL notifies is turned into an ordinary event of each tab.

The event runs under the same guard as a click and reads the database again. NOTIFY is not kept for those who
were away, so after each (re)connection every tab reads everything anew.
"""

import logging
import time
from uuid import UUID

from reflex.app import App
from reflex.event import Event

from wallet_app.state.live import LiveState
from wallet_app.tabs import open_tabs
from wallet_core import metrics, tracing
from wallet_core.notifications import listen

logger = logging.getLogger(__name__)


async def follow_changes(app: App) -> None:
    """Runs for as long as the worker does."""

    async def on_change(person_id: UUID) -> None:
        for client_token in open_tabs.of(person_id):
            await _refresh(app, client_token)

    async def on_connect() -> None:
        for client_token in open_tabs.all():
            await _refresh(app, client_token)

    def on_credited(person_id: UUID, references: list[str]) -> None:
        # The tabs were told a moment ago: the change comes before this, in the same commit.
        if tabs := open_tabs.of(person_id):
            logger.info("pushed", extra={"references": references, "tabs": len(tabs)})
            for reference in references:
                tracing.record(
                    "tabs told", reference, time.perf_counter_ns(), {"reference": reference, "tabs": len(tabs)}
                )

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
