"""Search, choose, amount, note, confirm, receipt; and the other person's open tabs."""

from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack


def _fill(page: Page, payee: Person, amount: str, note: str = "") -> None:
    page.get_by_label("Search people").fill(payee.phone)
    # Other tests have made people of the same name: the search is by phone, so one is left.
    expect(page.get_by_role("radio")).to_have_count(1)
    page.get_by_text(payee.name).first.click()
    expect(page.get_by_text(payee.formatted_phone).first).to_be_visible()
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Note").fill(note)


def _transfers(stack: Stack, payer: Person) -> int:
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM payment_command WHERE person_id = %s", [payer.person_id]
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def funded(alice: Person, fund: Callable[[Person, int], str]) -> Person:
    fund(alice, 1_000_00)
    return alice


def test_the_receivers_open_tabs_change(funded: Person, bob: Person) -> None:
    home, history = bob.open("/dashboard"), bob.open("/transactions")
    expect(home.get_by_test_id("available-balance")).to_have_text("₹0.00")
    page = funded.open("/p2ptransfer")
    _fill(page, bob, "123.45", "Chai")
    page.get_by_role("button", name="Send ₹123.45").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Send ₹123.45 to Bob Verma?")).to_be_visible()
    expect(dialog.get_by_text(bob.formatted_phone)).to_be_visible()
    expect(dialog.get_by_text("₹876.55")).to_be_visible()
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    dialog.get_by_role("button", name="Send ₹123.45").click()
    expect(dialog.get_by_role("heading", name="₹123.45 sent to Bob Verma")).to_be_visible()
    expect(home.get_by_test_id("available-balance")).to_have_text("₹123.45")
    expect(home.get_by_role("status").filter(has_text="₹123.45 received from Alice Nair")).to_be_attached()
    expect(history.get_by_role("main").get_by_role("listitem").filter(has_text="Alice Nair")).to_contain_text(
        "+₹123.45"
    )
    dialog.get_by_text("View receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(page.get_by_text("−₹123.45")).to_be_visible()
    expect(page.get_by_text("Chai")).to_be_visible()


def test_clicks_tabs_and_reloads_send_once(stack: Stack, funded: Person, bob: Person) -> None:
    page = funded.open("/p2ptransfer")
    _fill(page, bob, "10.00")
    page.get_by_role("button", name="Send ₹10.00").click()
    other_tab = funded.open(page.url)
    page.get_by_role("dialog").get_by_role("button", name="Send ₹10.00").click(click_count=3)
    expect(page.get_by_role("heading", name="₹10.00 sent to Bob Verma")).to_be_visible()
    reference = page.get_by_role("dialog").get_by_text("P-").first.inner_text()
    expect(other_tab.get_by_text(reference).first).to_be_visible()
    page.reload()
    expect(page.get_by_text(reference).first).to_be_visible()
    page.goto("/dashboard")
    page.go_back()
    expect(page.get_by_text(reference).first).to_be_visible()
    assert _transfers(stack, funded) == 1


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", "Enter an amount above ₹0."),
        ("-5", "Enter an amount above ₹0."),
        ("1.234", "An amount has at most two decimals"),
        ("five", "Enter the amount in rupees"),
        ("1,00,001", "above the limit of ₹1,00,000.00"),
        ("1000.01", "more than your balance of ₹1,000.00"),
    ],
)
def test_an_amount_that_cannot_be_sent(stack: Stack, funded: Person, bob: Person, amount: str, sentence: str) -> None:
    page = funded.open("/p2ptransfer")
    _fill(page, bob, amount)
    page.get_by_label("Amount").press("Enter")
    expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert _transfers(stack, funded) == 0


def test_oneself_and_unknown_people_cannot_be_paid(funded: Person) -> None:
    page = funded.open(f"/p2ptransfer?to={funded.person_id}")
    expect(page.get_by_role("alert").filter(has_text="That is you.").first).to_be_attached()
    page.goto(f"/p2ptransfer?to={uuid4()}")
    expect(page.get_by_role("alert").filter(has_text="Nobody on Wallet can be paid").first).to_be_attached()
    page.get_by_label("Search people").fill("Nobody Of That Name")
    expect(page.get_by_text("No one matches")).to_be_visible()


def test_escape_closes_the_dialog_and_nothing_is_sent(stack: Stack, funded: Person, bob: Person) -> None:
    page = funded.open(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("10")
    page.get_by_role("button", name="Send ₹10.00").click()
    expect(page.get_by_role("dialog").locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Send ₹10.00")).to_be_focused()
    assert _transfers(stack, funded) == 0
