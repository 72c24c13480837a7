"""Reduced motion: no page, dialog or toast animates or fades, while it loads and when it has."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Person
from tests.e2e.test_budgets_of_the_interface import PATHS, PRIVATE_PATHS

#: Everything that would move by its styles, were it shown, hovered or changed; and everything that does.
_MOVING: Final = """
() => [...document.querySelectorAll("*")].flatMap(element => [null, "::before", "::after"].map(part => {
  const style = getComputedStyle(element, part);
  const moves = style.animationName !== "none" || style.transitionDuration.split(", ").some(time => time !== "0s");
  return moves ? `${element.tagName}.${element.className} ${part ?? ""}` : "";
})).filter(Boolean).concat(document.getAnimations().map(animation => `${animation.constructor.name}`))
"""

#: Whatever began, even where it has ended since.
_COUNT_MOTION: Final = """
window.moved = [];
for (const kind of ["animationstart", "transitionrun"])
  document.addEventListener(kind, event => window.moved.push(`${kind} ${event.target.className}`), true);
"""


def still(page: Page) -> Page:
    page.emulate_media(reduced_motion="reduce")
    page.add_init_script(_COUNT_MOTION)
    return page


@pytest.mark.parametrize("path", PATHS)
def test_a_page_stands_still(path: str, alice: Person, new_context: Callable[[], BrowserContext]) -> None:
    page = still((alice.context if path in PRIVATE_PATHS else new_context()).new_page())
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.locator(".skeleton")).to_have_count(0)
    assert page.evaluate(_MOVING) == []
    assert page.evaluate("window.moved") == []


def test_skeletons_stand_still(alice: Person) -> None:
    page = still(alice.context.new_page())
    # With the first answer held back, the skeletons stay.
    page.route_web_socket("**/_event/**", lambda _socket: None)
    page.goto("/dashboard")
    expect(page.locator(".skeleton").first).to_be_attached()
    assert page.evaluate(_MOVING) == []


def test_dialogs_themes_and_toasts_stand_still(alice: Person, bob: Person, fund: Callable[[Person, int], str]) -> None:
    fund(alice, 100_00)
    page = still(alice.context.new_page())
    page.goto(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("12")
    page.get_by_role("button", name="Send ₹12.00").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate(_MOVING) == []
    dialog.get_by_role("button", name="Go back").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Switch between light and dark").first.click()
    page.get_by_role("link", name="Home").first.hover()
    fund(alice, 1_00)
    expect(page.locator("[data-sonner-toast]").first).to_be_visible()
    assert page.evaluate(_MOVING) == []
    assert page.evaluate("window.moved") == []
