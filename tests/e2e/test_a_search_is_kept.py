"""What somebody searches for in the history is searched for, however early it was typed, and stays in the address."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.conftest import add_onramp, bank_message
from tests.e2e.conftest import Person
from wallet_core.services.onramps import settle_onramp

Fund = Callable[[Person, int], str]


@pytest.fixture
def paid(alice: Person, bob: Person, fund: Fund) -> Person:
    """By a bank, so that a text finds it or does not."""
    fund(alice, 1_000_00)
    return alice


class SlowLine:
    """What the page says to the app waits until it is let through."""

    def __init__(self, page: Page) -> None:
        self._held: list[tuple[WebSocketRoute, str | bytes]] = []
        self._is_open = False
        page.route_web_socket("**/_event/**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda frame: server.send(frame) if self._is_open else self._held.append((server, frame)))

    def let_through(self) -> None:
        self._is_open = True
        for server, frame in self._held:
            server.send(frame)
        self._held.clear()


@pytest.mark.parametrize("path", ["/transactions", "/transactions?show=in"])
def test_what_was_typed_before_the_page_was_ready(paid: Person, path: str) -> None:
    page = paid.context.new_page()
    line = SlowLine(page)
    page.goto(path)
    search = page.get_by_role("searchbox")
    search.press_sequentially("nobody has this")
    line.let_through()
    expect(page.get_by_role("paragraph").filter(has_text="Nothing matches these filters")).to_be_visible()
    expect(search).to_have_value("nobody has this")
    expect(page).to_have_url(re.compile(r"q=nobody\+has\+this"))


def test_a_reload_and_a_visit_elsewhere(paid: Person) -> None:
    page = paid.open("/transactions?q=nobody+has+this")
    search = page.get_by_role("searchbox")
    expect(search).to_have_value("nobody has this")
    page.reload()
    expect(search).to_have_value("nobody has this")
    expect(page.get_by_role("paragraph").filter(has_text="Nothing matches these filters")).to_be_visible()
    # The same page again, by the sidebar: everything, and an empty field.
    page.locator("aside").get_by_role("link", name="History").click()
    expect(search).to_have_value("")
    expect(page.locator("main").get_by_role("link").filter(has_text="HDFC Bank")).to_be_visible()
    page.go_back()
    expect(search).to_have_value("nobody has this")


def test_status_and_month_stand_in_the_address(paid: Person) -> None:
    failed = add_onramp(UUID(paid.person_id), 75_00)
    settle_onramp(bank_message(failed, 75_00, succeeded=False))
    page = paid.open("/transactions")
    rows = page.get_by_role("main").get_by_role("listitem").filter(has_text="HDFC Bank")
    status, month = page.get_by_label("Status"), page.get_by_label("Month")
    expect(rows).to_have_count(2)
    status.select_option(label="Failed")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("₹75.00")
    expect(page).to_have_url(re.compile("status=failed"))
    this_month, last_month = (month.locator("option").nth(place).get_attribute("value") for place in (1, 2))
    month.select_option(last_month)
    expect(page.get_by_role("paragraph").filter(has_text="Nothing matches these filters")).to_be_visible()
    month.select_option(this_month)
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(f"status=failed&month={this_month}"))
    page.reload()
    expect(rows).to_have_count(1)
    expect(status).to_have_value("failed")
    expect(month).to_have_value(this_month or "")


def test_after_clear_filters_the_field_is_empty_and_searches(paid: Person) -> None:
    page = paid.open("/transactions")
    search = page.get_by_role("searchbox")
    search.press_sequentially("nobody has this")
    page.get_by_role("button", name="Clear filters").click()
    expect(search).to_have_value("")
    expect(page.locator("main").get_by_role("link").filter(has_text="HDFC Bank")).to_be_visible()
    search.press_sequentially("hdfc")
    expect(page).to_have_url(re.compile("q=hdfc"))
