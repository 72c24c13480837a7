"""``next`` comes from the address, so anybody can write it into a link."""

from urllib.parse import quote

import pytest

from wallet_app.paths import HOME, SIGN_IN, SIGN_UP, next_in, on_the_way, safe_next

own_pages = pytest.mark.parametrize(
    "path",
    [
        "/transfer",
        "/p2ptransfer?to=1",
        "/p2ptransfer?to=1&amount=250.50&note=Tea+%26+%E0%A4%9A%E0%A4%BE%E0%A4%AF",
        "/p2ptransfer?to=1&note=half//half",
        "/p2ptransfer?next=https://evil.example",
        "/transactions/P-1",
        "/settings",
    ],
)


@own_pages
def test_own_pages_are_kept(path: str) -> None:
    assert safe_next(path) == path


anything_else = pytest.mark.parametrize(
    "path",
    [
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/transactions//evil",
        "/signin",
        "/transfer\n",
        "/transfer?a\n",
        "/transfer\\..\\?a",
        "//evil.example/transfer?a",
        "/p2ptransfer#//evil",
        "/x",
    ],
)


@anything_else
def test_anything_else_leads_home(path: str) -> None:
    assert safe_next(path) == HOME


@own_pages
@pytest.mark.parametrize("door", [SIGN_IN, SIGN_UP])
def test_a_door_says_where_the_way_leads_on(door: str, path: str) -> None:
    assert next_in(on_the_way(door, path)) == path
    assert next_in(f"https://wallet.example{on_the_way(door, path)}") == path
    assert on_the_way(door, HOME) == door


@anything_else
def test_a_door_leads_on_to_nothing_else(path: str) -> None:
    assert next_in(f"{SIGN_UP}?next={quote(path)}") == HOME


@pytest.mark.parametrize(
    "address",
    ["", "/signup", "/signup?next=", "/signup?next=/settings&next=/transfer", "http://[", "/signup?" + "a&" * 9],
)
def test_an_address_that_says_nothing_leads_home(address: str) -> None:
    assert next_in(address) == HOME
