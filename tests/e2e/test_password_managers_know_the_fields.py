"""The fields in front of the door say what they hold, in the words that browsers and password managers know."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

#: WCAG 1.3.5 and the list of WHATWG.
PURPOSES: Final = {
    "/signin": {"Phone number": "tel", "Password": "current-password"},
    "/signup": {"Your name": "name", "Phone number": "tel", "Password": "new-password"},
}


@pytest.mark.parametrize("path", PURPOSES)
def test_each_field_says_what_it_holds(path: str, page: Page) -> None:
    page.goto(path)
    for label, purpose in PURPOSES[path].items():
        expect(page.get_by_label(label)).to_have_attribute("autocomplete", purpose)
