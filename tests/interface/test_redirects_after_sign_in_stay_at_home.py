"""``next`` comes from the address, so anybody can write it into a link."""

import pytest

from wallet_app.paths import HOME, safe_next


@pytest.mark.parametrize("path", ["/transfer", "/p2ptransfer?to=1", "/transactions/P-1", "/settings"])
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
        "/x",
    ],
)
def test_anything_else_leads_home(path: str) -> None:
    assert safe_next(path) == HOME
