"""A chip with a sum that is often wanted fills the field, and is marked as long as the field comes to that sum."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person

CHIPS: Final = ("₹100", "₹500", "₹1,000", "₹2,000")

#: Ways to type one sum.
THOUSAND: Final = ("1000", "1,000", "1000.00", " 1 000 ", "₹1000")


def _marks(page: Page, *chips: str) -> None:
    """These chips are marked, and no others."""
    for chip in CHIPS:
        pressed = "true" if chip in chips else "false"
        expect(page.get_by_role("button", name=chip, exact=True)).to_have_attribute("aria-pressed", pressed)


@pytest.mark.parametrize("path", ["/p2ptransfer", "/requests/ask", "/transfer"])
def test_a_chip_fills_the_field_and_is_marked(path: str, alice: Person, bob: Person) -> None:
    page = alice.open(path if path == "/transfer" else f"{path}?to={bob.person_id}")
    _marks(page)
    page.get_by_role("button", name="₹1,000", exact=True).click()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("1,000")
    _marks(page, "₹1,000")
    page.get_by_role("button", name="₹500", exact=True).click()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("500")
    _marks(page, "₹500")
    for typed in THOUSAND:
        page.get_by_label("Amount", exact=True).fill("7")
        _marks(page)
        page.get_by_label("Amount", exact=True).fill(typed)
        _marks(page, "₹1,000")
