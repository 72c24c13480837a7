"""What somebody searches for in the history is searched for, however early it was typed, and stays in the address."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Person

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


def test_after_clear_filters_the_field_is_empty_and_searches(paid: Person) -> None:
    page = paid.open("/transactions")
    search = page.get_by_role("searchbox")
    search.press_sequentially("nobody has this")
    page.get_by_role("button", name="Clear filters").click()
    expect(search).to_have_value("")
    expect(page.locator("main").get_by_role("link").filter(has_text="HDFC Bank")).to_be_visible()
    search.press_sequentially("hdfc")
    expect(page).to_have_url(re.compile("q=hdfc"))
