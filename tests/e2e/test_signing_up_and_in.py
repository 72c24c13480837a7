"""The door, with JavaScript on and off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD, PATIENCE_MS, Person
from tests.e2e.stack import Stack


def _sign_in(page: Page, phone: str, password: str) -> None:
    page.get_by_label("Phone number").fill(phone)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_new_person_signs_up_and_out_and_in(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/signin$"))
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Your name").fill("Alice Nair")
    page.get_by_label("Phone number").fill("90000 00001")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(re.compile("/dashboard$"))
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    expect(page.get_by_role("heading", name=re.compile("Alice"))).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/signin"))
    page.go_back()
    expect(page).to_have_url(re.compile("/signin"))
    _sign_in(page, "+91 90000 00001", PASSWORD)
    expect(page).to_have_url(re.compile("/dashboard$"))
    page.goto("/")
    expect(page).to_have_url(re.compile("/dashboard$"))


def test_a_page_that_the_browser_kept_whole_is_asked_for_anew(alice: Person) -> None:
    """Back, after signing out elsewhere: what is shown again out of the browser's memory would be the balance. Chromium
    is told not to keep pages by who drives it, so it is told here that it has.
    """
    page = alice.open("/dashboard")
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.evaluate("window.isSame = true")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))")
    assert page.evaluate("window.isSame")


def test_a_wrong_phone_and_a_wrong_password_read_the_same(page: Page, alice: Person) -> None:
    read = []
    for phone, password in ((alice.phone, "wrong password"), ("99999 12345", PASSWORD)):
        page.goto("/signin")
        _sign_in(page, phone, password)
        alert = page.get_by_role("alert").filter(has_text="Phone number or password is wrong.")
        expect(alert).to_be_visible()
        expect(page.get_by_label("Phone number")).to_have_value(phone)
        expect(page.get_by_label("Password")).to_have_value("")
        read.append(alert.inner_text())
    assert read[0] == read[1]


def test_a_phone_that_is_taken_is_said_beside_the_field(page: Page, alice: Person) -> None:
    page.goto("/signup")
    page.get_by_label("Your name").fill("Somebody Else")
    page.get_by_label("Phone number").fill(alice.phone)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert").filter(has_text="has an account already")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Somebody Else")


@pytest.fixture
def page_without_script(browser: Browser, stack: Stack) -> Page:
    context = browser.new_context(base_url=stack.app_url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def test_the_door_works_without_javascript(page_without_script: Page, alice: Person) -> None:
    page = page_without_script
    page.goto("/signin")
    _sign_in(page, alice.phone, "wrong password")
    expect(page.get_by_text("Phone number or password is wrong.")).to_be_visible()
    expect(page.get_by_text("Too many attempts.")).to_be_hidden()
    _sign_in(page, alice.phone, PASSWORD)
    expect(page).to_have_url(re.compile("/dashboard$"))
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/signin"))


@pytest.mark.parametrize("path", ["/dashboard", "/transfer", "/p2ptransfer", "/transactions", "/settings"])
def test_a_stranger_is_led_to_sign_in_and_back(page: Page, alice: Person, path: str) -> None:
    page.goto(path)
    expect(page).to_have_url(re.compile("/signin"))
    _sign_in(page, alice.phone, PASSWORD)
    expect(page).to_have_url(re.compile(path))


def test_signing_out_everywhere_ends_the_other_browsers_open_tab(
    alice: Person, new_context: Callable[[], BrowserContext]
) -> None:
    other = new_context().new_page()
    other.goto("/signin")
    _sign_in(other, alice.phone, PASSWORD)
    expect(other).to_have_url(re.compile("/dashboard$"))
    page = alice.open("/settings")
    expect(page.get_by_text("This browser", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page).to_have_url(re.compile("/signin"))
    expect(other).to_have_url(re.compile("/signin"))
    other.goto("/dashboard")
    expect(other).to_have_url(re.compile("/signin"))


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    alice: Person, new_context: Callable[[], BrowserContext]
) -> None:
    other = new_context().new_page()
    other.goto("/signin")
    _sign_in(other, alice.phone, PASSWORD)
    expect(other).to_have_url(re.compile("/dashboard$"))
    page = alice.open("/settings")
    page.get_by_label("Current password").fill("not this one")
    page.get_by_label("New password").fill("another good one")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert").filter(has_text="current password is wrong")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("another good one")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(other).to_have_url(re.compile("/signin"))


def test_a_wrong_password_on_the_way_keeps_the_whole_address(page: Page, alice: Person) -> None:
    page.goto("/transactions?show=out&status=failed")
    _sign_in(page, alice.phone, "wrong password")
    expect(page.get_by_role("alert").filter(has_text="Phone number or password is wrong.")).to_be_visible()
    _sign_in(page, alice.phone, PASSWORD)
    expect(page).to_have_url(re.compile(r"/transactions\?show=out&status=failed$"))
