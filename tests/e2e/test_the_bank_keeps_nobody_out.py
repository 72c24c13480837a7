"""The demo bank is somebody's only way to their money, too: axe, thumbs and the smallest phone on each of its pages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.fitting import misfits
from tests.e2e.stack import Stack
from tests.e2e.test_budgets_of_the_interface import SMALL_TARGETS, SMALLEST_PHONE_PX, TARGET_PX
from tests.e2e.test_everybody_can_use_every_page import Theme, axe, violations

__all__ = ["axe"]


def _bank(page: Page, stack: Stack) -> Iterator[str]:
    page.goto("/transfer")
    page.get_by_label("Amount").fill("500")
    page.get_by_role("radio", name="HDFC Bank").check()
    page.get_by_role("button", name="Add ₹500.00 from HDFC Bank").click()
    page.wait_for_url(re.compile("/pay/"))
    page.get_by_text("Test tools").click()
    yield "pending"
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("delivered after 1 attempt.")).to_be_visible()
    yield "finished"
    page.goto(f"{stack.bank_url}/?refresh=off")
    expect(page.get_by_role("link", name="₹500.00 from HDFC Bank").first).to_be_visible()
    yield "the list"
    page.goto(f"{stack.bank_url}/pay/pay_0")
    yield "an address that leads nowhere"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bank_breaks_no_rule(axe: Any, theme: Theme, alice: Person, stack: Stack) -> None:
    page = alice.context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    broken: list[str] = []
    for where in _bank(page, stack):
        broken += violations(axe, page, where)
        broken += misfits(page, where)
        broken += [f"{where}: {each}" for each in page.evaluate(SMALL_TARGETS, TARGET_PX)]
    assert broken == []
