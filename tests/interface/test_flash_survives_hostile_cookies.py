"""The flash cookie comes back from outside: whatever stands in it, a page is drawn."""

import base64

import pytest
from starlette.responses import Response

from wallet_app.cookies import Flash, read_flash, set_flash
from wallet_core.config import get_settings


def _cookie(response: Response) -> str:
    return response.headers["set-cookie"].partition(";")[0]


def test_a_flash_comes_back_to_its_own_form() -> None:
    response = Response()
    flash = Flash("signin", "credentials-wrong", {"retry_after_s": 3}, {"phone": "98765 43210"})
    set_flash(response, flash)
    assert read_flash(_cookie(response), "signin") == flash
    assert read_flash(_cookie(response), "signup") is None
    assert "HttpOnly" in response.headers["set-cookie"]


def test_with_https_no_sibling_domain_can_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLET_PUBLIC_URL", "https://wallet.example")
    get_settings.cache_clear()
    try:
        response = Response()
        set_flash(response, Flash("signin", "credentials-wrong"))
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-")
        assert {"Secure", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert read_flash(_cookie(response), "signin") is not None
        assert read_flash(_cookie(response).removeprefix("__Host-"), "signin") is None
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_what_was_typed_without_end_does_not_cost_the_refusal() -> None:
    response = Response()
    set_flash(
        response, Flash("signup", "name-invalid", {"max_characters": 80}, {"name": "😀" * 5000, "phone": "9" * 5000})
    )
    assert len(response.headers["set-cookie"]) < 4096
    flash = read_flash(_cookie(response), "signup")
    assert flash is not None
    assert (flash.code, flash.fields) == ("name-invalid", {"name": "😀" * 80, "phone": "9" * 80})


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "%%%",
        "Ä",
        _encoded("[]"),
        _encoded('{"form":1}'),
        _encoded('{"form": "signin", "code": "x", "details": 1, "fields": []}'),
    ],
)
def test_nonsense_is_no_flash(value: str) -> None:
    assert read_flash(f"wallet_flash={value}", "signin") is None
