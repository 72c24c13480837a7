"""The button that moves money is off and says so at the click, before any answer: here the server is never asked."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from wallet_app.state.opened_form import form_address
from wallet_core.ids import new_token
from wallet_core.services.requests import ask_for_money


class HeldBack:
    """What the page tells the server from a moment on, kept until it is let go."""

    def __init__(self, page: Page) -> None:
        self.is_holding = False
        self._kept: list[str | bytes] = []
        page.route_web_socket("**/_event/**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self._page_side, self._server = socket, socket.connect_to_server()
        socket.on_message(self._hear)

    def _hear(self, frame: str | bytes) -> None:
        if self.is_holding:
            self._kept.append(frame)
        else:
            self._server.send(frame)

    def lose(self) -> None:
        """The connection breaks with what was kept, and the page makes another one."""
        self.is_holding, self._kept = False, []
        self._server.close()
        self._page_side.close()

    def let_go(self) -> None:
        self.is_holding = False
        for frame in self._kept:
            self._server.send(frame)


@pytest.fixture
def funded(alice: Person, fund: Callable[[Person, int], str]) -> Person:
    fund(alice, 1_000_00)
    return alice


def _is_off(page: Page, button: str, words: str) -> None:
    expect(page.locator(button)).to_be_disabled()
    expect(page.locator(button)).to_have_text(words, use_inner_text=True)
    # A second click finds nothing to press.
    page.locator(button).dispatch_event("click")


def _open_once(page: Page, path: str, **parameters: str) -> None:
    """A form, with a key of its own: without one it is opened a second time when it has got one, at a moment of its
    own, and opening a form switches its button on."""
    page.goto(form_address(path, new_token(), **parameters))
    expect(page.locator(".skeleton")).to_have_count(0)


def _review(page: Page, payee: Person) -> None:
    _open_once(page, "/p2ptransfer", to=payee.person_id)
    page.get_by_label("Amount").fill("15")
    page.get_by_role("button", name="Send ₹15.00").click()
    expect(page.locator("#send-payment")).to_be_enabled()


def _clicked_and_held_back(page: Page, payee: Person) -> HeldBack:
    """The payment's last click was made, and the server has not heard of it."""
    held = HeldBack(page)
    _review(page, payee)
    held.is_holding = True
    page.locator("#send-payment").click()
    _is_off(page, "#send-payment", "Sending…")
    return held


def _is_sent_by_a_second_click(page: Page) -> None:
    expect(page.locator("#send-payment")).to_be_enabled()
    expect(page.locator("#send-payment")).to_have_text("Send ₹15.00", use_inner_text=True)
    page.locator("#send-payment").click()
    expect(page.get_by_role("heading", name="₹15.00 sent to Bob Verma")).to_be_visible()


def test_a_payment_that_is_on_its_way_says_sending(funded: Person, bob: Person) -> None:
    page = funded.context.new_page()
    held = _clicked_and_held_back(page, bob)
    held.let_go()
    expect(page.get_by_role("heading", name="₹15.00 sent to Bob Verma")).to_be_visible()


def test_a_request_that_is_being_paid_says_sending(funded: Person, bob: Person) -> None:
    ids = {"person_id": UUID(bob.person_id), "payer_id": UUID(funded.person_id)}
    ask_for_money(**ids, amount_paise=15_00, note="", key=new_token())
    page = funded.context.new_page()
    held = HeldBack(page)
    page.goto("/requests")
    page.get_by_role("button", name="Pay ₹15.00").click()
    expect(page.locator("#pay-request")).to_be_enabled()
    held.is_holding = True
    page.locator("#pay-request").click()
    _is_off(page, "#pay-request", "Sending…")
    held.let_go()
    expect(page.get_by_role("heading", name="₹15.00 sent to Bob Verma")).to_be_visible()


def test_an_order_that_is_being_placed_says_where_it_leads(stack: Stack, funded: Person) -> None:
    page = funded.context.new_page()
    held = HeldBack(page)
    _open_once(page, "/transfer")
    page.get_by_label("Amount").fill("15")
    page.get_by_text("HDFC Bank").first.click()
    expect(page.get_by_role("button", name="Add ₹15.00 from HDFC Bank")).to_be_enabled()
    held.is_holding = True
    page.locator("#start-onramp").click()
    _is_off(page, "#start-onramp", "Opening HDFC Bank…")
    held.let_go()
    page.wait_for_url(f"{stack.bank_url}/**")


def test_a_click_that_was_lost_on_its_way_can_be_repeated(funded: Person, bob: Person) -> None:
    page = funded.context.new_page()
    held = _clicked_and_held_back(page, bob)
    held.lose()
    _is_sent_by_a_second_click(page)


def test_a_click_that_was_refused_before_its_handler_can_be_repeated(stack: Stack, funded: Person, bob: Person) -> None:
    """Nobody can say who clicked while the sessions cannot be read."""
    page = funded.context.new_page()
    _review(page, bob)
    with psycopg.connect(stack.database_url, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE session RENAME TO session_elsewhere")
        try:
            page.locator("#send-payment").click()
            expect(page.get_by_text("Something went wrong on our side")).to_be_visible()
        finally:
            superuser.execute("ALTER TABLE session_elsewhere RENAME TO session")
    _is_sent_by_a_second_click(page)
