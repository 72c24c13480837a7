"""Settings: a name that is changed is changed everywhere, and each field of a password is shown by its own button."""

import re

import httpx
from playwright.sync_api import expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from tests.e2e.test_budgets_of_the_interface import SMALLEST_PHONE_PX

#: Of the words of a session on the smallest phone: the whole line beside its drawing.
WORDS_PX = 200


def test_a_changed_name_is_kept(alice: Person, stack: Stack) -> None:
    page = alice.open("/settings")
    name = page.get_by_label("Name that others see")
    expect(name).to_have_value("Alice Nair")
    name.fill("Alice Kulkarni")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_role("status").filter(has_text="Your name is changed.")).to_be_visible()
    expect(page.locator("aside").get_by_text("Alice Kulkarni")).to_be_visible()
    me = httpx.get(f"{stack.app_url}/api/me", headers={"Cookie": alice.cookie}).json()
    assert me["name"] == "Alice Kulkarni"
    page.reload()
    expect(name).to_have_value("Alice Kulkarni")


def test_a_password_is_shown_by_the_button_that_names_it(alice: Person) -> None:
    page = alice.open("/settings")
    expect(page.locator("aside").get_by_text(alice.name)).to_be_visible()
    current, new = page.get_by_label("Current password"), page.get_by_label("New password")
    page.get_by_role("button", name="Show Current password").click()
    expect(current).to_have_attribute("type", "text")
    expect(new).to_have_attribute("type", "password")
    page.get_by_role("button", name="Hide Current password").click()
    expect(current).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show New password").click()
    expect(new).to_have_attribute("type", "text")


def test_a_session_is_read_without_a_column_of_words(alice: Person) -> None:
    page = alice.context.new_page()
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    page.goto("/settings")
    words = page.locator("#open-sessions").get_by_text(re.compile("^Signed in"))
    box = words.bounding_box()
    assert box is not None
    assert box["width"] >= WORDS_PX
