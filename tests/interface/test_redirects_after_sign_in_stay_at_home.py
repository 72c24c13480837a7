"""``next`` comes from the address, so anybody can write it into a link."""

import pytest

from wallet_app.paths import HOME, safe_next


@pytest.mark.parametrize(
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
def test_own_pages_are_kept(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
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
def test_anything_else_leads_home(path: str) -> None:
    assert safe_next(path) == HOME
