"""axe-core looks at every page and dialog, in both themes, on a desk and on a phone: no violation of WCAG 2.2 AA."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import TOUR_S, Person

#: The criteria of WCAG 2.0 to 2.2, levels A and AA, and what axe calls good practice; none of the experimental rules.
OPTIONS: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

#: Places for sentences are always there, most of them empty.
ANY_WORDS: Final = re.compile(r"\w")

DESK: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 844}

OWN_PATHS: Final = (
    "/dashboard",
    "/transfer",
    "/p2ptransfer",
    "/requests",
    "/requests/ask",
    "/notifications",
    "/transactions",
    "/settings",
)

Theme = Literal["light", "dark"]


@pytest.fixture
def axe() -> Axe:
    return Axe()


def violations(axe: Axe, page: Page, where: str) -> list[str]:
    """A sentence for each rule that is broken, with the first element that breaks it."""
    page.wait_for_function("document.fonts.status === 'loaded'")
    found: dict[str, Any] = json.loads(json.dumps(axe.run(page, options=OPTIONS).response))
    return [
        f"{where}: {violation['help']} ({violation['id']}): {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
    ]


def still(page: Page) -> None:
    """What is personal is there, and nothing fades any more: a half faded text has half its contrast."""
    expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")


def _public_pages(page: Page) -> Iterator[str]:
    for path in ("/signin", "/signup", "/there-is-no-such-page"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        yield path
    page.goto("/signin")
    page.get_by_label("Phone number").fill("98")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text=ANY_WORDS, visible=True).first).to_be_visible()
    yield "/signin, refused"


def _own_pages(page: Page) -> Iterator[str]:
    for path in OWN_PATHS:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        still(page)
        yield path


def _a_payment(page: Page, payee: Person) -> Iterator[str]:
    page.goto(f"/p2ptransfer?to={payee.person_id}")
    expect(page.get_by_text(f"Paying {payee.name}")).to_be_visible()
    page.get_by_label("Amount").fill("100000000")
    page.get_by_label("Amount").press("Enter")
    expect(page.get_by_role("alert").filter(has_text=ANY_WORDS, visible=True).first).to_be_visible()
    still(page)
    yield "send, refused"
    page.get_by_label("Amount").fill("12")
    page.get_by_role("button", name="Send ₹12.00").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    still(page)
    yield "send, to confirm"
    dialog.get_by_role("button", name="Send ₹12.00").click()
    expect(dialog.get_by_role("heading", name="₹12.00 sent to Bob Verma")).to_be_visible()
    still(page)
    yield "sent"
    dialog.get_by_text("View receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    still(page)
    yield "receipt"


@pytest.mark.timeout(TOUR_S)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_keeps_anybody_out(
    axe: Axe,
    theme: Theme,
    size: Any,
    alice: Person,
    bob: Person,
    charlie: Person,
    fund: Callable[[Person, int], str],
    new_context: Callable[[], BrowserContext],
) -> None:
    fund(alice, 1_000_00)
    broken: list[str] = []
    # Charlie is new: the same pages with nothing on them.
    for context, tours in (
        (new_context(), (_public_pages,)),
        (charlie.context, (_own_pages,)),
        (alice.context, (_own_pages, lambda page: _a_payment(page, bob))),
    ):
        page = context.new_page()
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        for tour in tours:
            for where in tour(page):
                broken += violations(axe, page, where)
    assert broken == []
