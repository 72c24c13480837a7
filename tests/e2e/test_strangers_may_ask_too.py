"""Who asks for money may be a stranger: the dialog that pays says so, and they can be blocked after the answer, too."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money, cancel_request, decline_request, pay_request


@pytest.fixture
def funded(alice: Person, fund: Callable[[Person, int], str]) -> Person:
    fund(alice, 1_000_00)
    return alice


def _ask(asker: Person, payer: Person, amount_paise: int = 40_00) -> str:
    ids = {"person_id": UUID(asker.person_id), "payer_id": UUID(payer.person_id)}
    return ask_for_money(**ids, amount_paise=amount_paise, note="", key=new_token()).reference


def _last_payment(page: Page) -> str:
    """What the dialog that pays says of it."""
    page.get_by_role("button", name="Pay ₹40.00").click()
    fact = page.get_by_role("dialog").locator("dl > div").filter(has_text="Last payment")
    expect(fact).to_be_visible()
    return fact.locator("dd").inner_text()


def test_a_request_of_a_stranger_says_that_they_are_new(funded: Person, charlie: Person) -> None:
    _ask(charlie, funded)
    assert _last_payment(funded.open("/requests")) == "New to you"


def test_a_request_of_somebody_known_says_what_was_paid_last(funded: Person, bob: Person) -> None:
    ids = {"person_id": UUID(funded.person_id), "payee_id": UUID(bob.person_id)}
    send_money(**ids, amount_paise=7_00, note="", key=new_token())
    _ask(bob, funded)
    # Of a payment before midnight and a look after it, the other word.
    assert _last_payment(funded.open("/requests")) in ("You paid ₹7.00 today", "You paid ₹7.00 yesterday")


@pytest.fixture
def answered(funded: Person, charlie: Person) -> Person:
    """Alice, who has answered three requests of charlie's; one that he took back is over, too."""
    person_id = UUID(funded.person_id)
    decline_request(person_id=person_id, reference=_ask(charlie, funded, 1_00))
    pay_request(person_id=person_id, reference=_ask(charlie, funded, 2_00), key=new_token())
    cancel_request(person_id=UUID(charlie.person_id), reference=_ask(charlie, funded, 3_00))
    return funded


def _reports(database_url: str, reporter: Person) -> list[str]:
    query = "SELECT reason FROM request_report WHERE reporter_id = %s"
    with psycopg.connect(database_url) as connection:
        return [row[0] for row in connection.execute(query, [reporter.person_id]).fetchall()]


def test_who_has_asked_is_blocked_and_reported_after_the_answer(database_url: str, answered: Person) -> None:
    page = answered.open("/requests")
    for words in ("You declined to pay ₹1.00", "You paid ₹2.00", "Charlie Rao took back a request for ₹3.00"):
        row = page.get_by_role("list", name="Earlier").get_by_role("listitem").filter(has_text=words)
        expect(row.get_by_role("button", name="Block or report Charlie Rao")).to_be_visible()
    opener = page.get_by_role("button", name="Block or report Charlie Rao").first
    opener.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Block or report Charlie Rao?")).to_be_visible()
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    dialog.get_by_label("Report to Wallet").select_option("This looks like fraud")
    expect(dialog.get_by_label("Block Charlie Rao")).to_be_checked()
    dialog.get_by_role("button", name="Block or report").click()
    expect(dialog).not_to_be_attached()
    expect(opener).to_be_focused()
    expect(page.get_by_role("heading", name="Blocked")).to_be_visible()
    expect(page.get_by_role("button", name="Unblock Charlie Rao")).to_be_visible()
    assert _reports(database_url, answered) == ["fraud"]


def test_a_report_alone_blocks_nobody(database_url: str, answered: Person) -> None:
    page = answered.open("/requests")
    page.get_by_role("button", name="Block or report Charlie Rao").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Block Charlie Rao").uncheck()
    dialog.get_by_role("button", name="Block or report").click()
    expect(dialog.get_by_role("alert").filter(has_text="Choose what to report")).to_be_visible()
    dialog.get_by_label("Report to Wallet").select_option("I do not know this person")
    dialog.get_by_role("button", name="Block or report").click()
    expect(page.get_by_text("Your report about Charlie Rao is with us.")).to_be_visible()
    expect(page.get_by_role("heading", name="Blocked")).to_have_count(0)
    assert _reports(database_url, answered) == ["stranger"]
