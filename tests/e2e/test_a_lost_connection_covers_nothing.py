"""The banner of a lost connection has a place of its own above the page, and comes as soon as the browser knows."""

from typing import Final

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e.conftest import Person
from tests.e2e.fitting import misfits
from tests.e2e.stack import Stack
from tests.e2e.test_operators import enter
from wallet_core.services.operators import grant_operator

PATHS: Final = ("/dashboard", "/p2ptransfer", "/requests", "/operator")

#: Sooner than the pings notice, which takes 8 s to 16 s (rxconfig.py).
AT_ONCE_MS: Final = 7_000


class Connection:
    """The websocket of a page. ``lose``: an open one outlives what DevTools calls offline, so it is closed, too."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/_event/**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        socket.connect_to_server()

    def lose(self) -> None:
        self._page.context.set_offline(True)
        self._sockets[-1].close()
        expect(_banner(self._page)).to_be_visible()

    def find_again(self) -> None:
        self._page.context.set_offline(False)
        expect(_banner(self._page)).to_be_hidden()


def _banner(page: Page) -> Locator:
    return page.locator(".offline")


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_banner_covers_nothing(stack: Stack, alice: Person, width: int, language: str) -> None:
    grant_operator(phone=alice.phone)
    enter(alice).close()
    alice.context.add_cookies([{"name": "wallet_language", "value": language, "url": stack.app_url}])
    page = alice.context.new_page()
    page.set_viewport_size({"width": width, "height": 640})
    connection = Connection(page)
    found: list[str] = []
    for path in PATHS:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        expect(page.locator(".skeleton")).to_have_count(0)
        connection.lose()
        found += misfits(page, path)
        page.mouse.wheel(0, 300)
        expect(_banner(page)).to_be_in_viewport(ratio=1)
        connection.find_again()
    assert found == []


def test_it_comes_as_soon_as_the_browser_says_so(stack: Stack, alice: Person) -> None:
    """Under another name than localhost, which needs no network: there the socket outlives it, and rightly so."""
    origin = stack.app_url.replace("localhost", "127.0.0.1")
    name, token = alice.cookie.split("=", 1)
    alice.context.add_cookies([{"name": name, "value": token, "url": origin}])
    page = alice.context.new_page()
    page.goto(f"{origin}/p2ptransfer")
    expect(page.get_by_label("Search people")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.context.set_offline(True)
    expect(_banner(page)).to_be_visible(timeout=AT_ONCE_MS)
    page.context.set_offline(False)
    expect(_banner(page)).to_be_hidden(timeout=AT_ONCE_MS)
