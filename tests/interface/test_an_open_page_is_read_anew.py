"""A change in the database changes the page that is open, its balance first: nobody has to reload."""

import pytest
from reflex.event import EventHandler, EventSpec

from tests.interface.handlers import call, state_at
from wallet_app.paths import HISTORY, PRIVATE_PAGES, RECEIPT
from wallet_app.state import balance
from wallet_app.state.balance import BalanceState
from wallet_app.state.live import PAGE_LOADS, LiveState
from wallet_core.views import ActivityPage, Balance


def names(handlers: list[EventHandler | EventSpec]) -> set[str]:
    return {each.handler.fn.__qualname__ if isinstance(each, EventSpec) else each.fn.__qualname__ for each in handlers}


def test_every_private_page_reads_the_balance() -> None:
    assert set(PAGE_LOADS) == PRIVATE_PAGES | {RECEIPT}
    for handlers in PAGE_LOADS.values():
        assert "BalanceState.load" in names(handlers)


@pytest.mark.parametrize("page", sorted(PAGE_LOADS))
def test_a_change_reads_all_of_the_open_page(page: str) -> None:
    address = page.replace("[reference]", "P-0123456789ABCD")
    (answered,) = call(state_at(LiveState, address), "changed")
    assert names(answered) == names(PAGE_LOADS[page])


def test_a_page_of_its_own_is_not_needed_for_the_balance() -> None:
    (answered,) = call(state_at(LiveState, f"{HISTORY}-of-tomorrow"), "changed")
    assert "BalanceState.load" in names(answered)


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
