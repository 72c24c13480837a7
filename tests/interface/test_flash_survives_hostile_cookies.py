"""The flash cookie comes back from outside: whatever stands in it, a page is drawn."""

import base64

import pytest
from starlette.responses import Response

from wallet_app.cookies import Flash, read_flash, set_flash


def _cookie(response: Response) -> str:
    return response.headers["set-cookie"].partition(";")[0]


def test_a_flash_comes_back_to_its_own_form() -> None:
    response = Response()
    flash = Flash("signin", "credentials-wrong", {"retry_after_s": 3}, {"phone": "98765 43210"})
    set_flash(response, flash)
    assert read_flash(_cookie(response), "signin") == flash
    assert read_flash(_cookie(response), "signup") is None
    assert "HttpOnly" in response.headers["set-cookie"]


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
