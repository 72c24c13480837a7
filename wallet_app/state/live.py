"""What each page reads when it opens, and again whenever the database says that something has changed."""

from typing import Any, Final

import reflex as rx

from wallet_app.paths import ADD_MONEY, ASK, HISTORY, HOME, NOTIFICATIONS, RECEIPT, REQUESTS, SEND, SETTINGS
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

_EVERY_PAGE: Final[list[Any]] = [SessionState.load, BalanceState.load, NotificationsState.load_count]

#: For each private page, the handlers that fill it from the database.
PAGE_LOADS: Final[dict[str, list[Any]]] = {
    HOME: [*_EVERY_PAGE, DashboardState.load],
    ADD_MONEY: [*_EVERY_PAGE, TransferState.load],
    SEND: [*_EVERY_PAGE, P2PTransferState.load, PeopleState.load],
    HISTORY: [*_EVERY_PAGE, TransactionsState.load],
    RECEIPT: [*_EVERY_PAGE, ReceiptState.load],
    SETTINGS: [*_EVERY_PAGE, SettingsState.load],
    REQUESTS: [*_EVERY_PAGE, RequestsState.load],
    ASK: [*_EVERY_PAGE, PeopleState.load],
    NOTIFICATIONS: [*_EVERY_PAGE, NotificationsState.load],
}


class LiveState(rx.State):
    @rx.event
    def changed(self) -> list[Any]:
        """Something of this person has changed, or may have while we were away: read the open page again."""
        path = self.router.url.path.rstrip("/")
        page = RECEIPT if path.startswith(f"{HISTORY}/") else path
        return PAGE_LOADS.get(page, _EVERY_PAGE)
