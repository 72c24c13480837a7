"""A change in the database changes the page that is open, its balance first: nobody has to reload."""

import pytest
from reflex.event import EventHandler

from tests.interface.handlers import call, state_at
from wallet_app.paths import HISTORY, PRIVATE_PAGES, RECEIPT
from wallet_app.state import balance, live
from wallet_app.state.balance import BalanceState
from wallet_app.state.live import PAGE_LOADS, LiveState
from wallet_core.views import ActivityPage, Balance


def names(handlers: list[EventHandler]) -> list[str]:
    return [each.fn.__qualname__ for each in handlers]


@pytest.fixture(autouse=True)
def parts_that_only_say_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of a page answers itself in place of reading the database."""

    async def answer(_: LiveState, handler: EventHandler) -> EventHandler:
        return handler

    monkeypatch.setattr(live, "_run", answer)


def test_every_private_page_reads_the_balance() -> None:
    assert set(PAGE_LOADS) == PRIVATE_PAGES | {RECEIPT}
    for handlers in PAGE_LOADS.values():
        assert "BalanceState.load" in names(handlers)


@pytest.mark.parametrize("page", sorted(PAGE_LOADS))
def test_a_change_reads_all_of_the_open_page(page: str) -> None:
    address = page.replace("[reference]", "P-0123456789ABCD")
    assert names(call(state_at(LiveState, address), "read_page")) == names(PAGE_LOADS[page])


def test_a_page_of_its_own_is_not_needed_for_the_balance() -> None:
    assert "BalanceState.load" in names(call(state_at(LiveState, f"{HISTORY}-of-tomorrow"), "read_page"))


def test_the_balance_is_what_the_books_say_now(monkeypatch: pytest.MonkeyPatch) -> None:
    books = Balance(available_paise=10_00, locked_paise=0, on_the_way_paise=0, on_the_way_banks=[])
    monkeypatch.setattr(balance, "list_activity", lambda **_: ActivityPage([], None))
    monkeypatch.setattr(balance, "read_balance", lambda **_: books)
    state = state_at(BalanceState, "/dashboard")
    call(state, "load")
    assert state.available == "₹10.00"
    books = Balance(available_paise=1_23_456_78, locked_paise=2_00, on_the_way_paise=0, on_the_way_banks=[])
    call(state, "load")
    assert (state.available, state.locked, state.total) == ("₹1,23,456.78", "₹2.00", "₹1,23,458.78")
