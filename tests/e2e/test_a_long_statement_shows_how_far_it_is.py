"""A long statement on its way: rows written of rows, a way out, and what to do where it broke off."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import httpx
import psycopg
import pytest
from playwright.sync_api import BrowserContext, Download, Page, Route, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

PAYMENTS: Final = 400

#: So slow that somebody sees it move, and can still cancel it, on a busy machine too.
SLOW_BYTES: Final = 4_000
UNLIMITED: Final = -1


#: What a service worker fetches, a test can neither slow down nor break off; and it takes over at a moment of its own.
WITHOUT_WORKER: Final = "delete Navigator.prototype.serviceWorker"


@pytest.fixture
def busy(alice: Person, bob: Person, fund: Callable[[Person, int], str]) -> Person:
    """Alice, with some hundred payments. Their notes have quotes and commas in them."""
    alice.context.add_init_script(WITHOUT_WORKER)
    fund(alice, 10_000_00)
    for number in range(PAYMENTS - 1):
        send_money(
            person_id=UUID(alice.person_id),
            payee_id=UUID(bob.person_id),
            amount_paise=1 + number,
            note=f'"{number}", tea and jam for everybody on that rainy day',
            key=new_token(),
        )
    return alice


def limit_speed(page: Page, bytes_a_second: int) -> None:
    network = page.context.new_cdp_session(page)
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": bytes_a_second, "uploadThroughput": UNLIMITED},
    )


def test_it_is_shown_cancelled_and_then_whole(busy: Person) -> None:
    page = busy.open("/transactions?show=out")
    link = page.get_by_role("link", name="Download CSV")
    expect(link).to_be_visible()
    downloads: list[Download] = []
    page.on("download", lambda download: downloads.append(download))

    limit_speed(page, SLOW_BYTES)
    link.click()
    panel = page.get_by_role("group", name="Statement")
    expect(panel.get_by_text(f"of {PAYMENTS - 1} payments written")).to_be_visible()
    bar = panel.get_by_role("progressbar")
    page.wait_for_function("bar => 0 < bar.value && bar.value < bar.max", arg=bar.element_handle())
    panel.get_by_role("button", name="Cancel").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Cancelled. Nothing was downloaded.")).to_be_attached()
    expect(link).to_be_focused()
    assert downloads == []

    limit_speed(page, UNLIMITED)
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="The statement is downloaded.")).to_be_attached()
    expect(panel).to_be_hidden()
    assert started.value.suggested_filename.endswith("-filtered.csv")
    content = Path(started.value.path()).read_text("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(content, newline="")))
    assert len(lines) == PAYMENTS + 1
    assert [line["Amount (INR)"] for line in lines[1:3]] == ["-0.01", "-0.02"]
    assert lines[-1]["Type"] == "Closing balance"


def test_what_breaks_off_is_said_and_not_saved(busy: Person) -> None:
    page = busy.open("/transactions")
    downloads: list[Download] = []
    page.on("download", lambda download: downloads.append(download))
    alert = page.get_by_role("alert").filter(has_text="nothing was saved. Check your connection")

    def half(route: Route) -> None:
        route.fulfill(status=200, headers={"X-Statement-Rows": "9", "Content-Type": "text/csv"}, body="Date\r\n1\r\n")

    for answer in (lambda route: route.abort(), half):
        page.route("**/statements/**", answer)
        page.get_by_role("link", name="Download CSV").click()
        expect(alert).to_be_visible()
        expect(page.get_by_role("group", name="Statement")).to_be_hidden()
        page.unroute("**/statements/**")
    assert downloads == []
    with page.expect_download() as started:
        page.get_by_role("link", name="Download PDF").click()
    assert Path(started.value.path()).read_bytes().startswith(b"%PDF")
    expect(alert).to_be_hidden()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_pdf_that_is_being_drawn_says_that_it_is_on_its_way(
    busy: Person, motion: Literal["no-preference", "reduce"]
) -> None:
    """It says on each sheet how many there are, so nobody knows how far it is: the bar shows that, and is not empty."""
    page = busy.open("/transactions")
    page.emulate_media(reduced_motion=motion)
    held: list[Route] = []
    page.route("**/statements/**", lambda route: held.append(route))
    page.get_by_role("link", name="Download PDF").click()
    panel = page.get_by_role("group", name="Statement")
    expect(panel.get_by_text("Preparing your statement…")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Preparing your statement…")).to_be_attached()
    bar = panel.get_by_role("progressbar")
    assert bar.evaluate("bar => bar.position") == -1, "no value"
    assert "gradient" in bar.evaluate("bar => getComputedStyle(bar).backgroundImage")
    assert bar.evaluate("bar => bar.getAnimations().length") == (1 if motion == "no-preference" else 0)
    with page.expect_download() as started:
        held[0].continue_()
    assert Path(started.value.path()).read_bytes().startswith(b"%PDF")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="The statement is downloaded.")).to_be_attached()


def test_a_session_that_has_ended_is_said(stack: Stack, busy: Person) -> None:
    page = busy.open("/transactions")
    link = page.get_by_role("link", name="Download CSV")
    expect(link).to_be_visible()
    busy.context.clear_cookies()
    link.click()
    expect(page.get_by_role("alert").filter(has_text="Your session has ended. Sign in again")).to_be_visible()


def test_it_is_told_before_it_comes_and_nobody_else_gets_it(
    stack: Stack, busy: Person, charlie: Person, new_context: Callable[[], BrowserContext]
) -> None:
    path = f"{stack.app_url}/statements/history.csv"
    with httpx.stream("GET", path, headers={"Cookie": busy.cookie}) as answer:
        assert answer.headers["x-statement-rows"] == str(PAYMENTS)
        assert "content-length" not in answer.headers
        assert answer.read().count(b"\n") == PAYMENTS + 3
    other = httpx.get(path, headers={"Cookie": charlie.cookie})
    assert other.headers["x-statement-rows"] == "0"
    assert "tea" not in other.text
    refused = httpx.get(path, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (401, "not-signed-in")


def test_a_statement_that_nobody_waits_for_leaves_no_connection_busy(stack: Stack, busy: Person) -> None:
    """Twenty that go away after the first bytes: the app still answers, and no snapshot stays open."""
    for _ in range(20):
        with httpx.stream("GET", f"{stack.app_url}/statements/history.csv", headers={"Cookie": busy.cookie}) as answer:
            next(answer.iter_raw(10))
    assert httpx.get(f"{stack.app_url}/api/me", headers={"Cookie": busy.cookie}, timeout=10).status_code == 200
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' "
            "AND xact_start < now() - interval '5 seconds'"
        ).fetchone()
    assert row == (0,)
