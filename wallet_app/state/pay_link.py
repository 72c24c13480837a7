"""A pay link that was scanned or pasted: followed where it is ours, refused with a sentence where it is not."""

from typing import Any, Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import signed_in
from wallet_app.pay_links import read_pay_link
from wallet_app.words.saying import say

#: The id and the name of the field.
LINK_FIELD: Final = "pay-link"


class PayLinkState(rx.State):
    error: str = ""

    @rx.event
    def open(self) -> None:
        """The page was opened: nothing is wrong yet."""
        self.error = ""

    @rx.event
    def follow(self, fields: dict[str, Any]) -> EventSpec | None:
        """Opens the send form that the link fills. The camera sends what it has read through the same form."""
        signed_in()
        # A browser may send anything at all, whatever the annotation says. (A link may be longer than any field.)
        text = fields.get(LINK_FIELD) if isinstance(fields, dict) else None  # type: ignore[redundant-expr]
        if not isinstance(text, str) or not text.strip():
            self.error = say("link.empty")
            return None
        address = read_pay_link(text)
        self.error = "" if address else say("link.foreign")
        return rx.redirect(address) if address else None
