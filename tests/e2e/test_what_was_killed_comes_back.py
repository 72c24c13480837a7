"""The app or the database dies while somebody looks: the page says so, comes back by itself, and money is right."""

import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import psycopg
from playwright.sync_api import expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack

#: The launcher starts a part again after a moment; a build that is unchanged is up within seconds.
BACK_WITHIN_MS = 60_000


def _kill_app(stack: Stack) -> None:
    for process in psutil.Process(stack.launcher.pid).children(recursive=True):
        # Some of them, such as PostgreSQL's helpers, may end while we look.
        with suppress(psutil.NoSuchProcess):
            if process.cmdline()[-2:] == ["-m", "wallet_app"]:
                process.kill()


def _kill_database(stack: Stack) -> None:
    postmaster = int((stack.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    psutil.Process(postmaster).kill()
    deadline = time.monotonic() + BACK_WITHIN_MS / 1000
    while time.monotonic() < deadline:
        try:
            with psycopg.connect(stack.database_url, connect_timeout=1) as connection:
                connection.execute("SELECT 1")
                return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("the database did not come back")


def test_a_payment_that_was_open_when_the_app_died_is_made_once(
    stack: Stack, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 100_00)
    page = alice.open(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("25")
    page.get_by_role("button", name="Send ₹25.00").click()
    send = page.get_by_role("dialog").get_by_role("button", name="Send ₹25.00")
    expect(send).to_be_enabled()
    _kill_app(stack)
    banner = page.get_by_text("You are offline. The balance may be out of date; sending is paused.")
    expect(banner).to_be_visible(timeout=BACK_WITHIN_MS)
    expect(send).to_be_disabled()
    expect(banner).to_be_hidden(timeout=BACK_WITHIN_MS)
    expect(page.get_by_role("dialog")).to_have_count(0)
    # The new process knows nothing of the dialog; the form, with its key in the address, is as it was left.
    expect(page.get_by_label("Amount")).to_have_value("25")
    page.get_by_role("button", name="Send ₹25.00").click()
    send.click()
    expect(page.get_by_role("heading", name="₹25.00 sent to Bob Verma")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="₹25.00 sent to Bob Verma")).to_be_visible()
    home = alice.open("/dashboard")
    expect(home.get_by_test_id("available-balance")).to_have_text("₹75.00")


def test_after_the_database_died_an_open_tab_changes_by_itself(
    stack: Stack, alice: Person, fund: Callable[[Person, int], str]
) -> None:
    page = alice.open("/dashboard")
    expect(page.get_by_test_id("available-balance")).to_have_text("₹0.00")
    _kill_database(stack)
    fund(alice, 42_00)
    expect(page.get_by_test_id("available-balance")).to_have_text("₹42.00", timeout=BACK_WITHIN_MS)
