"""Money in and out as bars: chosen with the keyboard, kept while money moves, and a table for screen readers."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Person

COUNTS: Final = {"7 days": 7, "30 days": 30, "12 months": 12}


def table(page: Page) -> Locator:
    return page.get_by_role("table", name="Money in and out")


def test_the_keyboard_chooses_and_live_money_keeps_the_choice(
    alice: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 1_234_56)
    page = alice.open("/dashboard")
    rows = table(page).locator("tbody tr")
    expect(rows).to_have_count(7)
    page.get_by_role("radio", name="7 days").focus()
    for words in ("30 days", "12 months"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radio", name=words)).to_be_focused()
        expect(page.get_by_role("radio", name=words)).to_be_checked()
        expect(rows).to_have_count(COUNTS[words])
        expect(page.get_by_role("status").filter(has_text=f"{words}: ₹1,234.56 in, ₹0.00 out")).to_be_attached()
    expect(rows.last.get_by_role("cell").first).to_have_text("₹1,234.56")

    fund(alice, 1_00)
    expect(rows.last.get_by_role("cell").first).to_have_text("₹1,235.56")
    expect(rows).to_have_count(12)
    expect(page.get_by_role("radio", name="12 months")).to_be_checked()
    expect(page.get_by_role("radio", name="12 months")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 320])
def test_every_range_fits(alice: Person, fund: Callable[[Person, int], str], width: int) -> None:
    fund(alice, 99_999_99)
    page = alice.open("/dashboard")
    page.set_viewport_size({"width": width, "height": 800})
    for words, count in COUNTS.items():
        page.get_by_text(words, exact=True).click()
        expect(table(page).locator("tbody tr")).to_have_count(count)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
