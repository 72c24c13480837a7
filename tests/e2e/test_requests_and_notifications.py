"""Ask, be told, pay or decline: two people in two browsers, and what each page tells the other."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person


@pytest.fixture
def funded(alice: Person, fund: Callable[[Person, int], str]) -> Person:
    fund(alice, 1_000_00)
    return alice


def _ask(requester: Person, payer: Person, amount: str, note: str = "") -> Page:
    """Fills the form of ``requester`` and sends it. Answers the page of requests that follows."""
    page = requester.open("/requests")
    page.get_by_role("main").get_by_role("link", name="Ask for money").first.click()
    page.get_by_label("Search people").fill(payer.phone)
    # Other tests have made people of the same name: the search is by phone, so one is left.
    expect(page.get_by_role("radio")).to_have_count(1)
    page.get_by_text(payer.name).first.click()
    expect(page.get_by_text(f"Asking {payer.name}")).to_be_visible()
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name=f"Ask for ₹{amount}").click()
    expect(page).to_have_url(re.compile(r"/requests/?$"))
    expect(page.get_by_text(f"You asked {payer.name} for ₹{amount}").first).to_be_visible()
    return page


def test_a_request_is_paid(funded: Person, bob: Person) -> None:
    home = funded.open("/dashboard")
    expect(home.get_by_test_id("available-balance")).to_have_text("₹1,000.00")
    asked = _ask(bob, funded, "40.00", "Dinner")
    # The count is on the page that was open already, and in the title of its tab.
    expect(home.locator("aside").get_by_role("link", name="Notifications 2 new")).to_be_visible()
    expect(home).to_have_title("(2) Home · Wallet")
    home.locator("aside").get_by_role("link", name="Requests").click()
    row = home.get_by_role("listitem").filter(has_text="You pay ₹40.00 to Bob Verma")
    expect(row).to_contain_text("Dinner")
    row.get_by_role("button", name="Pay ₹40.00").click()
    dialog = home.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="You pay ₹40.00 to Bob Verma")).to_be_visible()
    expect(dialog.get_by_text(bob.formatted_phone)).to_be_visible()
    expect(dialog.get_by_text("₹960.00")).to_be_visible()
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    dialog.get_by_role("button", name="Pay ₹40.00").click(click_count=3)
    expect(dialog.get_by_role("heading", name="₹40.00 sent to Bob Verma")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(home.get_by_text("You paid ₹40.00 to Bob Verma", exact=True)).to_be_visible()
    expect(asked.get_by_text("Alice Nair paid you ₹40.00", exact=True)).to_be_visible()
    asked.goto("/dashboard")
    expect(asked.get_by_test_id("available-balance")).to_have_text("₹40.00")


def test_a_request_is_declined_and_who_asked_is_blocked(alice: Person, bob: Person) -> None:
    asked = _ask(bob, alice, "5.00")
    page = alice.open("/requests")
    page.get_by_role("button", name="Decline").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Decline to pay ₹5.00 to Bob Verma?")).to_be_visible()
    dialog.get_by_label("Report to Wallet").select_option("They keep on asking")
    dialog.get_by_label("Block Bob Verma").check()
    dialog.get_by_role("button", name="Decline").click()
    expect(dialog).not_to_be_attached()
    expect(page.get_by_text("You declined to pay ₹5.00 to Bob Verma")).to_be_visible()
    expect(asked.get_by_text("Alice Nair declined to pay you ₹5.00")).to_be_visible()
    asked.goto(f"/requests/ask?to={alice.person_id}")
    asked.get_by_label("Amount").fill("5")
    asked.get_by_role("button", name="Ask for ₹5.00").click()
    expect(asked.get_by_role("alert").filter(has_text="You cannot ask this person for money")).to_be_visible()
    page.get_by_role("button", name="Unblock Bob Verma").click()
    expect(page.get_by_role("heading", name="Blocked")).not_to_be_attached()


def test_a_request_is_taken_back(alice: Person, bob: Person) -> None:
    page = _ask(bob, alice, "7.00")
    other = alice.open("/requests")
    expect(other.get_by_role("button", name="Pay ₹7.00")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("You took back a request to Alice Nair for ₹7.00")).to_be_visible()
    expect(other.get_by_text("Bob Verma took back a request for ₹7.00")).to_be_visible()
    expect(other.get_by_role("button", name="Pay ₹7.00")).not_to_be_attached()


def test_the_list_tells_what_happened_and_counts_it_once(funded: Person, bob: Person, charlie: Person) -> None:
    _ask(bob, funded, "40.00", "Dinner")
    page = funded.open("/notifications")
    main = page.get_by_role("main")
    first = main.get_by_role("listitem").first
    expect(first).to_contain_text("Bob Verma asks you for ₹40.00")
    expect(first).to_contain_text("New")
    expect(main.get_by_text("₹1,000.00 added from HDFC Bank")).to_be_visible()
    expect(page).to_have_title("Notifications · Wallet")
    page.reload()
    expect(main.get_by_text("Bob Verma asks you for ₹40.00")).to_be_visible()
    expect(main.get_by_text("New", exact=True)).to_have_count(0)
    stranger = charlie.open("/notifications")
    expect(stranger.get_by_text("Nothing yet")).to_be_visible()
    expect(stranger.get_by_text("Bob Verma")).to_have_count(0)
