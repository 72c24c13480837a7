"""Ask, be told, pay or decline: two people in two browsers, and what each page tells the other."""

import re
from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.test_everybody_can_use_every_page import DESK, OPTIONS, PHONE


@pytest.fixture
def funded(alice: Person, fund: Callable[[Person, int], str]) -> Person:
    fund(alice, 1_000_00)
    return alice


def _line(page: Page, words: str) -> Locator:
    """A line of one of the page's lists; a toast may say the same."""
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=words).first


def _ask(requester: Person, payer: Person, amount: str, note: str = "") -> Page:
    """Fills the form of ``requester`` and sends it. Answers the page of requests that follows."""
    page = requester.open("/requests")
    page.get_by_role("main").get_by_role("link", name="Ask for money").first.click()
    # With its key the form is opened once more, and shows everybody until the search is made again.
    expect(page).to_have_url(re.compile("form="))
    page.get_by_label("Search people").fill(payer.phone)
    # Other tests have made people of the same name: the search is by phone, so one is left.
    expect(page.get_by_role("radio")).to_have_count(1)
    page.get_by_text(payer.name).first.click()
    expect(page.get_by_text(f"Asking {payer.name}")).to_be_visible()
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name=f"Ask for ₹{amount}").click()
    expect(page).to_have_url(re.compile(r"/requests/?$"))
    expect(_line(page, f"You asked {payer.name} for ₹{amount}")).to_be_visible()
    return page


def test_a_request_is_paid(funded: Person, bob: Person) -> None:
    home = funded.open("/dashboard")
    expect(home.get_by_test_id("available-balance")).to_have_text("₹1,000.00")
    asked = _ask(bob, funded, "40.00", "Dinner")
    expect(home.get_by_role("status").filter(has_text="Bob Verma asks you for ₹40.00")).to_be_attached()
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
    expect(_line(home, "You paid ₹40.00 to Bob Verma")).to_be_visible()
    expect(_line(asked, "Alice Nair paid you ₹40.00")).to_be_visible()
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
    expect(_line(page, "You declined to pay ₹5.00 to Bob Verma")).to_be_visible()
    expect(_line(asked, "Alice Nair declined to pay you ₹5.00")).to_be_visible()
    asked.goto(f"/requests/ask?to={alice.person_id}")
    expect(asked).to_have_url(re.compile("form="))
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
    expect(_line(page, "You took back a request to Alice Nair for ₹7.00")).to_be_visible()
    expect(_line(other, "Bob Verma took back a request for ₹7.00")).to_be_visible()
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
    expect(_line(page, "Bob Verma asks you for ₹40.00")).to_be_visible()
    expect(main.get_by_text("New", exact=True)).to_have_count(0)
    stranger = charlie.open("/notifications")
    expect(stranger.get_by_text("Nothing yet")).to_be_visible()
    expect(stranger.get_by_text("Bob Verma")).to_have_count(0)


@pytest.mark.timeout(TOUR_S)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lists_and_dialogs_keep_nobody_out(theme: Literal["light", "dark"], funded: Person, bob: Person) -> None:
    """No violation of WCAG 2.2 AA where there is something to pay, and no sideways scroll on the smallest phone."""
    _ask(bob, funded, "40.00", "W" * 60)
    broken: list[str] = []

    def look(where: str) -> None:
        page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")
        found = Axe().run(page, options=OPTIONS).response["violations"]
        broken.extend(f"{where}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found)
        width = page.evaluate("innerWidth")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            broken.append(f"{where}: wider than {width} px")

    for size in (DESK, PHONE, {"width": 320, "height": 640}):
        page = funded.context.new_page()
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto("/notifications")
        expect(_line(page, "Bob Verma asks you for ₹40.00")).to_be_visible()
        look(f"notifications at {size['width']}")
        page.goto("/requests")
        for name in ("Pay ₹40.00", "Decline"):
            page.get_by_role("button", name=name).click()
            expect(page.get_by_role("dialog").get_by_role("button", name="Go back")).to_be_focused()
            look(f"{name} at {size['width']}")
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).not_to_be_attached()
            look(f"requests at {size['width']}")
    assert broken == []
