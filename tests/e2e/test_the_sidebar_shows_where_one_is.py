import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person

PLACES = {
    "/dashboard": "Home",
    "/transfer": "Add money",
    "/p2ptransfer": "Send",
    "/requests": "Requests",
    "/notifications": "Notifications",
    "/transactions": "History",
    "/settings": "Settings",
}


def _active(page: Page) -> list[str]:
    return page.locator("aside [aria-current=page]").all_inner_texts()


@pytest.mark.parametrize(("path", "name"), PLACES.items())
def test_on_a_deep_link_and_after_a_reload(alice: Person, path: str, name: str) -> None:
    page = alice.open(path)
    assert _active(page) == [name], "in the page as it comes, before the state has arrived"
    expect(page.get_by_text("Alice Nair").first).to_be_visible()
    assert _active(page) == [name]
    page.reload()
    assert _active(page) == [name]


def test_from_place_to_place(alice: Person) -> None:
    page = alice.open("/dashboard")
    for path, name in PLACES.items():
        page.get_by_role("complementary").get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(path))
        expect(page.locator("aside [aria-current=page]")).to_have_text(name)
        if path in ("/transfer", "/p2ptransfer"):
            # A step of its own, which must not come after the next one.
            expect(page).to_have_url(re.compile("form="))


def test_a_receipt_belongs_to_the_history(alice: Person, fund: Callable[[Person, int], str]) -> None:
    page = alice.open(f"/transactions/{fund(alice, 5_00)}")
    expect(page.get_by_role("main").get_by_text("₹5.00").first).to_be_visible()
    expect(page.locator("aside [aria-current=page]")).to_have_text("History")
