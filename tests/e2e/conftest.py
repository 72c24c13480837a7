"""One wallet for all tests in the browser, and its people: each test makes its own, so that no test sees another's.

What a failed test saw lies in test-results/: a picture of every open page, and with ``--traces`` all that it did there
(``playwright show-trace``).
"""

import itertools
import re
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from launcher.browser import PATH_FILE, find_browser
from tests.e2e.chromium import Chromium
from tests.e2e.collector import Collector, running_collector
from tests.e2e.stack import ROOT, START_S, Stack, running_stack
from wallet_app.cookies import session_cookie_name
from wallet_core import db
from wallet_core.passwords import hash_password
from wallet_core.phones import format_phone
from wallet_core.services import people
from wallet_core.tracing import ENDPOINT
from wallet_core.views import Client

RESULTS = ROOT / "test-results"
PASSWORD = "correct horse battery"

#: Where people sign up. Their browsers are on the same machine.
CLIENT = Client(address="127.0.0.1", user_agent="tests")

#: A test machine is slow and busy; what takes longer than this does not work. For what is done and what is expected.
PATIENCE_MS = 15_000

#: The limit of a test that looks at many pages, each of them slow on a busy machine: ``@pytest.mark.timeout(TOUR_S)``.
TOUR_S: Final = 300

#: A test that reaches its limit ends the whole run (timeout_method in pyproject.toml says why it must); before that,
#: its browser is ended, which fails only what waits for it.
BEFORE_THE_LIMIT_S = 10.0

#: Of people that tests make; beside those of the demo people (98765 43210 and on).
_phones = (f"+9198766{number:05}" for number in itertools.count(10_001))

FAILED = pytest.StashKey[bool]()
BEGAN_AT_S = pytest.StashKey[float]()


@dataclass
class Person:
    """Somebody who has signed up. ``open`` shows a page in their own browser, where they are signed in."""

    name: str
    phone: str
    password: str
    person_id: str
    cookie: str
    new_context: Callable[[], BrowserContext] = field(repr=False)
    _context: BrowserContext | None = field(default=None, repr=False)

    @property
    def formatted_phone(self) -> str:
        return format_phone(self.phone)

    @property
    def context(self) -> BrowserContext:
        """Their browser. Only opened when it is looked at, for many tests speak HTTP."""
        if self._context is None:
            self._context = self.new_context()
        return self._context

    def open(self, path: str = "/dashboard") -> Page:
        """A new tab at this path."""
        page = self.context.new_page()
        page.goto(path)
        return page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("e2e")


def pytest_collection_finish(session: pytest.Session) -> None:
    """The first test that wants the stack waits for its build, too. (Which one that is, is only known at the end: some
    have been left out, and the others have been put in order.)"""
    first = next((item for item in session.items if _wants_the_stack(item)), None)
    if first is not None:
        first.add_marker(pytest.mark.timeout(_limit_s(first) + START_S), append=False)


def _wants_the_stack(item: pytest.Item) -> bool:
    """And not one of its own."""
    return (
        isinstance(item, pytest.Function)
        and item.path.is_relative_to(Path(__file__).parent)
        and "stack" in item.fixturenames
        and not hasattr(item.module, "stack")
    )


def _limit_s(item: pytest.Item) -> float:
    """What this test and its fixtures may take."""
    own = item.get_closest_marker("timeout")
    return float(own.args[0] if own else item.config.getini("timeout"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[BEGAN_AT_S] = time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Who is sent the traces of the stack."""
    with running_collector() as running:
        yield running


@pytest.fixture(scope="session")
def stack(collector: Collector) -> Iterator[Stack]:
    """The production build and every process, without demo people."""
    with running_stack(changes={ENDPOINT: collector.url}) as running:
        yield running


@pytest.fixture
def database_url(stack: Stack) -> Iterator[str]:
    """The stack's own database, instead of a fresh one for each test; the core of this process uses it, too."""
    db.configure(stack.database_url)
    yield stack.database_url
    db.dispose()


def browser_path() -> Path:
    """Where Chromium is, as a run before this one noted it, or as it is found now."""
    noted = ROOT / ".data" / PATH_FILE
    return Path(noted.read_text().strip()) if noted.exists() else find_browser(print)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The one browser of this run; started when the first test wants it."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = Chromium(playwright.chromium, browser_path())
        yield running
        running.close()


@pytest.fixture
def browser(request: pytest.FixtureRequest, chromium: Chromium) -> Iterator[Browser]:
    """Chromium, without a window. If it hangs, it is ended in time for this test to fail, and for the others to run."""
    # The limit counts from the beginning of the test; a stack may have been built for it since.
    began_at_s = request.node.stash.get(BEGAN_AT_S, time.monotonic())
    end_at_s = began_at_s + _limit_s(request.node) - BEFORE_THE_LIMIT_S
    with chromium.watched(end_at_s - time.monotonic()) as running:
        yield running


@pytest.fixture
def new_context(
    request: pytest.FixtureRequest, stack: Stack, browser: Browser
) -> Iterator[Callable[[], BrowserContext]]:
    """Makes browsers that know nobody yet; paths such as "/signin" are the stack's."""
    opened: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = browser.new_context(base_url=stack.app_url, locale="en-IN", viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PATIENCE_MS)
        if request.config.getoption("traces"):
            context.tracing.start(snapshots=True)
        opened.append(context)
        return context

    yield make
    folder = RESULTS / re.sub(r"\W+", "-", request.node.nodeid.removeprefix("tests/e2e/")).strip("-")
    try:
        for number, context in enumerate(opened):
            if request.node.stash.get(FAILED, False):
                _keep(context, folder, number, has_trace=request.config.getoption("traces"))
            context.close()
    except Error:
        # A browser that hangs after a test has said its word (it was killed then) changes nothing of what it said.
        if browser.is_connected():
            raise
        print("The browser hung or fell, and took with it what its test saw.")


def _keep(context: BrowserContext, folder: Path, number: int, *, has_trace: bool) -> None:
    for tab, page in enumerate(context.pages):
        page.screenshot(path=folder / f"browser-{number}-tab-{tab}.png", full_page=True)
    if has_trace:
        context.tracing.stop(path=folder / f"browser-{number}.zip")


@pytest.fixture
def page(new_context: Callable[[], BrowserContext]) -> Page:
    """A tab of somebody who has not signed in."""
    return new_context().new_page()


def _forget_sign_ups(stack: Stack) -> None:
    """All tests sign up from one address, and more of them than it may: each begins as the first of its hour."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM rate_limit_bucket WHERE bucket = %s", [people.SIGN_UP_OF_ADDRESS.bucket])


@pytest.fixture
def phones(stack: Stack) -> Iterator[str]:
    """Phones of people who have not signed up yet, and may."""
    _forget_sign_ups(stack)
    return _phones


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of the one password of all, made once: it costs a third of a second on purpose."""
    return hash_password(PASSWORD)


@pytest.fixture
def new_person(
    stack: Stack, database_url: str, password_hash: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Person]:
    """Makes people, who have signed up as the form does it: ``new_person("Alice Nair")``."""

    def sign_up(name: str) -> Person:
        _forget_sign_ups(stack)
        phone = next(_phones)
        with monkeypatch.context() as patch:
            patch.setattr(people, "hash_password", lambda _: password_hash)
            opened = people.sign_up(name=name, phone=phone, password=PASSWORD, client=CLIENT)
        cookie_name = session_cookie_name()

        def own_context() -> BrowserContext:
            context: BrowserContext = request.getfixturevalue("new_context")()
            context.add_cookies([{"name": cookie_name, "value": opened.token, "url": stack.app_url}])
            return context

        return Person(name, phone, PASSWORD, str(opened.person_id), f"{cookie_name}={opened.token}", own_context)

    return sign_up


@pytest.fixture
def alice(new_person: Callable[[str], Person]) -> Person:
    return new_person("Alice Nair")


@pytest.fixture
def bob(new_person: Callable[[str], Person]) -> Person:
    return new_person("Bob Verma")


@pytest.fixture
def charlie(new_person: Callable[[str], Person]) -> Person:
    return new_person("Charlie Rao")


@pytest.fixture
def fund(fund: Callable[[UUID, int], str]) -> Callable[[Person, int], str]:
    """Gives somebody money, as a bank that confirms an order. Answers the order's reference."""

    def add_money(person: Person, amount_paise: int) -> str:
        return fund(UUID(person.person_id), amount_paise)

    return add_money
