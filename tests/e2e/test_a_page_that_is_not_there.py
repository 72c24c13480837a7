"""An address that leads nowhere: the title is seen, and who reads Hindi can choose it there, as at every open door."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

#: A title of a page; what stands below it is 16 px or less.
TITLE_PX: Final = 24


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_its_title_is_the_heading_and_is_large(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/there-is-no-such-page")
    title = page.get_by_role("heading", level=1, name="Page not found")
    expect(title).to_be_visible()
    expect(page.get_by_text("Page not found", exact=True)).to_have_count(1)
    assert title.evaluate("e => e.offsetWidth > 99 && parseFloat(getComputedStyle(e).fontSize)") >= TITLE_PX


def test_it_is_read_in_the_other_language(page: Page) -> None:
    page.goto("/there-is-no-such-page")
    page.get_by_role("button", name="हिन्दी").click()
    expect(page.locator("html")).to_have_attribute("lang", "hi-IN")
    expect(page).to_have_url("/there-is-no-such-page")
    expect(page.get_by_role("button", name="English")).to_be_visible()
