"""Many clicks, two tabs of one form, and an app that is killed in between: one payment, one receipt everywhere."""

from collections.abc import Callable

import psutil
import psycopg
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.stack import Stack
from tests.proofs.conftest import Proof

CLICKS = 20

#: The launcher starts a part again after a moment; a build that is unchanged is up within seconds.
BACK_WITHIN_MS = 60_000

SEND = "document.getElementById('send-payment')"
SENT = "₹15.00 sent to Bob Verma"


def _kill_app(stack: Stack) -> int:
    killed = 0
    for process in psutil.Process(stack.launcher.pid).children(recursive=True):
        if process.cmdline()[-2:] == ["-m", "wallet_app"]:
            process.kill()
            killed += 1
    return killed


#: A reloaded form asks for the receipt of its key as soon as its websocket is open, which a busy machine is slow at.
RECEIPT_WITHIN_MS = 15_000

#: What was asked for in the name of this person, and what has really moved.
ROWS = """
    SELECT (SELECT count(*) FROM payment_command WHERE person_id = %(person_id)s),
           (SELECT count(*) FROM transfer t JOIN account a ON a.id = t.debit_account_id
            WHERE a.person_id = %(person_id)s)
"""


@pytest.mark.promise(4)
@pytest.mark.timeout(TOUR_S)
def test_clicks_tabs_and_a_killed_app_make_one_payment(
    proof: Proof, stack: Stack, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 1_000_00)
    page = alice.open(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("15")
    page.get_by_role("button", name="Send ₹15.00").click()
    expect(page.locator("#send-payment")).to_be_enabled()
    other = alice.open(page.url)
    other.get_by_label("Amount").fill("15")
    other.get_by_role("button", name="Send ₹15.00").click()
    expect(other.locator("#send-payment")).to_be_enabled()
    tabs = (page, other)
    # By script: a click of Playwright's would wait for what the page shows.
    for tab in tabs:
        tab.evaluate(f"for (let click = 0; click < {CLICKS}; click++) {SEND}?.click()")
    killed = _kill_app(stack)
    references = []
    for tab in tabs:
        tab.wait_for_timeout(proof.random.randrange(500))
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
            send.click()
            tab.locator("#send-payment").click()
        expect(made).to_be_visible(timeout=BACK_WITHIN_MS)
        references.append(tab.get_by_text("P-").first.inner_text())
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(ROWS, {"person_id": alice.person_id}).fetchone()
    assert row is not None
    payments, transfers = row
    proof.found(
        "one form in two tabs, each clicked again and again, the app killed in between, both tabs reloaded",
        clicks=CLICKS * len(tabs),
        processes_killed=killed,
        payments=int(payments),
        transfers=int(transfers),
        different_receipts=len(set(references)),
    )
    assert killed > 0
    assert (payments, transfers) == (1, 1)
    assert len(set(references)) == 1
