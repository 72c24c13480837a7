"""Whatever can be pressed in a dialog is as large as a thumb, on a phone and on the smallest one."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.test_budgets_of_the_interface import SMALLEST_PHONE_PX, TARGET_PX
from tests.e2e.test_operators import enter
from wallet_core.ids import new_token
from wallet_core.services.operators import grant_operator
from wallet_core.services.requests import ask_for_money, decline_request

Fund = Callable[[Person, int], str]

#: A box to tick is pressed through its label.
_TARGETS = """
dialog => [...dialog.querySelectorAll("a, button, select, input:not([type=hidden]), summary")]
  .map(element => element.closest("label:has([type=checkbox])") ?? element)
  .map(element => [element.innerText || element.name, element.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height)
  .map(([words, box]) => [words.replace(/\\s+/g, " "), box.width, box.height])
"""


def _too_small(page: Page, where: str) -> list[str]:
    page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")
    targets = page.get_by_role("dialog").evaluate(_TARGETS)
    assert len(targets) >= 2, where
    # Half a pixel is a matter of rounding.
    return [f"{where}: {each}" for each in targets if min(each[1:]) < TARGET_PX - 0.5]


def _ask(asker: Person, payer: Person) -> str:
    ids = {"person_id": UUID(asker.person_id), "payer_id": UUID(payer.person_id)}
    return ask_for_money(**ids, amount_paise=2_00, note="", key=new_token()).reference


def _payment(page: Page, payee: Person) -> Iterator[str]:
    dialog = page.get_by_role("dialog")
    page.goto(f"/p2ptransfer?to={payee.person_id}")
    page.get_by_label("Amount").fill("5")
    page.get_by_role("button", name="Send ₹5.00").click()
    expect(dialog.locator("#send-payment")).to_be_enabled()
    yield "send, to confirm"
    dialog.locator("#send-payment").click()
    expect(dialog.locator("#payment-done")).to_be_visible()
    yield "sent"


def _requests(page: Page) -> Iterator[str]:
    dialog = page.get_by_role("dialog")
    page.goto("/requests")
    for name in ("Decline", "Block or report"):
        page.get_by_role("main").get_by_role("button", name=name).first.click()
        expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
        yield name
        page.keyboard.press("Escape")
        expect(dialog).not_to_be_attached()
    page.get_by_role("button", name="Pay ₹2.00").click()
    expect(dialog.locator("#pay-request")).to_be_enabled()
    yield "pay"
    dialog.locator("#pay-request").click()
    expect(dialog.locator("#request-done")).to_be_visible()
    yield "paid"


@pytest.mark.parametrize("width", [390, SMALLEST_PHONE_PX])
def test_no_dialog_has_anything_smaller(alice: Person, bob: Person, fund: Fund, width: int) -> None:
    fund(alice, 1_000_00)
    decline_request(person_id=UUID(alice.person_id), reference=_ask(bob, alice))
    _ask(bob, alice)
    page = alice.context.new_page()
    page.set_viewport_size({"width": width, "height": 640})
    found: list[str] = []
    for tour in (_payment(page, bob), _requests(page)):
        for where in tour:
            found += _too_small(page, where)
    assert found == []


@pytest.mark.parametrize("width", [390, SMALLEST_PHONE_PX])
def test_nor_has_that_of_an_operator(alice: Person, bob: Person, width: int) -> None:
    grant_operator(phone=alice.phone)
    page = enter(alice)
    page.set_viewport_size({"width": width, "height": 640})
    page.get_by_label("Phone or reference").fill(bob.phone)
    page.get_by_role("button", name="Look up", exact=True).click()
    page.get_by_role("button", name="Freeze", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_visible()
    assert _too_small(page, "freeze") == []
