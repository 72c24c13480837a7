"""After a payment: its reference is copied with one click, and the next one to the same person is one click away."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from wallet_core.ids import new_token
from wallet_core.services.requests import ask_for_money


@pytest.fixture
def funded(alice: Person, fund: Callable[[Person, int], str]) -> Person:
    fund(alice, 1_000_00)
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return alice


def _sends(payer: Person, payee: Person) -> Page:
    page = payer.open(f"/p2ptransfer?to={payee.person_id}")
    page.get_by_label("Amount").fill("40")
    page.get_by_role("button", name="Send ₹40.00").click()
    page.get_by_role("dialog").get_by_role("button", name="Send ₹40.00").click()
    return page


def _pays_a_request(payer: Person, payee: Person) -> Page:
    ids = {"person_id": UUID(payee.person_id), "payer_id": UUID(payer.person_id)}
    ask_for_money(**ids, amount_paise=40_00, note="", key=new_token())
    page = payer.open("/requests")
    page.get_by_role("button", name="Pay ₹40.00").click()
    page.get_by_role("dialog").get_by_role("button", name="Pay ₹40.00").click()
    return page


WAYS = pytest.mark.parametrize("pay", [_sends, _pays_a_request], ids=["sent", "request paid"])
Pay = Callable[[Person, Person], Page]


def _copies(page: Page) -> None:
    """The button beside the reference copies it, and says that it has."""
    copy = page.get_by_role("button", name="Copy the reference")
    reference = copy.locator("xpath=preceding-sibling::span").inner_text()
    assert re.fullmatch(r"[A-Z]-[0-9A-Z]{14}", reference), reference
    copy.click()
    expect(page.get_by_role("button", name="Copied the reference")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == reference


def test_a_browser_that_refuses_is_not_said_to_have_copied(funded: Person, bob: Person) -> None:
    page = _sends(funded, bob)
    page.evaluate(
        "void (navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')))"
    )
    page.get_by_role("button", name="Copy the reference").click()
    expect(page.get_by_text("The browser did not let us copy.")).to_be_visible()
    expect(page.get_by_role("button", name="Copied the reference")).to_have_count(0)


@WAYS
def test_the_reference_is_copied(pay: Pay, funded: Person, bob: Person) -> None:
    page = pay(funded, bob)
    expect(page.get_by_role("heading", name="₹40.00 sent to Bob Verma")).to_be_visible()
    _copies(page)
    page.get_by_role("dialog").get_by_text("View receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    # What was copied in the dialog is not said to be copied by the button that has just come.
    _copies(page)


def test_the_reference_of_an_order_is_copied(funded: Person, fund: Callable[[Person, int], str]) -> None:
    page = funded.open(f"/transfer?reference={fund(funded, 5_00)}")
    expect(page.get_by_role("heading", name="₹5.00 added")).to_be_visible()
    _copies(page)


@WAYS
def test_the_same_person_is_paid_again(pay: Pay, funded: Person, bob: Person) -> None:
    page = pay(funded, bob)
    again = page.get_by_role("dialog").get_by_text("Send again")
    expect(again).to_be_visible()
    again.click()
    expect(page.get_by_text("Paying Bob Verma")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Amount")).to_have_value("")
    page.get_by_label("Amount").fill("1")
    page.get_by_role("button", name="Send ₹1.00").click()
    page.get_by_role("dialog").get_by_role("button", name="Send ₹1.00").click()
    expect(page.get_by_role("heading", name="₹1.00 sent to Bob Verma")).to_be_visible()
