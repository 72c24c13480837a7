"""The code that others scan to pay this person, with an amount and a note where they are given."""

from itertools import groupby
from typing import Final

import reflex as rx
import segno

from wallet_app.asking import signed_in
from wallet_app.pay_links import write_pay_link
from wallet_app.sentences import sentence
from wallet_app.state.opened_form import text_of
from wallet_app.state.typed_amount import read_unfinished_amount
from wallet_core.errors import WalletError
from wallet_core.money import format_rupees
from wallet_core.services.payments import check_note

#: The ids of the two fields.
AMOUNT_FIELD: Final = "code-amount"
NOTE_FIELD: Final = "code-note"

#: White around the code, in modules: ISO/IEC 18004 asks for four.
_QUIET_ZONE: Final = 4


class MyCodeState(rx.State):
    is_open: bool = False
    #: As typed; the code has them only where they are right.
    amount: str = ""
    note: str = ""
    amount_error: str = ""
    note_error: str = ""
    #: What the code asks for, in words: "" where the payer chooses.
    amount_words: str = ""
    path: str = ""
    box: str = ""
    address: str = ""

    @rx.event
    def toggle(self) -> None:
        """Shows or hides the code; it opens with nothing typed."""
        self.is_open = not self.is_open
        self.amount = self.note = ""
        _draw(self)

    @rx.event
    def type_amount(self, text: str) -> None:
        self.amount = text_of(text)
        _draw(self)

    @rx.event
    def type_note(self, text: str) -> None:
        self.note = text_of(text)
        _draw(self)


def _draw(state: MyCodeState) -> None:
    """The link and its code, without what is not right in the fields."""
    amount_paise, state.amount_error = read_unfinished_amount(state.amount)
    note, state.note_error = _read_note(state.note)
    state.amount_words = "" if amount_paise is None else format_rupees(amount_paise)
    state.address = write_pay_link(signed_in().person_id, amount_paise, note)
    state.path, state.box = _draw_code(state.address)


def _read_note(text: str) -> tuple[str, str]:
    try:
        return check_note(text), ""
    except WalletError as error:
        return "", sentence(error)


def _draw_code(text: str) -> tuple[str, str]:
    """A QR code as the ``d`` of one SVG path, one unit a module, and its view box."""
    code = segno.make_qr(text, error="m")
    runs = []
    for row, modules in enumerate(code.matrix_iter(border=_QUIET_ZONE)):
        column = 0
        for is_dark, run in groupby(modules):
            length = len(list(run))
            runs += [f"M{column},{row}h{length}v1h-{length}z"] if is_dark else []
            column += length
    width, height = code.symbol_size(border=_QUIET_ZONE)
    return "".join(runs), f"0 0 {width} {height}"
