"""What a person sees at the bank, and what the pages never contain."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as some

from bank_simulator.faults import Choice
from bank_simulator.payments import MAX_AMOUNT_PAISE, format_rupees
from tests.bank_simulator.process import RETURN_URL, BankProcess
from tests.bank_simulator.receiver import Receiver, Reply

#: They open and do not close.
_VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Texts of buttons and links, attributes, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"button": [], "a": [], "h1": [], "title": []}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag in self.texts:
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            if tag in self.texts:
                self.texts[tag][-1] += data


def test_a_person_is_asked(shared_bank: BankProcess) -> None:
    payment = shared_bank.new_payment(1_23_456_78)
    text = shared_bank.page(payment)
    page = Page(text)
    assert page.texts["title"] == ["Demo bank"]
    assert page.texts["h1"] == ["HDFC Bank"]
    assert page.texts["button"] == [
        "Approve",
        "Decline",
        "Approve twice",
        "Answer late",
        "Lose the message",
        "Wrong amount",
        "Wrong signature",
        "Old timestamp",
        "Out of order",
    ]
    values = [attributes["value"] for tag, attributes in page.elements if tag == "button"]
    assert values == [choice.value for choice in Choice]
    assert "Demo bank. No real money." in text
    assert "₹1,23,456.78" in text
    assert payment["reference"] in text
    assert ("html", {"lang": "en-IN"}) in page.elements


def test_afterwards_the_person_goes_back(shared_bank: BankProcess) -> None:
    page = Page(shared_bank.page(shared_bank.paid("approve")))
    assert "Return to Wallet" in page.texts["a"]
    assert ("a", {"class": "button primary", "href": RETURN_URL}) in page.elements
    assert page.texts["button"] == []


def test_the_log_shows_every_attempt(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = lambda _delivery: Reply(422, '<script>alert("x")</script>' + "y" * 300)
    payment = bank.paid("approve")
    for text in (bank.page_with(payment, "given up"), bank.http.get("/").text):
        assert text.count("<strong>422</strong>") == 4
        assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in text
        assert "y" * 173 in text
        assert "y" * 174 not in text
        assert re.search(r"\d+ ms", text)
        Page(text)


def test_the_page_refreshes_while_something_is_open(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = lambda _delivery: Reply(503)
    payment = bank.paid("approve")
    path = f"/pay/{payment['payment_id']}"
    assert bank.http.get(path).headers["refresh"] == "2"
    still = bank.http.get(path, params={"refresh": "off"})
    assert "refresh" not in still.headers
    assert "This page stands still." in still.text
    receiver.answer = lambda _delivery: Reply(200)
    bank.page_with(payment, "delivered after")
    assert "refresh" not in bank.http.get(path).headers


def test_the_list_shows_the_newest_first(bank: BankProcess) -> None:
    older, newer = bank.new_payment(), bank.paid("out-of-order")
    response = bank.http.get("/")
    assert response.text.index(newer["reference"]) < response.text.index(older["reference"])
    assert "Succeeded (out of order)" in response.text
    assert "Waiting for a choice" in response.text
    assert response.headers["refresh"] == "5"
    assert "refresh" not in bank.http.get("/?refresh=off").headers


def test_an_empty_list_says_what_to_do(bank: BankProcess) -> None:
    assert "No payments yet." in bank.http.get("/").text


@pytest.mark.parametrize("path", ["/", "/docs", "/nowhere", "/pay/pay_0", "/openapi.json", "/style.css", "/icon.svg"])
def test_no_scripts_run_anywhere(shared_bank: BankProcess, path: str) -> None:
    response = shared_bank.http.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in response.text
    assert "style=" not in response.text
    if response.headers["content-type"].startswith("text/html"):
        Page(response.text)


def test_what_is_shown_is_escaped(shared_bank: BankProcess) -> None:
    hostile = 'http://localhost/?"><img>=&lt;'
    response = shared_bank.ask(return_url=hostile)
    payment = response.json()
    assert response.status_code == 201
    shared_bank.choose(payment, "lose")
    page = Page(shared_bank.page(payment))
    assert ("a", {"class": "button primary", "href": hostile}) in page.elements
    assert all(tag != "img" for tag, _attributes in page.elements)


@given(some.integers(min_value=0, max_value=MAX_AMOUNT_PAISE))
def test_amounts_are_grouped_as_in_india(amount_paise: int) -> None:
    expected = format_currency(Decimal(amount_paise) / 100, "INR", locale="en_IN")
    assert format_rupees(amount_paise) == expected.replace("\u00a0", "")
