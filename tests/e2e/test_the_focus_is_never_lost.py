"""The focus is where somebody goes on: on a new page, in an open dialog, and after it where they were before."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Person
from tests.e2e.keyboard import not_reached, unseen, walk
from tests.e2e.test_a_code_is_scanned_or_pasted import STUB
from tests.e2e.test_everybody_can_use_every_page import DESK, PHONE
from tests.e2e.test_operators import enter, find
from wallet_app.state.transactions import PAGE_ROWS
from wallet_core.ids import new_token
from wallet_core.services.operators import grant_operator
from wallet_core.services.requests import ask_for_money

Fund = Callable[[Person, int], str]

PLACES: Final = ("Add money", "Send", "Requests", "History", "Notifications", "Settings", "Home")


@pytest.fixture
def funded(alice: Person, fund: Fund) -> Person:
    fund(alice, 1_000_00)
    return alice


def _asks(requester: Person, payer: Person, amount_paise: int) -> None:
    ids = {"person_id": UUID(requester.person_id), "payer_id": UUID(payer.person_id)}
    ask_for_money(**ids, amount_paise=amount_paise, note="", key=new_token())


def _opened_by(opener: Locator, dialog: Locator) -> Locator:
    """Opens a dialog with the keyboard."""
    opener.focus()
    opener.press("Enter")
    expect(dialog).to_be_visible()
    expect(dialog.locator(":focus")).to_have_count(1)
    return dialog


def _all_is_read(page: Page) -> None:
    """The count of what is new comes last of all; somebody whose account was funded has some."""
    expect(page.locator("aside a[href='/notifications'] .num")).to_be_attached()


def _holds_the_focus(page: Page, dialog: Locator) -> None:
    """All of the dialog is reached, and nothing beside it; every stop is seen."""
    expect(dialog.locator(":focus")).to_have_count(1)
    stops, to_press = walk(page)
    assert not_reached(stops, to_press) + unseen(stops) == []
    assert {stop.number for stop in stops} <= set(to_press), stops


def _closes(page: Page, dialog: Locator, opener: Locator) -> None:
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_new_page_begins_at_its_main(funded: Person) -> None:
    page = funded.open("/dashboard")
    main = page.locator("#main")
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator("body")).to_be_focused()
    for name in PLACES:
        page.locator("aside").get_by_role("link", name=re.compile(f"^{name}")).press("Enter")
        expect(page.locator("aside").get_by_role("link", name=re.compile(f"^{name}"))).to_have_attribute(
            "aria-current", "page"
        )
        expect(main).to_be_focused()
        if name in ("Add money", "Send"):
            # A step of its own, which must not come after the next one.
            expect(page).to_have_url(re.compile("form="))
    main.get_by_role("link").filter(has_text="HDFC Bank").first.press("Enter")
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(main).to_be_focused()
    page.get_by_role("link", name="All history").press("Enter")
    expect(page).to_have_url(re.compile("/transactions"))
    expect(main).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(main).to_be_focused()


def test_what_changes_only_the_address_leaves_the_focus_where_it_is(funded: Person) -> None:
    page = funded.open("/transactions")
    expect(page.locator(".skeleton")).to_have_count(0)
    search = page.get_by_role("searchbox")
    search.press_sequentially("bank")
    expect(page).to_have_url(re.compile("q=bank"))
    expect(search).to_be_focused()
    chip = page.get_by_role("button", name="In", exact=True)
    chip.press("Enter")
    expect(page).to_have_url(re.compile("show=in"))
    expect(chip).to_be_focused()
    page.get_by_role("button", name="Clear filters").press("Enter")
    expect(page).not_to_have_url(re.compile("show=in"))
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_first_stop_leads_past_the_frame(funded: Person) -> None:
    page = funded.open("/dashboard")
    expect(page.locator(".skeleton")).to_have_count(0)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#main :focus")).to_have_count(1)


def test_arrows_choose_whom_to_pay(funded: Person, bob: Person, charlie: Person) -> None:
    page = funded.open("/p2ptransfer")
    expect(page.get_by_role("radio").nth(1)).to_be_attached()
    page.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    expect(page.get_by_role("radio").nth(1)).to_be_focused()
    expect(page.get_by_text(re.compile("^Paying "))).to_be_visible()


def test_arrows_walk_where_choosing_leads_on(funded: Person, bob: Person, charlie: Person) -> None:
    """A desk at 400 % is a phone with a keyboard: the third of the list is reached, and the space bar chooses."""
    page = funded.context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/p2ptransfer")
    people = page.get_by_role("radio")
    expect(people.nth(1)).to_be_attached()
    people.first.focus()
    for place in (1, 0, 1):
        page.keyboard.press("ArrowDown" if place else "ArrowUp")
        expect(people.nth(place)).to_be_focused()
    chosen = people.nth(1).get_attribute("value")
    assert page.locator("[type=radio]:checked").count() == 0
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(f"to={chosen}"))
    expect(page.get_by_label("Amount")).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_payment_holds_the_focus_and_gives_it_back(size: Any, funded: Person, bob: Person) -> None:
    page = funded.context.new_page()
    page.set_viewport_size(size)
    page.goto(f"/p2ptransfer?to={bob.person_id}&amount=5")
    _all_is_read(page)
    dialog, opener = page.get_by_role("dialog"), page.get_by_role("button", name="Send ₹5.00")
    _opened_by(opener, dialog)
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    _holds_the_focus(page, dialog)
    _closes(page, dialog, opener)
    amount = page.get_by_label("Amount")
    _opened_by(amount, dialog)
    _closes(page, dialog, amount)
    _opened_by(opener, dialog).get_by_role("button", name="Send ₹5.00").press("Enter")
    expect(dialog.get_by_role("button", name="Done")).to_be_focused()
    expect(page.locator("h2").filter(has_text=re.compile("^Recent$"))).to_be_attached()
    _holds_the_focus(page, dialog)
    dialog.get_by_role("button", name="Done").press("Enter")
    # A fresh form, without the button that opened the dialog of the one before.
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("radio").first).to_be_attached()
    expect(page.locator("#main")).to_be_focused()


def test_a_receipt_from_the_dialog_begins_at_its_main(funded: Person, bob: Person) -> None:
    page = funded.open(f"/p2ptransfer?to={bob.person_id}&amount=5")
    dialog = _opened_by(page.get_by_role("button", name="Send ₹5.00"), page.get_by_role("dialog"))
    dialog.get_by_role("button", name="Send ₹5.00").press("Enter")
    dialog.get_by_role("link", name="View receipt").press("Enter")
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()


def test_requests_give_the_focus_back(funded: Person, bob: Person) -> None:
    """To the button of the row; where the row has moved with its answer, to the lists."""
    for amount_paise in (2_00, 3_00):
        _asks(bob, funded, amount_paise)
    _asks(funded, bob, 4_00)
    page = funded.open("/requests")
    dialog, lists = page.get_by_role("dialog"), page.locator("#request-lists")
    row = page.get_by_role("listitem").filter(has_text="₹2.00")
    pay, decline = (row.get_by_role("button", name=name) for name in ("Pay ₹2.00", "Decline"))
    for opener in (pay, decline):
        _opened_by(opener, dialog)
        expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
        _holds_the_focus(page, dialog)
        _closes(page, dialog, opener)
    _opened_by(pay, dialog).get_by_role("button", name="Pay ₹2.00").press("Enter")
    expect(dialog.get_by_role("button", name="Done")).to_be_focused()
    expect(lists.get_by_text("You paid ₹2.00 to Bob Verma", exact=True)).to_be_attached()
    _holds_the_focus(page, dialog)
    dialog.get_by_role("button", name="Done").press("Enter")
    expect(dialog).to_be_hidden()
    expect(lists).to_be_focused()
    other = page.get_by_role("listitem").filter(has_text="₹3.00").get_by_role("button", name="Decline")
    _opened_by(other, dialog).get_by_role("button", name="Decline").press("Enter")
    expect(dialog).to_be_hidden()
    expect(lists).to_be_focused()
    page.get_by_role("button", name="Take back").press("Enter")
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    expect(lists).to_be_focused()


def test_the_scanner_and_the_palette_hold_the_focus_and_give_it_back(funded: Person) -> None:
    funded.context.add_init_script(STUB)
    page = funded.open("/p2ptransfer")
    _all_is_read(page)
    opener, dialog = page.get_by_role("button", name="Scan a code"), page.get_by_role("dialog")
    _opened_by(opener, dialog)
    _holds_the_focus(page, dialog)
    _closes(page, dialog, opener)
    _opened_by(opener, dialog).get_by_role("button", name="Close").press("Enter")
    expect(opener).to_be_focused()
    page.keyboard.press("Control+k")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    _closes(page, dialog, opener)


def test_operators_are_given_the_focus_back(alice: Person, new_person: Callable[[str], Person]) -> None:
    grant_operator(phone=alice.phone)
    customer = new_person("Farah Khan")
    page = enter(alice)
    find(page, customer.phone)
    dialog, opener = page.get_by_role("dialog"), page.get_by_role("button", name="Freeze", exact=True)
    _opened_by(opener, dialog)
    _holds_the_focus(page, dialog)
    _closes(page, dialog, opener)
    _opened_by(opener, dialog).get_by_label("Reason").fill("asked us to")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Unfreeze", exact=True).first).to_be_visible()
    expect(page.locator(":focus")).to_have_count(1)


def test_a_session_that_was_ended_takes_no_focus_with_it(alice: Person, page: Page) -> None:
    page.goto("/signin")
    page.get_by_label("Phone number").fill(alice.phone)
    page.get_by_label("Password").fill(alice.password)
    page.get_by_label("Password").press("Enter")
    expect(page).to_have_url(re.compile("/dashboard"))
    own = alice.open("/settings")
    end = own.get_by_role("main").get_by_role("button", name=re.compile("^End session"))
    end.press("Enter")
    expect(end).to_have_count(0)
    expect(own.locator("#open-sessions")).to_be_focused()


def test_the_last_rows_of_a_list_take_the_focus_over(alice: Person, fund: Fund) -> None:
    """From the button that brought them, which goes."""
    for rupees in range(1, PAGE_ROWS + 2):
        fund(alice, rupees * 100)
    page = alice.open("/transactions")
    rows = page.locator("main li").get_by_role("link")
    expect(rows).to_have_count(PAGE_ROWS)
    page.get_by_role("button", name="Show more").press("Enter")
    expect(rows).to_have_count(PAGE_ROWS + 1)
    expect(rows.last).to_be_focused()
