"""What each page reads when it opens, and again whenever the database says that something has changed."""

from collections.abc import AsyncIterator
from inspect import isawaitable
from typing import Any, Final, cast

import reflex as rx
from reflex.event import EventHandler

from wallet_app.operators.state import OperatorState
from wallet_app.paths import ADD_MONEY, ASK, HISTORY, HOME, NOTIFICATIONS, OPERATOR, RECEIPT, REQUESTS, SEND, SETTINGS
from wallet_app.state.balance import BalanceState
from wallet_app.state.dashboard import DashboardState
from wallet_app.state.notifications import NotificationsState
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.people import PeopleState
from wallet_app.state.receipt import ReceiptState
from wallet_app.state.requests import RequestsState
from wallet_app.state.session import SessionState
from wallet_app.state.settings import SettingsState
from wallet_app.state.transactions import TransactionsState
from wallet_app.state.transfer import TransferState
from wallet_app.tabs import open_tabs

_EVERY_PAGE: Final[list[EventHandler]] = [SessionState.load, BalanceState.load]

#: After the page itself: nobody waits for the count.
_AT_LAST: Final[list[EventHandler]] = [NotificationsState.load_count]

#: For each private page, the handlers that fill it from the database.
PAGE_LOADS: Final[dict[str, list[EventHandler]]] = {
    HOME: [*_EVERY_PAGE, DashboardState.load, *_AT_LAST],
    ADD_MONEY: [*_EVERY_PAGE, TransferState.load, *_AT_LAST],
    SEND: [*_EVERY_PAGE, P2PTransferState.load, PeopleState.load, *_AT_LAST],
    HISTORY: [*_EVERY_PAGE, TransactionsState.load, *_AT_LAST],
    RECEIPT: [*_EVERY_PAGE, ReceiptState.load, *_AT_LAST],
    SETTINGS: [*_EVERY_PAGE, SettingsState.load, *_AT_LAST],
    REQUESTS: [*_EVERY_PAGE, RequestsState.load, *_AT_LAST],
    ASK: [*_EVERY_PAGE, PeopleState.load, *_AT_LAST],
    NOTIFICATIONS: [*_EVERY_PAGE, NotificationsState.load, *_AT_LAST],
}


class LiveState(rx.State):
    @rx.event
    async def read_page(self) -> AsyncIterator[Any]:
        """Reads all that the open page shows: it has just been opened, something of this person has changed, or may
        have while we were away. One event, so that the session is looked up once and the tab's state is locked once;
        each part is sent as soon as it is read, the balance first.
        """
        open_tabs.begin(self.router.session.client_token)
        path = self.router.url.path.rstrip("/")
        if path == OPERATOR:
            yield OperatorState.read_anew
            return
        page = RECEIPT if path.startswith(f"{HISTORY}/") else path
        for handler in PAGE_LOADS.get(page, [*_EVERY_PAGE, *_AT_LAST]):
            yield await _run(self, handler)


async def _run(state: LiveState, handler: EventHandler) -> Any:
    """What the handler of another state answers, run within this event."""
    owner = await state.get_state(cast(type[rx.State], handler.state))
    answer = handler.fn(owner)
    return await answer if isawaitable(answer) else answer
