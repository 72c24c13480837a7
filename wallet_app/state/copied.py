"""What was copied last, so that the button beside it can say so."""

from typing import Any, Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app.state.opened_form import text_of
from wallet_app.words.saying import say

#: Answers what was copied, "" where the browser has refused.
_COPIES: Final = "(async text=>{try{await navigator.clipboard.writeText(text);return text}catch{return ''}})(%s)"


class CopiedState(rx.State):
    text: str = ""

    @rx.event
    def forget(self) -> None:
        """A button to copy with has just come: nothing was copied with it."""
        self.text = ""

    @rx.event
    def note(self, text: str) -> EventSpec | None:
        """The browser has copied this, or refused to."""
        self.text = text_of(text)
        return None if self.text else rx.toast.error(say("common.not_copied"))


def copy(text: Any) -> EventSpec:
    """Copies a text of the page, and says only what came of it."""
    before, after = _COPIES.split("%s")
    code = rx.Var.create(before) + rx.Var.create(text).to_string() + rx.Var.create(after)
    return rx.call_script(code, callback=CopiedState.note)
