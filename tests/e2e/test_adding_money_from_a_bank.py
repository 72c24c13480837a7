"""Order, bank's page, choice, signed webhook, credit, live balance: with the real bank and the real webhook."""

import re

import psycopg
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack

#: An order is swept 20 s after it was made, at the next round of 10 s.
SWEPT_WITHIN_MS = 60_000


def _order(page: Page, amount: str, bank: str = "HDFC Bank") -> None:
    page.goto("/transfer")
    page.get_by_label("Amount").fill(amount)
    page.get_by_role("radio", name=bank).check()
    page.get_by_role("button", name=f"Add ₹{amount} from {bank}").click()
    page.wait_for_url(re.compile(r"/pay/"))


def _choose_tool(page: Page, name: str) -> None:
    page.get_by_text("Test tools").click()
    page.get_by_role("button", name=name).click()


def _place_anew(stack: Stack, person: Person, *, minutes_from_now: int) -> None:
    """As if the order had been placed then: the sweep counts from there."""
    with psycopg.connect(stack.database_url, autocommit=True) as superuser:
        placed = superuser.execute(
            "UPDATE onramp SET created_at = clock_timestamp() + make_interval(mins => %s)"
            " WHERE person_id = %s AND status = 'processing'",
            [minutes_from_now, person.person_id],
        )
        assert placed.rowcount == 1


def test_two_open_tabs_change_when_the_bank_approves(alice: Person) -> None:
    first, second = alice.open("/dashboard"), alice.open("/transfer")
    for tab in (first, second):
        expect(tab.get_by_test_id("available-balance")).to_have_text("₹0.00")
    third = alice.open()
    _order(third, "500.50")
    expect(first.get_by_text("on the way from HDFC Bank")).to_be_visible()
    third.get_by_role("button", name="Approve", exact=True).click()
    for tab in (first, second):
        expect(tab.get_by_test_id("available-balance")).to_have_text("₹500.50")
    expect(first.get_by_text("on the way from HDFC Bank")).to_be_hidden()
    expect(first.get_by_role("status").filter(has_text="₹500.50 received from HDFC Bank")).to_be_attached()
    third.get_by_role("link", name="Return to Wallet").click()
    expect(third.get_by_test_id("available-balance")).to_have_text("₹500.50")
    expect(third.get_by_role("heading", name="₹500.50 added")).to_be_visible()


def test_declining_moves_nothing_and_says_so(alice: Person) -> None:
    page = alice.open()
    _order(page, "75.00", "Axis Bank")
    page.get_by_role("button", name="Decline").click()
    page.get_by_role("link", name="Return to Wallet").click()
    expect(page.get_by_role("status").filter(has_text="no money has moved")).to_be_attached()
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    page.goto("/transactions")
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="Axis Bank")).to_contain_text("Failed")


def test_an_approval_that_is_told_twice_is_credited_once(alice: Person) -> None:
    page = alice.open()
    _order(page, "20.00", "State Bank of India")
    _choose_tool(page, "Approve twice")
    expect(page.get_by_text("duplicate").first).to_be_visible()
    page.get_by_role("link", name="Return to Wallet").click()
    expect(page.get_by_test_id("available-balance")).to_have_text("₹20.00")


def test_a_message_that_disagrees_moves_nothing_until_the_bank_is_asked(stack: Stack, alice: Person) -> None:
    page = alice.open()
    _order(page, "30.00", "ICICI Bank")
    # Not before somebody has looked, however long the way to the bank and back takes.
    _place_anew(stack, alice, minutes_from_now=60)
    _choose_tool(page, "Wrong amount")
    expect(page.get_by_text("409").first).to_be_visible()
    page.get_by_role("link", name="Return to Wallet").click()
    expect(page.get_by_text("Your money is safe; do not pay again.")).to_be_visible()
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    _place_anew(stack, alice, minutes_from_now=0)
    expect(page.get_by_test_id("available-balance")).to_have_text("₹30.00", timeout=SWEPT_WITHIN_MS)


def test_a_wrong_signature_is_refused_and_the_right_one_credited(alice: Person) -> None:
    page = alice.open()
    _order(page, "40.00")
    _choose_tool(page, "Wrong signature")
    expect(page.get_by_text("401").first).to_be_visible()
    page.get_by_role("link", name="Return to Wallet").click()
    expect(page.get_by_test_id("available-balance")).to_have_text("₹40.00")


def test_a_double_click_opens_one_order(alice: Person) -> None:
    page = alice.open("/transfer")
    page.get_by_label("Amount").fill("60.00")
    page.get_by_role("radio", name="HDFC Bank").check()
    page.get_by_role("button", name="Add ₹60.00 from HDFC Bank").dblclick()
    page.wait_for_url(re.compile(r"/pay/"))
    page.goto("/transactions")
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="HDFC Bank")).to_have_count(1)
