"""What the history shows is what the files hold, and nobody gets a file about somebody else."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

FILES = ("/statements/history.csv", "/statements/history.pdf")


def pay(payer: Person, payee: Person, amount_paise: int, note: str) -> None:
    payer_id, payee_id = UUID(payer.person_id), UUID(payee.person_id)
    send_money(person_id=payer_id, payee_id=payee_id, amount_paise=amount_paise, note=note, key=new_token())


def download(page: Page, name: str) -> tuple[str, bytes]:
    """Follows the link; answers the file's name and content."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def test_filter_and_download(alice: Person, bob: Person, fund: Callable[[Person, int], str]) -> None:
    fund(alice, 1_000_00)
    for number, note in enumerate(("tea", "=1+1", "rent"), start=1):
        pay(alice, bob, number * 100, note)
    page = alice.open("/transactions")
    expect(page.get_by_role("link", name="Download CSV")).to_have_attribute("href", FILES[0])
    page.get_by_role("button", name="Out", exact=True).click()
    expect(page.get_by_role("link", name="Download CSV")).to_have_attribute("href", f"{FILES[0]}?show=out")
    shown = page.locator("main li a[href^='/transactions/']").all()
    references = [(link.get_attribute("href") or "").rpartition("/")[2] for link in shown]
    assert len(references) == 3

    name, content = download(page, "Download CSV")
    assert name.startswith("wallet-statement-to-")
    assert name.endswith("-filtered.csv")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [line["Type"] for line in lines] == ["Opening balance", "Sent", "Sent", "Sent", "Closing balance"]
    assert [line["Reference"] for line in lines[1:-1]] == references[::-1]
    assert [line["Amount (INR)"] for line in lines[1:-1]] == ["-1.00", "-2.00", "-3.00"]
    assert [line["Note"] for line in lines[1:-1]] == ["tea", "'=1+1", "rent"]
    assert (lines[0]["Balance (INR)"], lines[-1]["Balance (INR)"]) == ("0.00", "994.00")

    name, content = download(page, "Download PDF")
    assert name.endswith("-filtered.pdf")
    words = " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    for part in (alice.name, alice.formatted_phone, "Money in ₹1,000.00", "₹994.00", *references):
        assert part in words
    # The page stays where it is.
    expect(page.get_by_role("button", name="Out", exact=True)).to_have_attribute("aria-pressed", "true")


def test_nothing_to_download_where_nothing_is_shown(alice: Person) -> None:
    page = alice.open("/transactions")
    expect(page.get_by_text("No payments yet")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_have_count(0)


@pytest.mark.parametrize("path", FILES)
def test_charlie_gets_only_his_own(
    stack: Stack, alice: Person, bob: Person, charlie: Person, fund: Callable[[Person, int], str], path: str
) -> None:
    fund(alice, 10_00)
    pay(alice, bob, 1_00, "secret")
    answer = httpx.get(f"{stack.app_url}{path}", headers={"Cookie": charlie.cookie})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="wallet-statement-to-')
    words = answer.text if path.endswith("csv") else PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for part in ("Alice", "Bob", "secret", "10.00"):
        assert part not in words


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("cookie", ["", "wallet_session=forged"])
def test_a_stranger_is_led_to_sign_in_and_then_to_the_same_filter(stack: Stack, path: str, cookie: str) -> None:
    query = "q=tea+%26+jam&month=2026-11"
    answer = httpx.get(f"{stack.app_url}{path}?{query}", headers={"Cookie": cookie} if cookie else {})
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert address.path == "/signin"
    assert parse_qs(address.query)["next"] == [f"/transactions?{query}"]


def test_a_refused_statement_is_said_on_the_page(
    stack: Stack, alice: Person, fund: Callable[[Person, int], str]
) -> None:
    """The limit is reached over HTTP; the click that follows says the reason, and so does the link by itself."""
    fund(alice, 10_00)
    page = alice.open("/transactions?show=in")
    link = page.get_by_role("link", name="Download CSV")
    expect(link).to_be_visible()
    with httpx.Client(base_url=stack.app_url, headers={"Cookie": alice.cookie}) as client:
        while client.get(FILES[0]).status_code == 200:
            pass
    link.click()
    expect(page.get_by_role("alert").filter(has_text="Too many attempts")).to_be_visible()
    expect(page).to_have_url(f"{stack.app_url}/transactions?show=in")
    page.goto(f"{FILES[0]}?show=in")
    expect(page.get_by_role("alert").get_by_text("Too many attempts")).to_be_visible()
    expect(page).to_have_url(f"{stack.app_url}/transactions?show=in#error-too-many-attempts")
