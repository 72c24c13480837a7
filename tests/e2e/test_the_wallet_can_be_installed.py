"""Installed, it opens like an app; what stays on the device are files of the build, never a page or money."""

import json
import re
import struct
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import ROOT, Stack

PAGES: Final = ("/dashboard", "/p2ptransfer", "/transactions", "/transfer", "/settings")

#: A file whose name holds its hash, or the font.
KEPT_FOLDERS: Final = ("/assets/", "/fonts/")

#: Everything in every cache of the origin, as [cache, address, content type].
READ_CACHES: Final = """
async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) {
      const answer = await (await caches.open(name)).match(request);
      found.push([name, request.url, answer.headers.get("content-type"), await answer.text()]);
    }
  return found;
}
"""

IS_CONTROLLED: Final = "() => navigator.serviceWorker.controller !== null"


def _controlled(page: Page) -> Page:
    page.wait_for_function(IS_CONTROLLED)
    return page


def _visit(person: Person) -> Page:
    """All the pages, twice: the first time the worker is not there yet."""
    page = _controlled(person.open("/dashboard"))
    for path in PAGES:
        page.goto(path)
        expect(page.get_by_text("Alice Nair").first).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    return page


def _size(picture: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_browser_finds_nothing_that_keeps_it_from_being_installed(alice: Person) -> None:
    page = alice.open("/dashboard")
    session = alice.context.new_cdp_session(page)
    found: dict[str, Any] = session.send("Page.getAppManifest")
    assert found["errors"] == []
    reasons = [error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    # Every context of a test is a private window, which is told so.
    assert [reason for reason in reasons if reason != "in-incognito"] == []


def test_every_icon_is_there_in_the_size_that_is_promised(stack: Stack) -> None:
    manifest = httpx.get(f"{stack.app_url}/manifest.webmanifest").json()
    drawn = {icon["sizes"]: icon for icon in manifest["icons"] if icon["type"] == "image/png"}
    assert {"192x192", "512x512"} <= set(drawn)
    assert any(icon["purpose"] == "maskable" for icon in manifest["icons"])
    for icon in manifest["icons"]:
        answer = httpx.get(f"{stack.app_url}{icon['src']}")
        assert answer.headers["content-type"].startswith(icon["type"]), icon
        if icon["type"] == "image/png":
            assert "{}x{}".format(*_size(answer.content)) == icon["sizes"]


def test_iphones_find_an_icon_without_see_through_corners(page: Page) -> None:
    page.goto("/signin")
    path = page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    answer = page.request.get(str(path))
    assert answer.ok
    assert _size(answer.body()) == (180, 180)
    assert answer.body()[25] == 2, "RGB without transparency"


def test_the_worker_is_asked_for_anew_and_bound_by_the_policy(stack: Stack) -> None:
    answer = httpx.get(f"{stack.app_url}/service-worker.js")
    assert "javascript" in answer.headers["content-type"]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]


def test_after_a_visit_only_files_of_the_build_are_kept(alice: Person, fund: Callable[[Person, int], str]) -> None:
    fund(alice, 7_654_32)
    page = _visit(alice)
    page.evaluate("() => fetch('/api/me').then(answer => answer.text())")
    page.evaluate("() => fetch('/assets/there-is-no-such-file.js')")
    page.evaluate("() => fetch('/statements/history.csv').then(answer => answer.text())")
    kept = page.evaluate(READ_CACHES)
    assert len({name for name, *_ in kept}) == 1
    paths = {urlsplit(address).path for _, address, *_ in kept}
    assert any(path.endswith(".js") for path in paths)
    assert any(path.startswith("/fonts/") for path in paths)
    assert {path for path in paths if not path.startswith(KEPT_FOLDERS)} == set()
    assert {path for path in paths if "no-such-file" in path} == set()
    assert {kind for _, _, kind, _ in kept if "html" in kind} == set()
    for secret in ("7,654.32", "7654.32", "765432", alice.phone, alice.person_id, "Alice"):
        assert [address for _, address, _, content in kept if secret in content] == [], secret


def test_kept_files_come_without_the_network_and_pages_do_not(alice: Person) -> None:
    page = _visit(alice)
    script = next(address for _, address, kind, _ in page.evaluate(READ_CACHES) if "javascript" in kind)
    alice.context.set_offline(True)
    assert page.evaluate("address => fetch(address).then(answer => answer.status)", script) == 200
    answer = page.goto("/dashboard")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert "Alice" not in page.content()
    assert "₹" not in page.content()
    alice.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_text("Alice Nair").first).to_be_visible()


@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "of-the-browser"])
def test_the_page_without_network_is_in_the_language_of_the_person(
    stack: Stack, browser: Browser, alice: Person, is_chosen: bool
) -> None:
    """What they chose, against what their browser asks for; where they have seen no page yet, what the browser does."""
    context = browser.new_context(base_url=stack.app_url, locale="en-IN" if is_chosen else "hi-IN")
    page = context.new_page()
    page.goto("/signin")
    _controlled(page)
    if is_chosen:
        page.get_by_role("button", name="हिन्दी").click()
        expect(page.get_by_role("heading", name="साइन इन करें")).to_be_visible()
    context.set_offline(True)
    page.goto("/signin")
    expect(page.get_by_role("heading", name="आप ऑफ़लाइन हैं")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "hi-IN")
    expect(page).to_have_title("आप ऑफ़लाइन हैं · वॉलेट")
    assert re.findall("[A-Za-z]{3,}", page.locator("body").inner_text()) == []
    # A worker that was stopped meanwhile has to know it, too.
    for worker in context.service_workers:
        worker.evaluate("latest = null")
    page.goto("/settings")
    expect(page.get_by_role("heading", name="आप ऑफ़लाइन हैं")).to_be_visible()
    context.set_offline(False)
    page.get_by_role("link", name="फिर कोशिश करें").click()
    expect(page.get_by_role("heading", name="साइन इन करें")).to_be_visible()
    if is_chosen:
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        context.set_offline(True)
        page.goto("/signin")
        expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    context.close()


def test_caches_of_another_version_are_removed(alice: Person, stack: Stack) -> None:
    page = alice.context.new_page()
    # A page without the worker's registration, for it has to start when the old cache is there.
    page.goto("/manifest.webmanifest")
    page.evaluate(
        """async () => {
          await (await caches.open("wallet-files-0")).put("/assets/old.js", new Response("old"));
          await navigator.serviceWorker.register("/service-worker.js");
          await navigator.serviceWorker.ready;
        }"""
    )
    page.wait_for_function("async () => !(await caches.keys()).includes('wallet-files-0')")


def test_a_sign_in_goes_through_the_worker(alice: Person, new_context: Callable[[], BrowserContext]) -> None:
    """Redirects and cookies are the browser's own business still."""
    page = new_context().new_page()
    page.goto("/signin")
    _controlled(page)
    page.goto("/p2ptransfer")
    page.get_by_label("Phone number").fill(alice.phone)
    page.get_by_label("Password", exact=True).fill(alice.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Send money")).to_be_visible()
    assert urlsplit(page.url).path == "/p2ptransfer"


def test_what_the_manifest_leads_to_are_pages_of_ours(alice: Person) -> None:
    manifest = json.loads((ROOT / "assets" / "manifest.webmanifest").read_text())
    for path in (manifest["start_url"], *(shortcut["url"] for shortcut in manifest["shortcuts"])):
        page = alice.open(path)
        expect(page.get_by_text("Alice Nair").first).to_be_visible()
        page.close()
