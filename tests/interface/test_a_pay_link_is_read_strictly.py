"""A link or a code comes from outside, so anybody can write one."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from wallet_app.pay_links import Filling, read_filling, read_pay_link, write_pay_link
from wallet_core.config import get_settings

ALICE = UUID("0190f3c2-7a11-7000-8000-00000000a11c")
OURS = "https://wallet.example"
LINK = f"{OURS}/p2ptransfer?to={ALICE}"


@pytest.fixture(autouse=True)
def public_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WALLET_PUBLIC_URL", OURS)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize("amount_paise", [None, 1, 250_00, 1_00_000_00])
@pytest.mark.parametrize("note", ["", "Tea & चाय", "100% + 1 = #?//"])
def test_what_is_written_is_read(amount_paise: int | None, note: str) -> None:
    link = write_pay_link(ALICE, amount_paise, note)
    address = read_pay_link(link)
    assert address is not None
    assert f"{OURS}{address}" == link
    filling = read_filling(dict(parse_qsl(urlsplit(address).query)))
    assert filling.note == note
    assert filling.left_out == ""
    assert bool(filling.amount) == (amount_paise is not None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        f"/p2ptransfer?to={ALICE}",
        LINK.replace("https:", "http:"),
        LINK.replace("wallet.example", "evil.example"),
        LINK.replace("wallet.example", "wallet.example.evil"),
        LINK.replace("wallet.example", "wallet.example:444"),
        LINK.replace("wallet.example", "evil@wallet.example"),
        LINK.replace("wallet.example", "wallet.example@evil.example"),
        LINK.replace("/p2ptransfer", "/transfer"),
        LINK.replace("/p2ptransfer", "//p2ptransfer"),
        LINK.replace("/p2ptransfer", "/x/../p2ptransfer"),
        f"{OURS}/p2ptransfer",
        f"{OURS}/p2ptransfer?to=bob",
        f"{LINK}&to={ALICE}",
        f"{LINK}&note={'x' * 3000}",
        f"{LINK}{'&a=1' * 20}",
        f"{LINK}\u0000",
        f"java\nscript:{LINK}",
        "https://[",
        "upi://pay?pa=someone@bank",
    ],
)
def test_anything_else_is_no_link_of_ours(text: str) -> None:
    assert read_pay_link(text) is None


def test_only_what_we_know_is_taken_along() -> None:
    assert read_pay_link(f"  {LINK}&form=abc&next=//evil&amount=5#x ") == f"/p2ptransfer?to={ALICE}&amount=5"


@pytest.mark.parametrize(("amount", "filled"), [("250", "250"), ("250.5", "250.50"), ("0.01", "0.01"), ("7.00", "7")])
def test_an_amount_fills_the_field(amount: str, filled: str) -> None:
    assert read_filling({"amount": amount}) == Filling(amount=filled)


@pytest.mark.parametrize(
    "amount", ["0", "-5", "+5", "1e3", "1,000", "₹5", "५००", " 5", "5 ", "5.001", "100000.01", "99999999", "NaN", "."]
)
def test_another_amount_is_left_out_and_named(amount: str) -> None:
    assert read_filling({"amount": amount}) == Filling(left_out="amount")


@pytest.mark.parametrize("note", ["x" * 61, "a\u202eb", "a\nb", "\ud800"])
def test_another_note_is_left_out_and_named(note: str) -> None:
    assert read_filling({"note": note, "amount": "5"}) == Filling(amount="5", left_out="note")


def test_both_are_named() -> None:
    assert read_filling({"note": "x" * 61, "amount": "x"}).left_out == "both"
