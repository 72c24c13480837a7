"""What the forms with an amount have in common: to add money, to send it, and to ask for it."""

from collections.abc import Mapping
from typing import Final

import reflex as rx

from wallet_app.state.opened_form import field_text, opened_key, text_of
from wallet_app.state.typed_amount import read_amount, read_unfinished_amount
from wallet_app.words.saying import say

#: The id and the name of the field, for the focus and the form.
AMOUNT_FIELD: Final = "amount"


class AmountForm(rx.State, mixin=True):
    """The key of the form, the amount, and what the button says; what else is chosen is each form's own."""

    amount: str = ""
    #: What the amount comes to; 0 while it comes to nothing.
    amount_paise: int = 0
    amount_error: str = ""
    form_error: str = ""
    #: "" until the form is open: it then says what is missing first.
    button_words: str = ""
    is_ready: bool = False

    _key: str = ""
    #: The key, until an address names it.
    _unseen_key: str = ""

    @rx.event
    def type_amount(self, text: str) -> None:
        self._take_amount(text_of(text))

    def _open_key(self, parameters: Mapping[str, str]) -> bool:
        """Starts the form that an address names, unless it is open. Answers whether the address names none yet."""
        key, is_new = opened_key(parameters, self._unseen_key)
        self._unseen_key = key if is_new else ""
        if key != self._key:
            self._start(key)
        return is_new

    def _start(self, key: str) -> None:
        """An empty form."""
        self._key = key
        self.amount = self.amount_error = self.form_error = ""
        self._describe()

    def _take_amount(self, text: str) -> None:
        # What was typed just before the form was sent may come after it: it must not take the refusal away.
        if text != self.amount:
            self.amount, self.form_error = text, ""
            _, self.amount_error = read_unfinished_amount(text)
        self._describe()

    def _read_amount(self, fields: object) -> int | None:
        """The form was sent with these fields: its paise, or None and the sentence beside the field."""
        self.amount, self.form_error = field_text(fields, AMOUNT_FIELD), ""
        amount_paise, self.amount_error = read_amount(self.amount)
        self._describe()
        return amount_paise

    def _describe(self) -> None:
        """What the button says: what it would do, or what is missing."""
        amount_paise, _ = read_unfinished_amount(self.amount)
        self.amount_paise = amount_paise or 0
        missing = self._missing(amount_paise)
        self.is_ready = not missing
        self.button_words = say(missing) if missing else self._ready_words()

    def _missing(self, amount_paise: int | None) -> str:
        """The key of the words for what is missing first; "" where nothing is."""
        raise NotImplementedError

    def _ready_words(self) -> str:
        """What the button would do, with this amount."""
        raise NotImplementedError
