"""What the sign-in and sign-up forms show after a refusal. The forms themselves are plain HTTP (routes.py)."""

import reflex as rx

from wallet_app.cookies import Flash, read_flash
from wallet_app.paths import SIGN_UP, safe_next
from wallet_app.sentences import sentence_for


class SignInState(rx.State):
    """The only state that somebody without a session reaches; it holds nothing of any account."""

    error: str = ""
    error_field: str = ""
    phone: str = ""
    name: str = ""
    next_path: str = ""

    @rx.event
    def load(self) -> None:
        form = "signup" if self.router.url.path.rstrip("/") == SIGN_UP else "signin"
        self._show(read_flash(self.router.headers.cookie, form))
        self.next_path = safe_next(str(self.router.url.query_parameters.get("next", "")))

    def _show(self, flash: Flash | None) -> None:
        self.error = sentence_for(flash.code, flash.details) if flash else ""
        self.error_field = _field_of(flash.code) if flash else ""
        self.phone = flash.fields.get("phone", "") if flash else ""
        self.name = flash.fields.get("name", "") if flash else ""


def _field_of(code: str) -> str:
    """The field that a code is about, so that the error stands beside it."""
    head = code.partition("-")[0]
    return head if head in ("phone", "name", "password") else ""
