"""Ctrl+K leads anywhere, with the keyboard alone; it serves nobody who is not signed in, and opens above no payment."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from tests.e2e.test_everybody_can_use_every_page import DESK, PHONE, Theme, still, violations
from tests.hostile import MARKUP
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

SMALLEST_PHONE: Final = {"width": 320, "height": 640}

OPENER: Final = "Search or jump to"


def _opened(page: Page, keys: str = "Control+k") -> Locator:
    expect(page.get_by_text("Alice Nair").first).to_be_attached()
    page.keyboard.press(keys)
    field = page.locator("#palette").get_by_role("combobox")
    expect(field).to_be_focused()
    expect(page.locator("#palette").get_by_role("option").first).to_be_attached()
    return field


def _marked(page: Page) -> Locator:
    """The line that Enter would take, as screen readers are told it."""
    return page.locator(f"[id='{page.locator('#palette-field').get_attribute('aria-activedescendant')}']")


@pytest.mark.parametrize("keys", ["Control+k", "Meta+k"])
def test_the_keyboard_leads_to_a_page(alice: Person, keys: str) -> None:
    page = alice.open("/dashboard")
    field = _opened(page, keys)
    expect(_marked(page)).to_have_text("Home")
    field.press("ArrowDown")
    expect(_marked(page)).to_have_text("Add money")
    field.press("ArrowUp")
    field.press("ArrowUp")
    expect(_marked(page)).to_have_text("Settings")
    field.press_sequentially("hist")
    expect(page.get_by_role("option")).to_have_text(["History"])
    expect(_marked(page)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(page).to_have_url(re.compile("/transactions"))
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()


def test_add_money_is_three_letters_away(alice: Person) -> None:
    page = alice.open("/dashboard")
    _opened(page).press_sequentially("add")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/transfer"))


def test_another_page_comes_without_loading_the_wallet_anew(alice: Person) -> None:
    page = alice.open("/dashboard")
    page.evaluate("window.isSameDocument = true")
    _opened(page).press_sequentially("sett")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    assert page.evaluate("window.isSameDocument") is True


def test_it_comes_only_when_it_is_opened(alice: Person) -> None:
    page = alice.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/dashboard")
    expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if "palette" in url] == []
    _opened(page)
    assert len([url for url in asked if "palette" in url]) == 2, asked


@pytest.mark.parametrize("by", ["name", "phone"])
def test_a_person_is_found_and_their_payment_opened(
    alice: Person, new_person: Callable[[str], Person], by: str
) -> None:
    payee = new_person("Zubin Quereshi")
    page = alice.open("/dashboard")
    field = _opened(page)
    field.press_sequentially("zub quer" if by == "name" else payee.phone)
    found = page.get_by_role("option").filter(has_text="Zubin Quereshi")
    expect(found.first).to_be_visible()
    assert payee.formatted_phone not in page.locator("#palette").inner_text(), "masked until somebody is chosen"
    if by == "phone":
        # The first digits may be answered before the last ones are typed, and nobody is marked then.
        expect(field).to_have_attribute("aria-activedescendant", f"palette-{payee.person_id}")
        expect(_marked(page)).to_contain_text("Zubin Quereshi")
        field.press("Enter")
        expect(page).to_have_url(re.compile(f"/p2ptransfer.*{payee.person_id}"))
        expect(page.get_by_text("Paying Zubin Quereshi")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_whom_one_paid_last_is_offered_at_once(alice: Person, bob: Person, fund: Callable[[Person, int], str]) -> None:
    fund(alice, 10_00)
    send_money(
        person_id=UUID(alice.person_id), payee_id=UUID(bob.person_id), amount_paise=5_00, note="", key=new_token()
    )
    page = alice.open("/dashboard")
    _opened(page)
    expect(page.get_by_role("group", name="Pay again").get_by_role("option")).to_contain_text("Bob Verma")


def test_enter_takes_nobody_who_was_found_for_something_else(alice: Person, bob: Person) -> None:
    page = alice.open("/dashboard")
    field = _opened(page)
    field.fill(bob.phone)
    expect(page.get_by_role("option").filter(has_text="Bob Verma")).to_be_visible()
    # The answer to what is typed next is on its way, and Bob still stands in the list.
    held: list[Route] = []
    page.route("**/api/palette?*", lambda route: held.append(route))
    with page.expect_request("**/api/palette?*"):
        field.fill("somebody else")
    expect(page.get_by_role("option").filter(has_text="Bob Verma")).to_be_visible()
    field.press("Enter")
    expect(field).to_be_focused()
    assert field.get_attribute("aria-activedescendant") is None
    held[0].continue_()
    expect(page.locator("#palette").get_by_role("status")).to_have_text("Nobody found")
    expect(page).to_have_url(re.compile("/dashboard"))


def test_a_name_is_text(alice: Person, new_person: Callable[[str], Person]) -> None:
    new_person(f"Zed {MARKUP}")
    page = alice.open("/dashboard")
    _opened(page).press_sequentially("zed")
    expect(page.get_by_role("option").filter(has_text=f"Zed {MARKUP}")).to_be_visible()
    assert page.locator("#palette img").count() == 0
    assert page.evaluate("window.harmed") is None


def test_escape_closes_it_and_the_focus_returns(alice: Person) -> None:
    page = alice.open("/dashboard")
    _opened(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_have_count(0)
    button = page.get_by_role("button", name="My QR")
    button.focus()
    field = _opened(page)
    field.press_sequentially("hist")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    opener = page.get_by_role("button", name=OPENER)
    opener.click()
    expect(page.get_by_role("combobox")).to_have_value("")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_the_focus_stays_inside(alice: Person) -> None:
    page = alice.open("/dashboard")
    field = _opened(page)
    for keys in ("Tab", "Shift+Tab", "Tab", "Tab"):
        page.keyboard.press(keys)
        expect(field).to_be_focused()


def test_it_works_after_going_from_page_to_page(alice: Person) -> None:
    page = alice.open("/dashboard")
    for words, path in (("hist", "/transactions"), ("sett", "/settings"), ("home", "/dashboard")):
        _opened(page).press_sequentially(words)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(path))


def test_it_speaks_hindi(alice: Person) -> None:
    alice.context.set_extra_http_headers({"Accept-Language": "hi"})
    page = alice.open("/dashboard")
    field = _opened(page)
    expect(page.get_by_role("dialog", name="किसी पेज पर जाएँ या किसी को पेमेंट करें")).to_be_visible()
    expect(_marked(page)).to_have_text("होम")
    # Whoever reads Hindi may type English, and the other way round.
    field.press_sequentially("settings")
    expect(page.get_by_role("option")).to_have_text(["सेटिंग"])


def test_a_payment_that_waits_for_a_yes_stays_on_top(
    alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 10_00)
    page = alice.open(f"/p2ptransfer?to={bob.person_id}&amount=5")
    page.get_by_role("button", name="Send ₹5.00").click()
    expect(page.get_by_role("heading", name="Send ₹5.00 to Bob Verma?")).to_be_visible()
    with page.expect_response("**/palette.js"):
        page.keyboard.press("Control+k")
    expect(page.get_by_role("heading", name="Send ₹5.00 to Bob Verma?")).to_be_visible()
    expect(page.get_by_role("combobox")).to_have_count(0)


def test_strangers_have_none(page: Page, stack: Stack) -> None:
    page.goto("/signin")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.keyboard.press("Control+k")
    assert page.locator("#palette, [data-palette]").count() == 0
    for address in ("/api/palette", "/api/palette?q=alice"):
        answer = httpx.get(f"{stack.app_url}{address}", headers={"Cookie": "wallet_session=forged"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_each_is_offered_their_own_and_nothing_is_kept(
    stack: Stack, alice: Person, bob: Person, charlie: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 10_00)
    send_money(
        person_id=UUID(alice.person_id), payee_id=UUID(bob.person_id), amount_paise=5_00, note="", key=new_token()
    )
    seen = httpx.get(f"{stack.app_url}/api/palette", headers={"Cookie": charlie.cookie})
    assert seen.json()["people"]["lines"] == []
    found = httpx.get(f"{stack.app_url}/api/palette", params={"q": bob.phone}, headers={"Cookie": charlie.cookie})
    assert "5.00" not in found.text
    assert bob.phone not in found.text
    assert found.headers["cache-control"] == seen.headers["cache-control"] == "no-store"


def test_who_was_signed_out_elsewhere_is_led_to_the_door(alice: Person) -> None:
    page = alice.open("/dashboard")
    field = _opened(page)
    # As another tab does it that nobody has told this one of.
    alice.context.clear_cookies()
    field.press_sequentially("bob")
    expect(page).to_have_url(re.compile("/signin"))


@pytest.mark.parametrize("size", [DESK, PHONE, SMALLEST_PHONE], ids=["desk", "phone", "smallest phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(alice: Person, bob: Person, theme: Theme, size: Any) -> None:
    page = alice.context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    page.goto("/dashboard")
    expect(page.locator(".skeleton")).to_have_count(0)
    page.get_by_role("button", name=OPENER).click()
    expect(page.get_by_role("combobox")).to_be_focused()
    expect(page.get_by_role("option")).not_to_have_count(0)
    still(page)
    assert violations(Axe(), page, "palette, just opened") == []
    page.keyboard.insert_text(bob.phone)
    expect(page.get_by_role("option").filter(has_text="Bob Verma")).to_be_visible()
    still(page)
    assert violations(Axe(), page, "palette") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("combobox").fill("nobody has such a name")
    expect(page.locator("#palette").get_by_role("status")).to_have_text("Nobody found")
    assert violations(Axe(), page, "palette, empty") == []
