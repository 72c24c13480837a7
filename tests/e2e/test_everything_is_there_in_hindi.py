"""Who asks for Hindi finds Hindi: on every page, in every sentence, from the first byte, until they choose another."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.conftest import PASSWORD, PATIENCE_MS, TOUR_S, Person
from tests.e2e.stack import Stack
from tests.e2e.test_budgets_of_the_interface import PATHS, SMALLEST_PHONE_PX
from tests.e2e.test_everybody_can_use_every_page import OPTIONS
from wallet_app.formatting import initials

#: What is written in Latin letters in Hindi, too: names of people and things, and what everybody abbreviates.
NAMES: Final = {
    *("Bob", "Verma", "Alice", "Nair", "Axis", "Bank", "HDFC", "ICICI", "State", "of", "India", "Chrome", "Linux"),
    *("AXIS", "SBI", "AN", "BV", "IST", "am", "pm", "CSV", "PDF", "QR", "English", "tea"),
    # The key of a keyboard, in the name of the place for toasts.
    "alt",
}

#: And in English: the language's own name, and the person of another test, in the list of people.
HINDI_IN_ENGLISH: Final = {"हिन्दी", "आशा", "कुलकर्णी", "आक"}

#: A word of two Latin letters; references and codes have digits in them.
LATIN: Final = re.compile(r"(?<![\w-])[A-Za-z]{2,}(?![\w-])")

#: All that is read or heard: texts, seen or not, and the words in attributes.
_WORDS: Final = """() => {
  const words = [document.title];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const place = texts.currentNode.parentElement.closest("script, style, noscript");
    if (!place) words.push(texts.currentNode.data);
  }
  for (const name of ["aria-label", "placeholder", "title", "alt"])
    for (const element of document.body.querySelectorAll(`[${name}]`)) words.push(element.getAttribute(name));
  return words.join(" | ");
}"""


@pytest.fixture
def indian(stack: Stack, browser: Browser) -> Iterator[BrowserContext]:
    """A browser whose language is Hindi."""
    context = browser.new_context(base_url=stack.app_url, locale="hi-IN", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(indian: BrowserContext) -> Page:
    return indian.new_page()


def as_alice(alice: Person, page: Page) -> None:
    """Signs her in, in the browser that asks for Hindi."""
    page.goto("/signin")
    page.get_by_label("फ़ोन नंबर").fill(alice.phone)
    page.get_by_label("पासवर्ड").fill(PASSWORD)
    page.get_by_role("button", name="साइन इन करें").click()
    expect(page).to_have_url(re.compile("/dashboard$"))


def english_on(page: Page) -> set[str]:
    expect(page.locator(".skeleton")).to_have_count(0)
    return set(LATIN.findall(page.evaluate(_WORDS))) - NAMES


def words_of_people(stack: Stack) -> set[str]:
    """Everybody's names and their initials: the list of whom one can pay has those of other tests, too."""
    with psycopg.connect(stack.database_url) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM person")]
    return {word for name in names for word in (*LATIN.findall(name), initials(name))}


def broken_rules(page: Page) -> list[str]:
    page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")
    found: dict[str, Any] = json.loads(json.dumps(Axe().run(page, options=OPTIONS).response))
    return [f"{violation['help']}: {violation['nodes'][0]['html'][:200]}" for violation in found["violations"]]


def test_signing_up_in_hindi(page: Page) -> None:
    page.goto("/signup")
    expect(page.locator("html")).to_have_attribute("lang", "hi-IN")
    page.get_by_label("आपका नाम").fill("आशा कुलकर्णी")
    page.get_by_label("फ़ोन नंबर").fill("12")
    page.get_by_label("पासवर्ड").fill(PASSWORD)
    page.get_by_role("button", name="साइन अप करें").click()
    expect(page.get_by_role("alert").filter(has_text="सही भारतीय मोबाइल नंबर डालें")).to_be_visible()
    page.get_by_label("फ़ोन नंबर").fill("90000 00071")
    page.get_by_label("पासवर्ड").fill(PASSWORD)
    page.get_by_role("button", name="साइन अप करें").click()
    expect(page).to_have_url(re.compile("/dashboard$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("आशा")
    expect(page.get_by_text("यहाँ अभी कुछ नहीं है")).to_be_visible()
    assert english_on(page) == set()


@pytest.mark.parametrize("path", ["/signin", "/signup", "/there-is-no-such-page"])
def test_a_page_before_the_door_is_in_hindi(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    assert english_on(page) == set()


@pytest.mark.timeout(TOUR_S)
@pytest.mark.parametrize("width", [1280, SMALLEST_PHONE_PX])
def test_every_page_is_in_hindi_and_fits(
    stack: Stack, page: Page, alice: Person, bob: Person, fund: Callable[[Person, int], str], width: int
) -> None:
    """With a history, and at the width of the smallest phones too, where long words must break."""
    reference = fund(alice, 1_000_00)
    page.set_viewport_size({"width": width, "height": 800})
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong: list[str] = []
    as_alice(alice, page)
    for path in (*[path for path in PATHS if path not in ("/signin", "/signup")], f"/transactions/{reference}"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        wrong += [f"{path}: {word}" for word in english_on(page) - words_of_people(stack)]
        wrong += [f"{path}: {rule}" for rule in broken_rules(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path}: {wide} px wide"] if wide > width else []
    assert (wrong, said) == ([], [])


def test_paying_in_hindi(
    stack: Stack, page: Page, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 1_000_00)
    as_alice(alice, page)
    page.goto(f"/p2ptransfer?to={bob.person_id}")
    expect(page.get_by_text("Bob Verma को भेज रहे हैं")).to_be_visible()
    page.get_by_role("textbox", name="रकम").fill("5000")
    page.get_by_role("textbox", name="रकम").press("Enter")
    expect(page.get_by_text("यह आपके बैलेंस ₹1,000.00 से ज़्यादा है।")).to_be_visible()
    page.get_by_role("textbox", name="रकम").fill("12")
    page.get_by_role("textbox", name="नोट").fill("tea")
    page.get_by_role("button", name="₹12.00 भेजें").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Bob Verma को ₹12.00 भेजें?")).to_be_visible()
    assert english_on(page) <= words_of_people(stack)
    assert broken_rules(page) == []
    dialog.get_by_role("button", name="₹12.00 भेजें").click()
    expect(dialog.get_by_role("heading", name="Bob Verma को ₹12.00 भेजे गए")).to_be_visible()
    assert english_on(page) <= words_of_people(stack)
    dialog.get_by_text("रसीद देखें").click()
    expect(page.get_by_role("heading", name="रसीद")).to_be_visible()
    assert english_on(page) <= words_of_people(stack)


def test_a_code_and_a_pay_link_are_in_hindi(stack: Stack, page: Page, alice: Person, bob: Person) -> None:
    as_alice(alice, page)
    # Before what is personal is there, nobody may hear a click.
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    page.get_by_role("button", name="मेरा QR").click()
    expect(page.get_by_text("Alice Nair को पेमेंट करने के लिए स्कैन करें")).to_be_visible()
    assert english_on(page) <= words_of_people(stack)
    page.goto(f"/p2ptransfer?to={bob.person_id}&amount=x")
    expect(page.get_by_text("इस लिंक की रकम मान्य नहीं है").last).to_be_visible()
    assert english_on(page) <= words_of_people(stack)
    assert broken_rules(page) == []


def test_what_arrives_is_told_in_hindi(page: Page, alice: Person, fund: Callable[[Person, int], str]) -> None:
    """It comes from another process, as an event of this tab."""
    as_alice(alice, page)
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    fund(alice, 75_00)
    expect(page.get_by_text("HDFC Bank से ₹75.00 मिले").first).to_be_visible()
    assert english_on(page) == set()


def test_what_fails_is_said_in_hindi(page: Page, alice: Person) -> None:
    """The net below all handlers, where a click arrives with what no page of ours sends."""

    def spoil(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda frame: server.send(str(frame).replace('"range_code":', '"nonsense":')))

    as_alice(alice, page)
    page.route_web_socket("**/_event/**", spoil)
    page.reload()
    # Before what is personal is there, nobody may hear a click.
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    page.get_by_text("30 दिन", exact=True).click()
    expect(page.get_by_text("हमारी तरफ़ से कुछ गड़बड़ हुई।").first).to_be_visible()


def test_a_statement_is_in_hindi(page: Page, alice: Person, fund: Callable[[Person, int], str]) -> None:
    fund(alice, 75_00)
    as_alice(alice, page)
    text = page.request.get("/statements/history.csv").text()
    assert "तारीख,समय (IST),प्रकार,नाम" in text
    assert "शुरुआती बैलेंस" in text
    assert "पैसे जोड़े" in text


def test_a_choice_in_the_settings_stays(page: Page, alice: Person) -> None:
    """Nothing stays that was said in the other language before."""
    as_alice(alice, page)
    for path in ("/p2ptransfer", "/transfer"):
        page.goto(path)
        expect(page.locator(".skeleton")).to_have_count(0)
    page.goto("/settings")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en-IN")
    expect(page.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.get_by_text("Signed in ").nth(1)).to_be_visible()
    for path in ("/p2ptransfer", "/transfer", "/dashboard", "/settings"):
        page.goto(path)
        expect(page.locator(".skeleton")).to_have_count(0)
        said = set(re.findall("[\u0900-\u097f]+", page.evaluate(_WORDS)))
        assert said - HINDI_IN_ENGLISH == set(), path
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="हिन्दी").click()
    expect(page.get_by_role("heading", name="साइन इन करें")).to_be_visible()


def test_hindi_works_without_javascript(stack: Stack, browser: Browser, alice: Person) -> None:
    context = browser.new_context(base_url=stack.app_url, locale="hi-IN", java_script_enabled=False)
    page = context.new_page()
    page.goto("/signin")
    page.get_by_label("फ़ोन नंबर").fill(alice.phone)
    page.get_by_label("पासवर्ड").fill("wrong password")
    page.get_by_role("button", name="साइन इन करें").click()
    expect(page.get_by_text("फ़ोन नंबर या पासवर्ड गलत है।")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_the_first_byte_is_in_the_right_language(stack: Stack, alice: Person, path: str) -> None:
    """Before any script runs: no reader sees the page in another language for a moment."""
    for wish, tag, other in (("hi-IN,en;q=0.5", "hi-IN", "<h1[^>]*>[A-Z]"), ("en-IN", "en-IN", "[\u0900-\u097f]")):
        headers = {"Accept-Language": wish, "Cookie": alice.cookie if path not in ("/signin", "/signup") else ""}
        answer = httpx.get(f"{stack.app_url}{path}", headers=headers)
        assert f'<html lang="{tag}"' in answer.text
        assert "\ue000" not in answer.text
        found = re.search(other, answer.text.replace("हिन्दी", ""))
        assert found is None, answer.text[found.start() - 100 : found.start() + 100]
