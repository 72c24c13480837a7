"""Many clicks, two tabs of one form, and an app that is killed at any moment, or right before, while or after the
payment gets to the disk: one payment, one receipt everywhere.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import LiteralString, TypeVar

import psutil
import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.at_once import wait_for_waiting
from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.stack import Stack
from tests.proofs.conftest import Proof

T = TypeVar("T")

CLICKS = 20

MOMENTS = ("before", "while", "after")

#: The launcher starts a part again after a moment; a build that is unchanged is up within seconds.
BACK_WITHIN_MS = 60_000

#: A reloaded form asks for the receipt of its key as soon as its websocket is open, which a busy machine is slow at.
RECEIPT_WITHIN_MS = 15_000

#: Below the time for which a commit waits for the lock that holds it up.
COMMITTED_WITHIN_S = 4

SEND = "document.getElementById('send-payment')"
SENT = "₹15.00 sent to Bob Verma"

#: What was asked for in the name of this person, and what has really moved.
ROWS: LiteralString = """
    SELECT (SELECT count(*) FROM payment_command WHERE person_id = %(person_id)s),
           (SELECT count(*) FROM transfer t JOIN account a ON a.id = t.debit_account_id
            WHERE a.person_id = %(person_id)s)
"""

#: Asked when all is written and nothing is on the disk: a commit waits for whoever holds the lock.
HOLD_COMMITS: LiteralString = """
    CREATE FUNCTION wait_before_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(4);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER wait_before_commit AFTER INSERT ON payment_command
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_before_commit();
    SELECT pg_advisory_lock(4);
"""
LET_COMMIT: LiteralString = "SELECT pg_advisory_unlock_all()"
HELD: LiteralString = """
    SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objid = 4 AND NOT l.granted
"""


@pytest.mark.promise(4)
@pytest.mark.timeout(TOUR_S)
def test_clicks_tabs_and_a_killed_app_make_one_payment(
    proof: Proof, stack: Stack, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 1_000_00)
    tabs = _two_tabs_of_one_form(alice, bob)
    _click_again_and_again(tabs)
    killed = _kill(_app(stack))
    for tab in tabs:
        tab.wait_for_timeout(proof.random.randrange(500))
    _ask_until_it_is_sent(tabs)
    receipts = _receipts(tabs)
    payments, transfers = _rows(stack, alice)
    proof.found(
        "one form in two tabs, each clicked again and again, the app killed in between, both tabs reloaded",
        clicks=CLICKS * len(tabs),
        processes_killed=killed,
        payments=payments,
        transfers=transfers,
        different_receipts=len(receipts),
    )
    assert killed > 0
    assert (payments, transfers) == (1, 1)
    assert len(receipts) == 1


@pytest.mark.promise(4)
@pytest.mark.timeout(TOUR_S)
def test_an_app_killed_around_the_commit_makes_one_payment(
    proof: Proof, stack: Stack, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    """One of the moments when small: the launcher gives a part up that dies five times in a minute."""
    fund(alice, 1_000_00)
    moments = proof.random.sample(MOMENTS, proof.size(small=1, full=len(MOMENTS)))
    killed, asked_again, receipts = 0, 0, set[str]()
    for number, moment in enumerate(moments):
        tabs = _two_tabs_of_one_form(alice, bob)
        killed += _kill_at(moment, stack, alice, tabs)
        asked_again += _ask_until_it_is_sent(tabs)
        receipts |= _receipts(tabs)
        proof.progress(number + 1, len(moments), "moments")
    payments, transfers = _rows(stack, alice)
    proof.found(
        f"the same, the app killed {', '.join(moments)} the payment got to the disk, with a new form each time",
        processes_killed=killed,
        payments=payments,
        transfers=transfers,
        different_receipts=len(receipts),
        had_to_ask_again=asked_again,
    )
    assert killed >= len(moments)
    assert (payments, transfers) == (len(moments), len(moments))
    assert len(receipts) == len(moments)
    assert asked_again == moments.count("before")


def _kill_at(moment: str, stack: Stack, payer: Person, tabs: list[Page]) -> int:
    """Clicks, and kills the app before, while or after what was clicked is committed. How many processes died."""
    known = _rows(stack, payer)
    with _commits_held(stack) as database:
        _click_again_and_again(tabs)
        committing = _wait_for(lambda: database.execute(HELD).fetchone())
        app = _app(stack)
        if moment == "after":
            # It hears no more of what the database says; the rest of it lives until that is on the disk.
            for process in app:
                process.send_signal(signal.SIGSTOP)
            database.execute(LET_COMMIT)
            _wait_for(lambda: _rows(stack, payer) != known or None)
        killed = _kill(app)
        if moment == "before":
            # Who waits for a row behind it gives up first, and nobody is there to try again.
            wait_for_waiting(stack.database_url, 1)
            database.execute("SELECT pg_terminate_backend(%s)", committing)
    return killed


def _two_tabs_of_one_form(payer: Person, payee: Person) -> list[Page]:
    """Both ask whether to send ₹15."""
    tabs = [payer.open(f"/p2ptransfer?to={payee.person_id}")]
    _fill(tabs[0])
    tabs.append(payer.open(tabs[0].url))
    _fill(tabs[1])
    return tabs


def _fill(tab: Page) -> None:
    tab.get_by_label("Amount").fill("15")
    tab.get_by_role("button", name="Send ₹15.00").click()
    expect(tab.locator("#send-payment")).to_be_enabled()


def _click_again_and_again(tabs: list[Page]) -> None:
    # By script: a click of Playwright's would wait for what the page shows.
    for tab in tabs:
        tab.evaluate(f"for (let click = 0; click < {CLICKS}; click++) {SEND}?.click()")


def _app(stack: Stack) -> list[psutil.Process]:
    children = psutil.Process(stack.launcher.pid).children(recursive=True)
    return [process for process in children if process.cmdline()[-2:] == ["-m", "wallet_app"]]


def _kill(processes: list[psutil.Process]) -> int:
    for process in processes:
        process.kill()
    return len(processes)


@contextmanager
def _commits_held(stack: Stack) -> Iterator[psycopg.Connection]:
    """While it lasts, or until LET_COMMIT on this connection, payments wait at the last moment before their commit."""
    with psycopg.connect(stack.database_url, autocommit=True) as database:
        database.execute(HOLD_COMMITS)
        try:
            yield database
        finally:
            database.execute(LET_COMMIT)
            database.execute("DROP FUNCTION wait_before_commit CASCADE")


def _wait_for(asked: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + COMMITTED_WITHIN_S
    while (found := asked()) is None:
        assert time.monotonic() < deadline, "no payment came as far as its commit"
        time.sleep(0.005)
    return found


def _ask_until_it_is_sent(tabs: list[Page]) -> int:
    """Reloads each tab once the app is back. How many had to ask again."""
    asked_again = 0
    for tab in tabs:
        # The app is gone for seconds: only a tab that has noticed can say that it is back.
        expect(tab.get_by_text("You are offline.")).to_be_visible()
    for tab in tabs:
        expect(tab.get_by_text("You are offline.")).to_be_hidden(timeout=BACK_WITHIN_MS)
    for tab in tabs:
        tab.reload(timeout=BACK_WITHIN_MS)
        # Killed before it was judged, the payment has not been made: then the person asks again, with the same form.
        # The form is painted before its receipt is found, so the receipt is given a moment.
        made = tab.get_by_role("heading", name=SENT)
        send = tab.get_by_role("button", name="Send ₹15.00")
        expect(made.or_(send).first).to_be_visible(timeout=BACK_WITHIN_MS)
        try:
            expect(made).to_be_visible(timeout=RECEIPT_WITHIN_MS)
        except AssertionError:
            asked_again += 1
            send.click()
            tab.locator("#send-payment").click()
        expect(made).to_be_visible(timeout=BACK_WITHIN_MS)
    return asked_again


def _receipts(tabs: list[Page]) -> set[str]:
    return {tab.get_by_text("P-").first.inner_text() for tab in tabs}


def _rows(stack: Stack, payer: Person) -> tuple[int, int]:
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(ROWS, {"person_id": payer.person_id}).fetchone()
    assert row is not None
    payments, transfers = row
    return int(payments), int(transfers)
