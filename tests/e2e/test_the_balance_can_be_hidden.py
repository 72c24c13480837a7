"""One eye hides how much somebody has, wherever it is told: on every page, in every tab, until it is opened again."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money

Fund = Callable[[Person, int], str]

HIDDEN: Final = "₹ ••••••"

#: What is left of ₹1,300.00 after a payment, so that no row and no sum of a week says the same.
SUM: Final = "₹1,234.56"


@pytest.fixture
def references(alice: Person, bob: Person, fund: Fund) -> tuple[str, str]:
    """Of the order that gave Alice money, and of the payment that left her SUM."""
    order = fund(alice, 1_300_00)
    ids = {"person_id": UUID(alice.person_id), "payee_id": UUID(bob.person_id)}
    return order, send_money(**ids, amount_paise=65_44, note="", key=new_token()).reference


def _hide(page: Page) -> None:
    expect(page.get_by_test_id("available-balance")).to_have_text(SUM)
    page.get_by_role("button", name="Hide balance").click()
    expect(page.get_by_test_id("available-balance")).to_have_text(HIDDEN)
    page.wait_for_function("document.cookie.includes('wallet_balance_hidden')")


def test_it_stays_hidden_at_every_visit_and_on_every_page(alice: Person, references: tuple[str, str]) -> None:
    order, payment = references
    _hide(alice.open("/dashboard"))
    page = alice.open("/dashboard")  # a tab of its own, which knows nothing of the other one
    for path, told in (
        ("/dashboard", HIDDEN),
        ("/transfer", HIDDEN),
        ("/p2ptransfer", HIDDEN),
        ("/transactions", f"Balance {HIDDEN}"),
        (f"/transactions/{payment}", f"Balance after{HIDDEN}"),
        (f"/transfer?reference={order}", f"Balance after{HIDDEN}"),
    ):
        page.goto(path)
        expect(page.get_by_role("main")).to_contain_text(told)
        expect(page.locator(".skeleton")).to_have_count(0)
        assert SUM not in page.get_by_role("main").inner_text(), path
    page = alice.open("/dashboard")
    page.get_by_role("button", name="Show balance").click()
    expect(page.get_by_test_id("available-balance")).to_have_text(SUM)
    page.wait_for_function("!document.cookie.includes('wallet_balance_hidden')")
    page.reload()
    expect(page.get_by_test_id("available-balance")).to_have_text(SUM)


@pytest.mark.usefixtures("references")
def test_nor_is_it_told_where_money_is_sent(alice: Person, bob: Person) -> None:
    ids = {"person_id": UUID(bob.person_id), "payer_id": UUID(alice.person_id)}
    ask_for_money(**ids, amount_paise=1_00, note="", key=new_token())
    _hide(alice.open("/dashboard"))
    page = alice.open(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("1")
    page.get_by_role("button", name="Send ₹1.00").click()
    _pays_unseen(page, "Send ₹1.00")
    page.goto("/requests")
    page.get_by_role("button", name="Pay ₹1.00").click()
    _pays_unseen(page, "Pay ₹1.00")


def _pays_unseen(page: Page, button: str) -> None:
    """Neither the dialog that asks nor the one that has sent it says what is left."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Balance after{HIDDEN}")
    dialog.get_by_role("button", name=button).click()
    expect(dialog.get_by_role("heading", name="₹1.00 sent to Bob Verma")).to_be_visible()
    expect(dialog).to_contain_text(f"Balance after{HIDDEN}")


@pytest.mark.usefixtures("references")
def test_what_arrives_is_announced_without_it(alice: Person, fund: Fund) -> None:
    page = alice.open("/dashboard")
    _hide(page)
    page.reload()
    expect(page.get_by_test_id("available-balance")).to_have_text(HIDDEN)
    fund(alice, 5_00)
    announced = page.get_by_role("status").filter(has_text="₹5.00 received from HDFC Bank")
    expect(announced).to_have_text("₹5.00 received from HDFC Bank")
    page.get_by_role("button", name="Show balance").click()
    expect(page.get_by_test_id("available-balance")).to_have_text("₹1,239.56")
    fund(alice, 6_00)
    expect(page.get_by_role("status").filter(has_text="Your balance is now ₹1,245.56.")).to_be_attached()
    # Nor does it stay where a screen reader would find it.
    page.get_by_role("button", name="Hide balance").click()
    expect(page.get_by_role("status").filter(has_text="Your balance is now")).to_have_count(0)


@pytest.mark.usefixtures("references")
def test_another_browser_of_the_same_person_shows_it(alice: Person) -> None:
    _hide(alice.open("/dashboard"))
    other = alice.new_context().new_page()
    other.goto("/dashboard")
    expect(other.get_by_test_id("available-balance")).to_have_text(SUM)
