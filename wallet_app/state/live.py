"""What each page reads when it opens, and again whenever the database says that something has changed."""

from typing import Any, Final

import reflex as rx

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

_EVERY_PAGE: Final[list[Any]] = [SessionState.load, BalanceState.load]

#: After the page itself: nobody waits for the count.
_AT_LAST: Final[list[Any]] = [NotificationsState.load_count]

#: For each private page, the handlers that fill it from the database.
PAGE_LOADS: Final[dict[str, list[Any]]] = {
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
    def changed(self) -> list[Any]:
        """Something of this person has changed, or may have while we were away: read the open page again."""
        open_tabs.begin(self.router.session.client_token)
        path = self.router.url.path.rstrip("/")
        if path == OPERATOR:
            return [OperatorState.read_anew]
        page = RECEIPT if path.startswith(f"{HISTORY}/") else path
        return PAGE_LOADS.get(page, [*_EVERY_PAGE, *_AT_LAST])
