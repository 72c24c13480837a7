"""The interface under many open tabs: from the commit to the pixel, events a second, memory of an idle tab.

The production build with all its processes, a real browser for what is seen, and tabs without a browser (bench/tabs.py)
for the others, who are other people: each opens Home as a browser does, with the same frames.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import psutil
from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright
from sqlmodel import Session

from bench.ground import ROUND_S
from bench.ratio import ROUNDS, Figure, Ratio, say
from bench.tabs import NAMESPACE, Plan, Tabs
from launcher.browser import find_browser
from tests.conftest import add_onramp, add_person, bank_message
from tests.e2e.chromium import BROWSER_ARGUMENTS
from tests.e2e.stack import Stack, running_stack, short_folder
from wallet_core import db, sessions
from wallet_core.ids import new_token
from wallet_core.money import MAX_MOVEMENT_PAISE, format_rupees
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.payments import send_money
from wallet_core.views import Client

PAGE: Final = "/dashboard"
COOKIE: Final = "wallet_session"

MANY, CROWD = 200, 1_000
WARMING: Final = 20

#: Tabs of one person, as some have them; each person has a session of their own.
TABS_EACH: Final = 2

#: More than a tenth of these may not be late, and a median of five rounds needs some in each.
SAMPLES: Final = 12 * ROUND_S

#: Payments to somebody with hundreds of tabs: each takes all of them a while.
EVERYWHERE_EACH: Final = 2

#: A commit in so many seconds: the one before is on every screen long ago.
PAUSE_S: Final = 0.15
LATE_S: Final = 10

#: Changes one text of the state and reads nothing: what an event costs by itself.
TRIVIAL: Final = "reflex___state____state.wallet_app___state___transfer____transfer_state.type_amount"

#: Notes when the balance that is painted says what. The second frame begins when the first is on the screen.
_WATCH: Final = """
() => {
  window.seen = {};
  const note = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    const text = document.querySelector('[data-testid=available-balance]')?.innerText;
    if (text && !(text in window.seen)) window.seen[text] = Date.now();
  }));
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""

#: After a crowd has come or gone; the allocator needs a moment.
REST_S: Final = 3


class Wallet:
    """The stack, two people (one pays, one is watched), and how a tab opens its page."""

    def __init__(self, stack: Stack, browser: Browser, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self._numbers = iter(range(1, 100_000))
        self.payer = self._person()
        self.payee = self._person()
        reference = add_onramp(self.payer, MAX_MOVEMENT_PAISE)
        settle_onramp(bank_message(reference, MAX_MOVEMENT_PAISE))
        self.balance_paise = 0
        self._context = context = browser.new_context(base_url=stack.app_url)
        name, _, value = self.cookie(self.payee).partition("=")
        context.add_cookies([{"name": name, "value": value, "url": stack.app_url}])
        frames: list[str] = []
        first = context.new_page()
        first.on("websocket", lambda socket: _keep_frames(socket, frames))
        self.pages = [first, context.new_page()]
        for page in self.pages:
            page.goto(PAGE)
            expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
            page.evaluate(_WATCH)
        # The first names the namespace and carries the page's own first event.
        self.frames = [frame for frame in frames if frame.startswith((f"40{NAMESPACE}", f"42{NAMESPACE}"))]
        assert "event" in self.frames[0], self.frames

    def close(self) -> None:
        """The watched tabs."""
        self._context.close()

    def _person(self) -> UUID:
        return add_person("Somebody", f"+9198764{next(self._numbers):05}")

    def cookie(self, person: UUID) -> str:
        """Of a new session."""

        def work(session: Session) -> str:
            return sessions.open_session(session, person, Client(address="127.0.0.1", user_agent="bench")).token

        return f"{COOKIE}={db.in_transaction(work)}"

    @contextmanager
    def tabs(self, count: int, *, of_payee: bool = False) -> Iterator[Tabs]:
        """So many open tabs of other people, or all of the one who is paid."""
        say(f"  opening {count:,} tabs ...")
        if of_payee:
            cookies = [self.cookie(self.payee)] * count
        else:
            cookies = [self.cookie(self._person()) for _ in range(count // TABS_EACH)] * TABS_EACH
        tabs = Tabs(Plan(self.stack.app_url, cookies, self.frames, PAGE), self.folder)
        try:
            yield tabs
        finally:
            tabs.close()

    def commit_to_pixel_p95_ms(self) -> float:
        """One round: from a payment's return to the new balance on the screen, in the slower of two tabs each time."""
        committed_ms: dict[str, float] = {}
        for _ in range(SAMPLES):
            text = format_rupees(self.balance_paise + 1)
            committed_ms[text] = self._pay()
            for page in self.pages:
                page.wait_for_function("text => text in window.seen", arg=text, polling=20, timeout=LATE_S * 1000)
            time.sleep(PAUSE_S)
        seen = [_seen(page) for page in self.pages]
        late_ms = [max(one[text] for one in seen) - at_ms for text, at_ms in committed_ms.items()]
        return statistics.quantiles(late_ms, n=20)[18]

    def _pay(self) -> float:
        """One paisa more. When the payment returned, in milliseconds since 1970."""
        send_money(person_id=self.payer, payee_id=self.payee, amount_paise=1, note="", key=new_token())
        self.balance_paise += 1
        return time.time() * 1000

    def commit_to_every_tab_ms(self, tabs: Tabs) -> float:
        """One payment, until the last tab of its receiver was sent the new balance."""
        committed_ms: list[float] = []
        text = format_rupees(self.balance_paise + 1).removeprefix("₹")
        arrived_ms = tabs.seen_ms(text, lambda: committed_ms.append(self._pay()))
        time.sleep(PAUSE_S)
        return max(arrived_ms) - committed_ms[0]

    def memory_kb(self) -> float:
        """Of the app's own processes: the pages they share are counted once."""
        time.sleep(REST_S)
        processes = [
            process
            for process in psutil.Process(self.stack.launcher.pid).children(recursive=True)
            if process.cmdline()[-2:] == ["-m", "wallet_app"]
        ]
        assert processes, "the app was not found"
        return sum(process.memory_full_info().pss for process in processes) / 1024


def _keep_frames(socket: WebSocket, frames: list[str]) -> None:
    socket.on("framesent", lambda frame: frames.append(str(frame)))


def _seen(page: Page) -> dict[str, float]:
    found: dict[str, float] = page.evaluate("window.seen")
    return found


def measure() -> list[Ratio | Figure]:
    """commit_to_pixel_p95_ms_1 and _200, commit_to_every_tab_ms_200, events_per_second_200_tabs and _1000_tabs,
    memory_per_idle_session_kb_200 and _1000.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(say), args=BROWSER_ARGUMENTS)
        with _wallet(browser) as wallet:
            measured = _measure(wallet)
        memory = []
        # Each with an app of its own, which knows no earlier crowd: what one leaves behind when it goes is used again.
        for number in range(1, ROUNDS + 1):
            with _wallet(browser) as wallet:
                memory.append(_memory_of_a_tab_kb(wallet))
            say("  memory: round {} of {}: {:.1f} and {:.1f} kB a tab".format(number, ROUNDS, *memory[-1]))
        browser.close()
    idle = "more memory of the app's processes for each open tab on Home, of other people; a fresh app each round"
    by_crowd = zip((MANY, CROWD), zip(*memory, strict=True), strict=True)
    return measured + [
        Figure(f"memory_per_idle_session_kb_{tabs}", idle, "kB", list(rounds), target=150) for tabs, rounds in by_crowd
    ]


@contextmanager
def _wallet(browser: Browser) -> Iterator[Wallet]:
    """A fresh one. What is made once (threads, connections, caches) is made: some tabs came and went."""
    with running_stack() as stack, short_folder() as folder:
        db.configure(stack.database_url)
        try:
            wallet = Wallet(stack, browser, folder)
            with wallet.tabs(WARMING) as tabs:
                tabs.events(TRIVIAL, 1)
                wallet.commit_to_pixel_p95_ms()
            yield wallet
            wallet.close()
        finally:
            db.dispose()


def _memory_of_a_tab_kb(wallet: Wallet) -> tuple[float, float]:
    """With many open and with a crowd, both over the same beginning: what the first leave behind is used again."""
    before_kb = wallet.memory_kb()
    with wallet.tabs(MANY):
        many_kb = wallet.memory_kb()
    with wallet.tabs(CROWD):
        crowd_kb = wallet.memory_kb()
    return (many_kb - before_kb) / MANY, (crowd_kb - before_kb) / CROWD


def _measure(wallet: Wallet) -> list[Ratio | Figure]:
    alone = [wallet.commit_to_pixel_p95_ms() for _ in range(ROUNDS)]
    with wallet.tabs(MANY) as tabs:
        crowded = [wallet.commit_to_pixel_p95_ms() for _ in range(ROUNDS)]
        events = {MANY: [tabs.events(TRIVIAL, ROUND_S) for _ in range(ROUNDS)]}
    with wallet.tabs(MANY, of_payee=True) as tabs:
        everywhere = [wallet.commit_to_every_tab_ms(tabs) for _ in range(ROUNDS * EVERYWHERE_EACH)]
    with wallet.tabs(CROWD) as tabs:
        events[CROWD] = [tabs.events(TRIVIAL, ROUND_S) for _ in range(ROUNDS)]
    pixel = "from a payment's return to its receiver's screen, 95 of 100, the slower of two tabs of a real browser"
    called = "a handler that changes one text (the amount, typed), called from so many tabs at once, one worker"
    return [
        Figure("commit_to_pixel_p95_ms_1", f"{pixel}; nobody else is there", "ms", alone, target=100),
        Figure(f"commit_to_pixel_p95_ms_{MANY}", f"{pixel}; {MANY} tabs of others are open", "ms", crowded, target=100),
        Figure(
            f"commit_to_every_tab_ms_{MANY}",
            f"from a payment's return until the last of {MANY} open tabs of its one receiver was sent the new balance",
            "ms",
            everywhere,
            target=100,
        ),
        Figure(f"events_per_second_{MANY}_tabs", called, "events/s", events[MANY], target=1_000, better="higher"),
        Figure(f"events_per_second_{CROWD}_tabs", called, "events/s", events[CROWD], target=None, better="higher"),
    ]
