"""axe-core looks at how things end, in both themes, on a desk and a phone: paid, added, declined, expired, offline."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.conftest import add_onramp, bank_message
from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.test_everybody_can_use_every_page import DESK, PHONE, Theme, axe, still, violations
from tests.e2e.test_the_wallet_can_be_installed import IS_CONTROLLED
from wallet_core.ids import new_token
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.requests import ask_for_money, decline_request

__all__ = ["axe"]

Fund = Callable[[Person, int], str]


@pytest.fixture
def orders(alice: Person, fund: Fund, superuser: psycopg.Connection) -> dict[str, str]:
    """Orders of alice by how they went, each with what its page says."""
    failed, expired, waiting = (add_onramp(UUID(alice.person_id), 75_00) for _ in range(3))
    settle_onramp(bank_message(failed, 75_00, succeeded=False))
    superuser.execute(
        "UPDATE onramp SET status = 'expired', failure_code = 'expired', settled_at = now() WHERE reference = %s",
        [expired],
    )
    return {
        fund(alice, 75_00): "₹75.00 added",
        failed: "₹75.00 not added",
        expired: "₹75.00 not added",
        waiting: "Waiting for HDFC Bank",
    }


@pytest.fixture
def requests(alice: Person, bob: Person, superuser: psycopg.Connection) -> None:
    """One that waits for alice, one that she declined, one that is over."""
    _waiting, declined, expired = (_ask(bob, alice) for _ in range(3))
    decline_request(person_id=UUID(alice.person_id), reference=declined)
    superuser.execute(
        "UPDATE payment_request SET created_at = now() - interval '9 days', expires_at = now() - interval '2 days'"
        " WHERE reference = %s",
        [expired],
    )


def _ask(asker: Person, payer: Person) -> str:
    ids = {"person_id": UUID(asker.person_id), "payer_id": UUID(payer.person_id)}
    return ask_for_money(**ids, amount_paise=2_00, note="", key=new_token()).reference


def _orders(page: Page, orders: dict[str, str]) -> Iterator[str]:
    for reference, words in orders.items():
        page.goto(f"/transfer?reference={reference}")
        expect(page.get_by_role("main").get_by_role("heading", name=words)).to_be_visible()
        yield f"add money: {words}"
        page.goto(f"/transactions/{reference}")
        expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        yield f"receipt: {words}"


def _requests(page: Page) -> Iterator[str]:
    page.goto("/requests")
    for words in ("Declined", "Expired"):
        expect(page.get_by_role("list", name="Earlier").get_by_text(words, exact=True)).to_be_visible()
    yield "requests, answered"
    page.get_by_role("button", name="Pay ₹2.00").click()
    page.get_by_role("dialog").get_by_role("button", name="Pay ₹2.00").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="₹2.00 sent to Bob Verma")).to_be_visible()
    yield "requests, paid"


def _without_connection(page: Page) -> Iterator[str]:
    """First the page that is open loses the server; then another cannot be loaded."""
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/_event/**", connect)
    page.goto("/p2ptransfer")
    expect(page.get_by_role("radio").first).to_be_attached()
    page.wait_for_function(IS_CONTROLLED)
    # An open websocket outlives what DevTools calls offline.
    page.context.set_offline(True)
    sockets[-1].close()
    banner = page.get_by_role("status").filter(has_text="You are offline")
    expect(banner).to_be_visible()
    yield "offline, the banner"
    page.goto("/settings")
    expect(page.get_by_role("heading", name=re.compile("You are offline"))).to_be_visible()
    yield "offline, the page"
    page.context.set_offline(False)


@pytest.mark.timeout(TOUR_S)
@pytest.mark.usefixtures("requests")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_how_things_end_breaks_no_rule(
    axe: Any, theme: Theme, size: Any, alice: Person, orders: dict[str, str]
) -> None:
    page = alice.context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    broken: list[str] = []
    for tour in (_orders(page, orders), _requests(page), _without_connection(page)):
        for where in tour:
            still(page)
            broken += violations(axe, page, where)
    assert broken == []
