"""The balance, and what arrives while the page is open."""

from functools import reduce
from typing import Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import ask, signed_in
from wallet_app.cookies import hides_balance, hiding_cookie
from wallet_app.words.saying import say
from wallet_core.money import format_rupees
from wallet_core.services.activity import list_activity, read_balance
from wallet_core.views import ActivityKind, ActivityRow, ActivityStatus, Balance

#: How many arrivals are announced at once; more than that in one moment is a burst that nobody can read.
MAX_ANNOUNCEMENTS: Final = 3

HIDDEN_AMOUNT: Final = "₹ ••••••"


def _on_the_way(balance: Balance) -> str:
    if not balance.on_the_way_paise:
        return ""
    first, *others = balance.on_the_way_banks
    banks = reduce(lambda named, bank: say("common.two", first=named, last=bank), others, first)
    return say("home.on_the_way", banks=banks)


def _arrival(row: ActivityRow) -> str:
    return say("home.received_from", amount=format_rupees(row.amount_paise), name=row.counterparty)


class BalanceState(rx.State):
    available: str = ""
    locked: str = ""
    total: str = ""
    on_the_way: str = ""
    on_the_way_from: str = ""
    has_locked: bool = False
    is_hidden: bool = False
    is_loaded: bool = False
    announcement: str = ""

    #: References already seen by this tab, so that only what is new is announced.
    _seen: list[str] = []

    #: The websocket whose cookie has been read. It was sent when that was opened: what was chosen since then is newer.
    _connection: str = ""

    @rx.event
    async def load(self) -> list[EventSpec] | None:
        person_id = signed_in().person_id
        balance = await ask(read_balance, person_id=person_id)
        page = await ask(list_activity, person_id=person_id, limit=MAX_ANNOUNCEMENTS)
        self.available = format_rupees(balance.available_paise)
        self.locked = format_rupees(balance.locked_paise)
        self.total = format_rupees(balance.total_paise)
        self.has_locked = balance.locked_paise > 0
        self.on_the_way = format_rupees(balance.on_the_way_paise) if balance.on_the_way_paise else ""
        self.on_the_way_from = _on_the_way(balance)
        _remember_hiding(self)
        arrivals = [
            _arrival(row)
            for row in page.rows
            if row.reference not in self._seen
            and row.status == ActivityStatus.SUCCEEDED
            and row.kind in (ActivityKind.ONRAMP, ActivityKind.RECEIVED)
        ]
        is_first_look = not self.is_loaded
        # A waiting on-ramp keeps its reference when it is credited: only settled rows count as seen.
        self._seen = [row.reference for row in page.rows if row.status == ActivityStatus.SUCCEEDED]
        self.is_loaded = True
        if is_first_look or not arrivals:
            return None
        now = [] if self.is_hidden else [say("home.balance_now", amount=self.available)]
        self.announcement = ". ".join([*arrivals, *now])
        return [rx.toast.success(arrival) for arrival in arrivals]

    @rx.event
    def toggle_hidden(self) -> EventSpec:
        """For this browser, and for the visits to come."""
        self.is_hidden = not self.is_hidden
        self.announcement = ""
        return rx.call_script(f"document.cookie={hiding_cookie(is_hidden=self.is_hidden)!r}")


def _remember_hiding(state: BalanceState) -> None:
    connection = state.router.session.session_id
    if connection != state._connection:
        state._connection = connection
        state.is_hidden = hides_balance(state.router.headers.cookie)
