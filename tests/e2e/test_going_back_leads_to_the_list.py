"""Where a form comes in two steps, as on a phone, the way back from the second leads to the first, and not away."""

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.test_everybody_can_use_every_page import PHONE

#: Each form with the words above the person who was chosen.
FORMS: Final = (("/p2ptransfer", "Paying Bob Verma"), ("/requests/ask", "Asking Bob Verma"))


def _open(person: Person, path: str, *, is_phone: bool) -> Page:
    """The form, come to from Home."""
    page = person.context.new_page()
    if is_phone:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/dashboard")
    page.goto(path)
    expect(page).to_have_url(re.compile("form="))
    return page


def _choose(page: Page, person: Person, words: str) -> None:
    page.get_by_label("Search people").fill(person.phone)
    # Other tests have made people of the same name: the search is by phone, so one is left.
    expect(page.get_by_role("radio")).to_have_count(1)
    page.get_by_text(person.name).first.click()
    expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize(("path", "words"), FORMS)
def test_on_a_phone_the_way_back_leads_to_the_list(path: str, words: str, alice: Person, bob: Person) -> None:
    page = _open(alice, path, is_phone=True)
    form = page.url
    _choose(page, bob, words)
    expect(page).to_have_url(re.compile(f"to={bob.person_id}"))
    page.go_back()
    expect(page.get_by_role("radio").first).to_be_attached()
    expect(page.get_by_label("Search people")).to_be_visible()
    expect(page.get_by_text(words)).to_be_hidden()
    # The same form, so that nothing is paid twice by going to and fro.
    expect(page).to_have_url(form)
    page.go_forward()
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Change the person").click()
    expect(page.get_by_label("Search people")).to_be_focused()
    expect(page).to_have_url(form)
    page.go_back()
    expect(page).to_have_url(re.compile("/dashboard"))


@pytest.mark.parametrize(("path", "words"), FORMS)
def test_on_a_desk_both_are_one_page(path: str, words: str, alice: Person, bob: Person) -> None:
    page = _open(alice, path, is_phone=False)
    _choose(page, bob, words)
    page.go_back()
    expect(page).to_have_url(re.compile("/dashboard"))


def test_who_came_by_a_link_goes_back_to_where_it_was(alice: Person, bob: Person) -> None:
    page = _open(alice, f"/p2ptransfer?to={bob.person_id}", is_phone=True)
    expect(page.get_by_text("Paying Bob Verma")).to_be_visible()
    page.get_by_role("button", name="Change the person").click()
    expect(page.get_by_label("Search people")).to_be_focused()
    page.go_back()
    expect(page).to_have_url(re.compile("/dashboard"))
