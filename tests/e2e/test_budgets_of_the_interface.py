"""What the interface may weigh, and what no page may do: measured on the production build, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

KB: Final = 1000

CSS_BYTES: Final = 60 * KB
ROUTE_SCRIPT_BYTES: Final = 80 * KB
FIRST_LOAD_BYTES: Final = 200 * KB

#: What web.dev calls good is 0.1; a fifth of it is nothing that a person notices.
LAYOUT_SHIFT: Final = 0.02

#: Of a page whose filter the server knows first; nobody has asked for less of it yet.
FILTERED_LAYOUT_SHIFT: Final = 0.05

#: A cheap phone, and a page that comes in pieces: what jumps, jumps there.
SLOWER: Final = 4

#: WCAG 2.5.5, and what Apple and Google ask for.
TARGET_PX: Final = 44

#: WCAG 1.4.10: a desktop at 400 %, and the smallest phones.
SMALLEST_PHONE_PX: Final = 320

PRIVATE_PATHS: Final = (
    "/dashboard",
    "/transfer",
    "/p2ptransfer",
    "/requests",
    "/requests/ask",
    "/notifications",
    "/transactions",
    "/settings",
)
PUBLIC_PATHS: Final = ("/signin", "/signup", "/there-is-no-such-page")
PATHS: Final = (*PUBLIC_PATHS, *PRIVATE_PATHS)

_COUNT_SHIFTS: Final = """
window.shifted = 0;
window.shifters = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
    window.shifted += entry.value;
    for (const { node } of entry.sources) window.shifters.push([entry.value, (node?.outerHTML ?? "").slice(0, 200)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""

#: Words that a person can press, smaller than a thumb. A control inside a label is pressed through the label, and a
#: link within a sentence is as high as its line (WCAG 2.5.8 excepts it).
SMALL_TARGETS: Final = """
(smallest) => [...document.querySelectorAll("a, button, select, input:not([type=hidden]), summary")]
  .map(element => element.closest("label") ?? element)
  .filter(element => !element.matches(".skip, .sr-only") && getComputedStyle(element).display !== "inline")
  .map(element => [element.innerText || element.id, element.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height && (box.width < smallest || box.height < smallest))
  .map(([words, box]) => `${words}: ${box.width} x ${box.height}`)
"""

#: The theme at the moment when the first element of the page is there, which is before anything can be painted.
_WATCH_THEME: Final = """
new MutationObserver((_, observer) => {
  if (!document.body) return;
  window.themeAtFirst = document.documentElement.className;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""


#: Whichever of the colours a browser takes for its bars.
_ARE_BARS: Final = """
colour => {
  const bars = [...document.querySelectorAll("meta[name=theme-color]")];
  return bars.length > 0 && bars.every(bar => bar.content === colour);
}
"""


def _built(stack: Stack) -> Path:
    return stack.data_dir / "web" / "build" / "client"


def _settled(page: Page, path: str) -> Page:
    """Opens the page and waits until what is personal stands in place of the skeletons."""
    page.goto(path)
    if path.startswith(PRIVATE_PATHS):
        expect(page.locator("aside").get_by_text("Alice Nair")).to_be_attached()
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_function("document.fonts.status === 'loaded'")
    return page


@pytest.fixture
def wealthy(alice: Person, bob: Person, fund: Callable[[Person, int], str]) -> Person:
    """Alice, with a history and with somebody whom she could pay."""
    fund(alice, 99_999_99)
    return alice


def test_styles_are_small(stack: Stack) -> None:
    sizes = {file.name: file.stat().st_size for file in _built(stack).rglob("*.css")}
    assert 0 < sum(sizes.values()) < CSS_BYTES, sizes


def test_each_page_has_little_script_of_its_own(stack: Stack) -> None:
    sizes = {file.name: file.stat().st_size for file in (_built(stack) / "assets").glob("_*_index-*.js")}
    assert len(sizes) >= len(PATHS), sizes
    assert {name: size for name, size in sizes.items() if size >= ROUTE_SCRIPT_BYTES} == {}


def test_no_element_needs_the_library_of_styles(stack: Stack) -> None:
    """The build leaves it out (wallet_app/lean.py): such a style would not be drawn."""
    scripts = {file.name: file.read_text(encoding="utf-8") for file in (_built(stack) / "assets").glob("*.js")}
    assert {
        name: re.findall(r"[{,]css:\{[^}]*", script) for name, script in scripts.items() if ",css:{" in script
    } == {}
    assert not any("__EMOTION_" in script or "emotion-" in script for script in scripts.values())


@pytest.mark.parametrize("path", PATHS)
def test_the_first_load_is_light(path: str, wealthy: Person, new_context: Callable[[], BrowserContext]) -> None:
    """Every byte that the browser was sent, headers too, with an empty cache."""
    context = wealthy.context if path in PRIVATE_PATHS else new_context()
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    encodings: list[str] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("response", lambda answer: encodings.append(answer.headers.get("content-encoding", "")))
    _settled(page, path)
    page.wait_for_load_state("networkidle")
    assert "br" in encodings
    assert 50 * KB < sum(sizes) < FIRST_LOAD_BYTES, sizes


def _shift_of(context: BrowserContext, path: str, width: int) -> float:
    """How much the page jumps until nothing more comes, on a slow processor."""
    context.add_init_script(_COUNT_SHIFTS)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.set_viewport_size({"width": width, "height": 844})
    _settled(page, path)
    page.wait_for_load_state("networkidle")
    print("what jumped, and how much of the screen:", page.evaluate("window.shifters"))
    return float(page.evaluate("window.shifted"))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_jumps(path: str, width: int, wealthy: Person, new_context: Callable[[], BrowserContext]) -> None:
    context = wealthy.context if path in PRIVATE_PATHS else new_context()
    assert _shift_of(context, path, width) < LAYOUT_SHIFT


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/dashboard", "/p2ptransfer", "/transactions"])
def test_nothing_jumps_in_hindi(stack: Stack, path: str, width: int, wealthy: Person) -> None:
    """Other words, of another length, in letters of the system."""
    wealthy.context.add_cookies([{"name": "wallet_language", "value": "hi", "url": stack.app_url}])
    assert _shift_of(wealthy.context, path, width) < LAYOUT_SHIFT


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", ["added", "sent"])
def test_a_receipt_does_not_jump(
    kind: str, width: int, wealthy: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    """Opened by its address: what it will hold is not known before it is there."""
    reference = fund(wealthy, 1_00) if kind == "added" else _sent(wealthy, bob)
    assert _shift_of(wealthy.context, f"/transactions/{reference}", width) < LAYOUT_SHIFT


def _sent(payer: Person, payee: Person) -> str:
    return send_money(
        person_id=UUID(payer.person_id), payee_id=UUID(payee.person_id), amount_paise=5_00, note="Tea", key=new_token()
    ).reference


@pytest.mark.parametrize("width", [1280, 390, SMALLEST_PHONE_PX])
@pytest.mark.parametrize("query", ["show=in", "show=out", "q=bank&status=succeeded", "q=nothing+like+it"])
def test_a_filtered_history_does_not_jump(
    query: str, width: int, wealthy: Person, fund: Callable[[Person, int], str]
) -> None:
    """What opens it knows the filter only when the server has answered; a screen full of rows would move."""
    for _ in range(12):
        fund(wealthy, 1_00)
    wealthy.context.add_init_script(_COUNT_SHIFTS)
    page = wealthy.context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    # The tab may have shown all of it before, which the server then takes out again.
    _settled(page, "/transactions")
    _settled(page, f"/transactions?{query}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifted") < FILTERED_LAYOUT_SHIFT


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_is_enough(path: str, wealthy: Person, new_context: Callable[[], BrowserContext]) -> None:
    """A thumb hits everything, and the smallest phone need not scroll sideways."""
    page = (wealthy.context if path in PRIVATE_PATHS else new_context()).new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    _settled(page, path)
    assert page.evaluate(SMALL_TARGETS, TARGET_PX) == []
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE_PX


@pytest.mark.parametrize("width", [390, SMALLEST_PHONE_PX])
def test_a_thumb_hits_all_of_a_receipt_and_of_my_qr(wealthy: Person, bob: Person, width: int) -> None:
    page = wealthy.context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    _settled(page, f"/transactions/{_sent(wealthy, bob)}")
    small = page.evaluate(SMALL_TARGETS, TARGET_PX)
    _settled(page, "/dashboard")
    page.locator("[aria-controls=my-code]").click()
    expect(page.locator("#my-code svg.qr")).to_be_visible()
    assert [*small, *page.evaluate(SMALL_TARGETS, TARGET_PX)] == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_is_there_before_the_first_paint(theme: Literal["dark", "light"], page: Page) -> None:
    page.add_init_script(_WATCH_THEME)
    page.emulate_media(color_scheme=theme)
    page.goto("/signin")
    assert theme in page.evaluate("window.themeAtFirst").split()


def test_a_chosen_theme_outlives_a_reload(wealthy: Person) -> None:
    """Against the system's own: it follows the choice, before the first paint too."""
    wealthy.context.add_init_script(_WATCH_THEME)
    page = wealthy.context.new_page()
    page.emulate_media(color_scheme="light")
    _settled(page, "/settings")
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_contain_class("dark")
    page.reload()
    assert "dark" in page.evaluate("window.themeAtFirst").split()
    assert "light" not in page.evaluate("window.themeAtFirst").split()


def test_the_bars_of_the_browser_have_the_chosen_theme(wealthy: Person) -> None:
    page = wealthy.context.new_page()
    page.emulate_media(color_scheme="light")
    _settled(page, "/settings")
    for choice, colour in (("Dark", "#0b0e14"), ("Light", "#f5f6f8"), ("Dark", "#0b0e14")):
        page.get_by_text(choice, exact=True).click()
        page.wait_for_function(_ARE_BARS, arg=colour)
    page.reload()
    expect(page.locator("html")).to_contain_class("dark")
    page.wait_for_function(_ARE_BARS, arg="#0b0e14")


def test_an_address_that_leads_nowhere_says_so(page: Page) -> None:
    answer = page.goto("/there-is-no-such-page")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_attached()
    page.get_by_role("link", name="Go to Home").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
