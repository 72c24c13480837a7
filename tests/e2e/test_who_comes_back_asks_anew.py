"""A form that has asked for money is left behind: the way back leads to a fresh one, and what it asks is asked."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.test_everybody_can_use_every_page import DESK, PHONE

#: Each that was ever there: they stay for some seconds only.
_COUNT_TOASTS: Final = """
() => {
  window.toasts = new Set();
  const count = () => document.querySelectorAll("[data-sonner-toast]").forEach(toast => window.toasts.add(toast));
  new MutationObserver(count).observe(document, { childList: true, subtree: true });
}
"""


def _form(person: Person, size: Any = DESK) -> Page:
    """The form, come to from Requests."""
    page = person.context.new_page()
    page.set_viewport_size(size)
    page.goto("/requests")
    page.get_by_role("main").get_by_role("link", name="Ask for money").first.click()
    expect(page).to_have_url(re.compile("form="))
    return page


def _choose(page: Page, person: Person) -> None:
    page.get_by_label("Search people").fill(person.phone)
    # Other tests have made people of the same name: the search is by phone, so one is left.
    expect(page.get_by_role("radio")).to_have_count(1)
    page.get_by_text(person.name).first.click()
    expect(page.get_by_text(f"Asking {person.name}")).to_be_visible()


def _ask(page: Page, amount: str, clicks: int = 1) -> None:
    page.get_by_label("Amount").fill(amount)
    page.get_by_role("button", name=f"Ask for ₹{amount}").click(click_count=clicks)


def _expect_asked(page: Page, *amounts: tuple[Person, str]) -> None:
    """The page of requests lists these, newest first, and no other."""
    expect(page).to_have_url(re.compile(r"/requests/?$"))
    lines = page.get_by_role("main").get_by_role("listitem")
    expect(lines).to_contain_text([f"You asked {person.name} for ₹{amount}" for person, amount in amounts])


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_same_may_be_asked_of_the_same_person_again(size: Any, alice: Person, bob: Person) -> None:
    page = _form(alice, size)
    _choose(page, bob)
    _ask(page, "40.00")
    _expect_asked(page, (bob, "40.00"))
    page.go_back()
    expect(page.get_by_text("Asking Bob Verma")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("")
    _ask(page, "40.00")
    _expect_asked(page, (bob, "40.00"), (bob, "40.00"))


def test_on_a_phone_the_list_before_it_is_fresh_as_well(alice: Person, bob: Person, charlie: Person) -> None:
    page = _form(alice, PHONE)
    _choose(page, bob)
    _ask(page, "40.00")
    _expect_asked(page, (bob, "40.00"))
    page.go_back()
    expect(page.get_by_text("Asking Bob Verma")).to_be_visible()
    page.go_back()
    _choose(page, charlie)
    _ask(page, "25.00")
    _expect_asked(page, (charlie, "25.00"), (bob, "40.00"))


def test_two_clicks_ask_once_say_so_once_and_are_one_step(alice: Person, bob: Person) -> None:
    page = _form(alice)
    _choose(page, bob)
    page.evaluate(_COUNT_TOASTS)
    _ask(page, "40.00", clicks=2)
    _expect_asked(page, (bob, "40.00"))
    page.wait_for_function("window.toasts.size > 0")
    assert page.evaluate("window.toasts.size") == 1
    page.go_back()
    expect(page.get_by_text("Asking Bob Verma")).to_be_visible()


def test_a_form_that_has_asked_in_another_tab_asks_when_it_is_sent_again(alice: Person, bob: Person) -> None:
    page = _form(alice)
    _choose(page, bob)
    expect(page).to_have_url(re.compile(f"to={bob.person_id}"))
    other = alice.open(page.url)
    expect(other.get_by_text("Asking Bob Verma")).to_be_visible()
    _ask(page, "40.00")
    _expect_asked(page, (bob, "40.00"))
    _ask(other, "25.00")
    expect(other.get_by_role("alert").filter(has_text="This form was used for another payment")).to_be_visible()
    _ask(other, "25.00")
    _expect_asked(other, (bob, "25.00"), (bob, "40.00"))
