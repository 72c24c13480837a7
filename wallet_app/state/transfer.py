"""The add money page: an order to a bank, and what became of it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app import formatting
from wallet_app.asking import AT_THE_BANK, ask, ask_in, signed_in
from wallet_app.paths import ADD_MONEY, HISTORY
from wallet_app.sentences import sentence, sentence_for
from wallet_app.state.activity_lines import ActivityLine, bank_page, short_line
from wallet_app.state.amount_form import AMOUNT_FIELD, AmountForm
from wallet_app.state.opened_form import (
    field_text,
    fill_fields,
    form_address,
    free_buttons,
    keep_in_address,
    text_of,
)
from wallet_app.words.saying import say
from wallet_core.banks import BANKS
from wallet_core.errors import (
    BankRefused,
    InvalidInput,
    KeyConflict,
    TransferNotFound,
    UnknownBank,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.money import format_rupees
from wallet_core.services.activity import read_receipt
from wallet_core.services.onramps import list_onramps, start_onramp
from wallet_core.views import ActivityKind, ActivityStatus, Receipt

#: Recent orders under the form; older ones stand in the history.
RECENT_ORDERS: Final = 8

BANK_CHOICE: Final = "bank"

#: The parameter of the address that names the order whose end is awaited.
REFERENCE_PARAMETER: Final = "reference"


@dataclass(frozen=True, slots=True)
class OrderWords:
    """The order that the person has just placed; ``status`` is its code, "" while there is none."""

    reference: str = ""
    address: str = ""
    status: str = ""
    amount: str = ""
    bank: str = ""
    when: str = ""
    bank_page: str = ""
    balance_after: str = ""
    reason: str = ""
    told: str = ""  # to screen readers


class TransferState(AmountForm, rx.State):
    bank: str = ""
    bank_error: str = ""
    busy_words: str = ""
    is_starting: bool = False

    order: OrderWords = OrderWords()
    lines: list[ActivityLine] = []
    is_loaded: bool = False

    _reference: str = ""
    #: The bank and the paise that were ordered with this key, where the bank gave no page: another order, another key.
    _ordered: tuple[str, int] | None = None

    @rx.event
    def open(self) -> list[EventSpec]:
        """The page was opened, or its address has changed: an order that is awaited, or a form and which one."""
        parameters = self.router.url.query_parameters
        self.is_starting = False
        self._reference = str(parameters.get(REFERENCE_PARAMETER, ""))
        if self._reference != self.order.reference:
            self.order = OrderWords()
        if self._reference:
            # Drawn only where nobody knows such an order.
            self._start(new_token())
            return []
        is_new = self._open_key(parameters)
        choices = {BANK_CHOICE: self.bank}
        fill = fill_fields(self._key, {AMOUNT_FIELD: self.amount}, TransferState.take_fields, choices)
        address = form_address(ADD_MONEY, self._key)
        return [rx.redirect(address, replace=True), fill] if is_new else [fill, free_buttons()]

    @rx.event
    async def load(self) -> None:
        """Reads the recent orders and the awaited one anew. What is typed and picked stays."""
        person_id = signed_in().person_id
        rows = await ask(list_onramps, person_id=person_id, limit=RECENT_ORDERS)
        self.lines = [short_line(row) for row in rows]
        if self._reference:
            try:
                receipt = await ask(read_receipt, person_id=person_id, reference=self._reference)
            except TransferNotFound as error:
                self.order, self.form_error = OrderWords(), sentence(error)
            else:
                self.order = _order_words(receipt) if receipt.kind == ActivityKind.ONRAMP else OrderWords()
        self.is_loaded = True

    @rx.event
    def take_fields(self, fields: dict[str, str]) -> None:
        """What stood in the fields when the page was ready: typed before, or kept by the browser."""
        self.bank = _known_bank(field_text(fields, BANK_CHOICE))
        self._take_amount(field_text(fields, AMOUNT_FIELD))

    @rx.event
    def choose_bank(self, code: str) -> None:
        self.bank = _known_bank(text_of(code))
        self.bank_error = self.form_error = ""
        self._describe()

    @rx.event
    async def start(self, fields: dict[str, Any]) -> AsyncIterator[Any]:
        """The form was sent: places the order and goes to the bank's page, or says what is wrong."""
        person_id = signed_in().person_id
        self.is_starting = True
        yield
        self.bank = _known_bank(field_text(fields, BANK_CHOICE))
        self.bank_error = "" if self.bank else say("form.choose_bank_error")
        amount_paise = self._read_amount(fields)
        if amount_paise is None or not self.bank:
            self.is_starting = False
            if amount_paise is None:
                yield rx.set_focus(AMOUNT_FIELD)
            return
        if self._ordered not in (None, (self.bank, amount_paise)):
            self._key = new_token()
        try:
            started = await ask_in(
                AT_THE_BANK,
                start_onramp,
                person_id=person_id,
                bank_code=self.bank,
                amount_paise=amount_paise,
                key=self._key,
            )
        except WalletError as error:
            self._ordered = (self.bank, amount_paise)
            self.is_starting = False
            yield self._refuse(error)
        except Exception:
            # Whatever it was: the button comes back, and the same key may be tried again.
            self.is_starting = False
            yield
            raise
        else:
            # The button stays off: this page is about to be left.
            yield _leave_for_bank(started.reference, started.bank_page_url)

    @rx.event
    def start_again(self) -> EventSpec:
        """A fresh form, with a key of its own."""
        return rx.redirect(form_address(ADD_MONEY, new_token()))

    def _start(self, key: str) -> None:
        self.bank, self.bank_error, self._ordered = "", "", None
        super()._start(key)

    def _describe(self) -> None:
        super()._describe()
        self.busy_words = say("add.opening", bank=BANKS[self.bank]) if self.bank else say("add.opening_your_bank")

    def _missing(self, amount_paise: int | None) -> str:
        if amount_paise is None:
            return "form.enter_amount"
        return "" if self.bank else "form.choose_bank"

    def _ready_words(self) -> str:
        return say("add.button", amount=format_rupees(self.amount_paise), bank=BANKS[self.bank])

    def _refuse(self, error: WalletError) -> EventSpec:
        """Puts the sentence beside the field that it is about. A key that can do no more gets a successor."""
        if isinstance(error, BankRefused | KeyConflict):
            self._key, self._ordered = new_token(), None
        if isinstance(error, UnknownBank):
            self.bank_error = sentence(error)
        elif isinstance(error, InvalidInput):
            self.amount_error = sentence(error)
        else:
            self.form_error = sentence(error)
        return keep_in_address(ADD_MONEY, form_address(ADD_MONEY, self._key))


def _known_bank(code: str) -> str:
    return code if code in BANKS else ""


def _leave_for_bank(reference: str, page_url: str) -> Any:
    """Goes to the bank in the same tab; the way back leads to the order, not to the form that has placed it."""
    page = bank_page(page_url)
    if not page:
        return rx.redirect(f"{ADD_MONEY}?{REFERENCE_PARAMETER}={reference}", replace=True)
    here = json.dumps(f"{ADD_MONEY}?{REFERENCE_PARAMETER}={reference}")
    return rx.call_script(f"history.replaceState(history.state,'',{here});location.assign({json.dumps(page)})")


def _order_words(receipt: Receipt) -> OrderWords:
    has_ended = receipt.status in (ActivityStatus.FAILED, ActivityStatus.EXPIRED)
    reason = sentence_for(receipt.failure_code or receipt.status.value) if has_ended else ""
    return OrderWords(
        reference=receipt.reference,
        address=f"{HISTORY}/{receipt.reference}",
        status=receipt.status.value,
        amount=format_rupees(receipt.amount_paise),
        bank=receipt.counterparty,
        when=formatting.full_when(receipt.at),
        bank_page=bank_page(receipt.bank_page_url),
        balance_after="" if receipt.balance_after_paise is None else format_rupees(receipt.balance_after_paise),
        reason=reason,
        told=_told(receipt, reason),
    )


def _told(receipt: Receipt, reason: str) -> str:
    if receipt.status == ActivityStatus.PROCESSING:
        return say("add.waiting_for", bank=receipt.counterparty)
    return reason or say("add.told", amount=format_rupees(receipt.amount_paise), bank=receipt.counterparty)
