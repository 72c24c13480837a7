"""What the sign-in and sign-up forms show after a refusal. The forms themselves are plain HTTP (routes.py)."""

import reflex as rx
from reflex.event import EventSpec

from wallet_app.cookies import read_flash
from wallet_app.paths import NEXT, SIGN_UP, safe_next
from wallet_app.sentences import sentence_for
from wallet_app.state.opened_form import fill_empty_fields
from wallet_core.config import get_settings


class SignInState(rx.State):
    """The only state that somebody without a session reaches; it holds nothing of any account."""

    error: str = ""
    error_field: str = ""
    next_path: str = ""
    #: Whether the money here is play money, as it is everywhere but in production.
    is_demo: bool = False

    #: The refusal whose fields were filled: the browser goes on telling it for a minute.
    _filled: str = ""

    @rx.event
    def load(self) -> list[EventSpec]:
        form = "signup" if self.router.url.path.rstrip("/") == SIGN_UP else "signin"
        self.next_path = safe_next(str(self.router.url.query_parameters.get(NEXT, "")))
        self.is_demo = not get_settings().is_production
        flash = read_flash(self.router.headers.cookie, form)
        self.error = sentence_for(flash.code, flash.details) if flash else ""
        self.error_field = _field_of(flash.code) if flash else ""
        if flash is None or flash.id == self._filled:
            return []
        self._filled = flash.id
        # The fields stay as they were typed, all but the password; what is typed by now stays, too.
        return [fill_empty_fields(flash.fields)]


def _field_of(code: str) -> str:
    """The field that a code is about, so that the error stands beside it."""
    head = code.partition("-")[0]
    return head if head in ("phone", "name", "password") else ""
