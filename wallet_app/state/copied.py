"""What was copied last, so that the button beside it can say so."""

import reflex as rx

from wallet_app.state.opened_form import field_text

#: The name of the only argument, for ``field_text``.
_TEXT = "text"


class CopiedState(rx.State):
    text: str = ""

    @rx.event
    def note(self, text: str) -> None:
        """The browser has copied this; nothing, when a button to copy with has just come."""
        self.text = field_text({_TEXT: text}, _TEXT)
