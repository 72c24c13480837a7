"""axe-core looks at what opens on a page, in both themes, on a desk and on a phone: My QR, the scanner, toasts."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Person
from tests.e2e.test_a_code_is_scanned_or_pasted import STUB
from tests.e2e.test_everybody_can_use_every_page import DESK, PHONE, Theme, axe, still, violations

__all__ = ["axe"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_opens_breaks_no_rule(
    axe: Any, theme: Theme, size: Any, alice: Person, fund: Callable[[Person, int], str]
) -> None:
    alice.context.add_init_script(STUB)
    page = alice.context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    page.goto("/dashboard")
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    page.get_by_role("button", name="My QR").click()
    expect(page.get_by_role("img", name="QR code with the link to pay you")).to_be_visible()
    still(page)
    broken = violations(axe, page, "My QR")
    page.get_by_label("Amount (optional)").fill("2.505")
    expect(page.get_by_text("An amount has at most two decimals")).to_be_visible()
    broken += violations(axe, page, "My QR, with a mistake")
    fund(alice, 75_00)
    page.locator("[data-sonner-toast][data-mounted=true]").hover()  # which then stays
    still(page)
    broken += violations(axe, page, "a toast")
    page.goto("/p2ptransfer")
    page.get_by_role("button", name="Scan a code").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    still(page)
    broken += violations(axe, page, "the scanner")
    page.get_by_role("button", name="Close").click()
    page.get_by_text("Paste a pay link").click()
    page.get_by_label("Pay link").fill("https://evil.example")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert").filter(has_text="This is not a pay link of this wallet")).to_be_visible()
    still(page)
    broken += violations(axe, page, "a link, refused")
    assert broken == []
