"""The send page: choose a person, say how much, look at it, send it once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import reflex as rx

from wallet_app.asking import PAYMENTS, ask, ask_in, signed_in
from wallet_app.paths import SEND
from wallet_app.pay_links import Filling, read_filling
from wallet_app.sentences import sentence
from wallet_app.state.balance import BalanceState
from wallet_app.state.opened_form import (
    KEEP_FOCUS,
    field_text,
    fill_fields,
    form_address,
    keep_in_address,
    opened_key,
)
from wallet_app.state.payment_words import (
    ChosenPerson,
    PreviewWords,
    SentWords,
    chosen_person,
    preview_words,
    sent_words,
)
from wallet_app.state.people import SEARCH_FIELD
from wallet_app.state.typed_amount import read_amount, read_unfinished_amount
from wallet_app.words.saying import say
from wallet_core.errors import (
    InsufficientBalance,
    InvalidInput,
    InvalidNote,
    KeyConflict,
    PayeeIsPayer,
    PayeeNotFound,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.money import format_rupees
from wallet_core.services.directory import choose_payee
from wallet_core.services.payments import find_payment, preview_payment, send_money
from wallet_core.views import Receipt

#: The ids of what the page gives the focus to and fills.
AMOUNT_FIELD: Final = "amount"
NOTE_FIELD: Final = "note"

#: Where the two steps stand one after the other, the second begins at its top with the amount.
_SHOW_AMOUNT: Final = (
    "matchMedia('(max-width: 1023.98px)').matches&&setTimeout(()=>{scrollTo(0,0);"
    f"document.getElementById('{AMOUNT_FIELD}')?.focus()}},50)"
)

#: What is said of what a link asked for and did not get.
_LEFT_OUT: Final = {"amount": "send.link_amount", "note": "send.link_note", "both": "send.link_both"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What was read on the form and shown for confirmation; the server's own, so that nothing is taken from a click."""

    payee_id: UUID
    amount_paise: int
    note: str


class P2PTransferState(rx.State):
    #: A new number draws the list anew, with the chosen person marked and nobody else.
    list_round: int = 0

    payee: ChosenPerson = ChosenPerson()
    payee_error: str = ""
    amount: str = ""
    #: What the amount comes to; 0 while it comes to nothing.
    amount_paise: int = 0
    amount_error: str = ""
    note_error: str = ""
    form_error: str = ""
    #: What a link has filled in, and what of it was left out.
    link_words: str = ""
    #: "" until the form is open: it then says what is missing first.
    button_words: str = ""
    is_ready: bool = False

    #: "", review or sent: what the dialog shows.
    stage: str = ""
    preview: PreviewWords = PreviewWords()
    sent: SentWords = SentWords()
    is_sending: bool = False
    dialog_error: str = ""
    notice: str = ""

    _key: str = ""
    #: The key, until an address names it.
    _unseen_key: str = ""
    _note: str = ""
    #: Whether the list of people is the entry before this one in the browser's history.
    _is_second_step: bool = False
    _draft: Draft | None = None

    @rx.event
    async def open(self) -> list[rx.event.EventSpec]:
        """The page was opened, or its address has changed: the address says which form this is, and for whom."""
        parameters = self.router.url.query_parameters
        payee_id = parameters.get("to", "")
        key, is_new = opened_key(parameters, self._unseen_key)
        self._unseen_key = key if is_new else ""
        if key != self._key:
            _start_form(self, key)
        if is_new:
            _fill_by_link(self, read_filling(parameters))
        went_back = not payee_id and self.payee.id != ""
        if went_back:
            _choose_nobody(self)
        if payee_id and payee_id != self.payee.id:
            await _choose(self, payee_id)
        texts = {AMOUNT_FIELD: self.amount, NOTE_FIELD: self._note}
        fill = fill_fields(key, texts, P2PTransferState.take_fields)
        if is_new:
            return [rx.redirect(_address(self), replace=True), fill]
        return [fill, rx.call_script(KEEP_FOCUS)] if went_back else [fill]

    @rx.event
    async def load(self) -> None:
        """Asks whether this form has paid already, and reads the dialog anew. What is typed and picked stays."""
        person_id = signed_in().person_id
        try:
            if self._key and self.stage != "sent" and not self.is_sending:
                # Another tab of the same form may have sent it, or this one before it was closed.
                receipt = await ask(find_payment, person_id=person_id, key=self._key)
                if receipt is not None:
                    _show_sent(self, receipt)
            if self.stage == "review" and self._draft is not None and not self.is_sending:
                await _show_preview(self, self._draft)
                self.dialog_error = ""
        except WalletError as error:
            self.dialog_error = sentence(error)

    @rx.event
    def take_fields(self, fields: dict[str, str]) -> None:
        """What stood in the fields when the page was ready: typed before, or kept by the browser."""
        self._note = field_text(fields, NOTE_FIELD)
        _take_amount(self, field_text(fields, AMOUNT_FIELD))

    @rx.event
    async def pick(self, person_id: str, has_two_steps: bool = False) -> list[rx.event.EventSpec] | None:
        """``has_two_steps``: the form takes the place of the list, as on a phone; the way back leads to the list."""
        is_step = has_two_steps is True and not self.payee.id
        await _choose(self, person_id)
        if not self.payee.id:
            return None
        self._is_second_step = self._is_second_step or is_step
        return [keep_in_address(SEND, _address(self), is_step=is_step), rx.call_script(_SHOW_AMOUNT)]

    @rx.event
    def change_person(self, has_two_steps: bool = False) -> list[rx.event.EventSpec]:
        is_step_back = has_two_steps is True and self._is_second_step
        _choose_nobody(self)
        go = rx.call_script("history.back()") if is_step_back else keep_in_address(SEND, _address(self))
        return [go, rx.set_focus(SEARCH_FIELD)]

    @rx.event
    def type_amount(self, text: str) -> None:
        _take_amount(self, field_text({AMOUNT_FIELD: text}, AMOUNT_FIELD))

    @rx.event
    def type_note(self, text: str) -> None:
        typed = field_text({NOTE_FIELD: text}, NOTE_FIELD)
        # What was typed just before the form was sent comes after it: it must not take the refusal away.
        self.note_error = self.note_error if typed == self._note else ""
        self._note = typed

    @rx.event
    async def review(self, fields: dict[str, Any]) -> rx.event.EventSpec | None:
        """The form was sent: shows what would happen, or says beside each field what is wrong with it."""
        signed_in()
        if self.is_sending or self.stage:
            return None
        self.amount = field_text(fields, AMOUNT_FIELD)
        self._note = field_text(fields, NOTE_FIELD)
        self.note_error = self.form_error = ""
        amount_paise, self.amount_error = read_amount(self.amount)
        _describe(self)
        if not self.payee.id:
            self.payee_error = say("form.choose_person_error")
            return None
        if amount_paise is None:
            return rx.set_focus(AMOUNT_FIELD)
        draft = Draft(UUID(self.payee.id), amount_paise, self._note)
        try:
            await _show_preview(self, draft)
        except WalletError as error:
            return _refuse_form(self, error)
        self._draft, self.stage, self.dialog_error = draft, "review", ""
        return None

    @rx.event
    async def send(self) -> AsyncIterator[Any]:
        """Sends what was reviewed, with the key of this form: as often as it is clicked, the money moves once."""
        person_id = signed_in().person_id
        draft = self._draft
        if self.stage != "review" or draft is None:
            return
        self.is_sending, self.dialog_error = True, ""
        yield
        try:
            receipt = await ask_in(
                PAYMENTS,
                send_money,
                person_id=person_id,
                payee_id=draft.payee_id,
                amount_paise=draft.amount_paise,
                note=draft.note,
                key=self._key,
            )
        except KeyConflict as error:
            await _show_earlier(self, person_id, error)
        except WalletError as error:
            self.dialog_error = sentence(error)
        except Exception:
            # Whatever it was: the button comes back, and the same key may be tried again.
            self.is_sending = False
            yield
            raise
        else:
            _show_sent(self, receipt)
        self.is_sending = False
        yield BalanceState.load

    @rx.event
    def turn(self, is_open: bool, was_sending: bool) -> rx.event.EventSpec | None:
        """The dialog asks to be closed: Escape, a click beside it, "Go back". Not while the money is being sent."""
        if is_open is not False or was_sending is not False or self.is_sending:
            return None
        if self.stage == "sent":
            return P2PTransferState.finish
        self.stage, self.dialog_error = "", ""
        return None

    @rx.event
    def finish(self) -> list[rx.event.EventSpec]:
        """Leaves the form that has sent its money, and opens a fresh one."""
        return _open_fresh(self)

    @rx.event
    def send_again(self) -> list[rx.event.EventSpec]:
        """The same with the same person."""
        return _open_fresh(self, payee_id=self.sent.payee_id)


def _address(state: P2PTransferState) -> str:
    return form_address(SEND, state._key, to=state.payee.id)


def _start_form(state: P2PTransferState, key: str) -> None:
    """An empty form. The list stays as it was read: ``load`` follows."""
    state._key, state._draft, state._note = key, None, ""
    state.payee, state.list_round = ChosenPerson(), state.list_round + 1
    state._is_second_step = False
    state.amount = state.amount_error = state.note_error = state.form_error = state.payee_error = ""
    state.stage = state.dialog_error = state.notice = state.link_words = ""
    state.is_sending = False
    _describe(state)


def _fill_by_link(state: P2PTransferState, filling: Filling) -> None:
    """A link fills the form and does nothing else: whoever opened it looks at it, and confirms as always."""
    state.amount, state._note = filling.amount, filling.note
    said = [say("send.by_link")] if filling.amount or filling.note else []
    if filling.left_out:
        said.append(say(_LEFT_OUT[filling.left_out]))
    state.link_words = " ".join(said)
    _describe(state)


def _open_fresh(state: P2PTransferState, payee_id: str = "") -> list[rx.event.EventSpec]:
    """A new entry in the browser's history: going back shows the receipt of the form that was left."""
    state.stage = ""
    return [rx.set_value(SEARCH_FIELD, ""), rx.redirect(form_address(SEND, new_token(), to=payee_id))]


def _choose_nobody(state: P2PTransferState) -> None:
    state.payee, state.list_round = ChosenPerson(), state.list_round + 1
    _describe(state)


async def _choose(state: P2PTransferState, payee_id: object) -> None:
    """Takes this person as the payee, or nobody and says why."""
    person_id = signed_in().person_id
    try:
        payee = await ask(choose_payee, person_id=person_id, payee_id=_person_id(payee_id))
    except WalletError as error:
        state.payee = ChosenPerson()
        state.list_round += 1
        state.payee_error = sentence(error)
    else:
        state.payee = chosen_person(payee)
        state.payee_error = ""
    _describe(state)


def _person_id(text: object) -> UUID:
    """Raises: PayeeNotFound."""
    try:
        return UUID(str(text))
    except ValueError:
        raise PayeeNotFound from None


def _take_amount(state: P2PTransferState, text: str) -> None:
    # What was typed just before the form was sent may come after it: it must not take the refusal away.
    if text != state.amount:
        state.amount, state.form_error = text, ""
        _, state.amount_error = read_unfinished_amount(text)
    _describe(state)


def _describe(state: P2PTransferState) -> None:
    """What the button says: what it would do, or what is missing."""
    amount_paise, _ = read_unfinished_amount(state.amount)
    state.amount_paise = amount_paise or 0
    state.is_ready = bool(state.payee.id) and amount_paise is not None
    if not state.payee.id:
        state.button_words = say("form.choose_person")
    elif amount_paise is None:
        state.button_words = say("form.enter_amount")
    else:
        state.button_words = say("send.button", amount=format_rupees(amount_paise))


async def _show_preview(state: P2PTransferState, draft: Draft) -> None:
    """Raises: WalletError."""
    preview = await ask(
        preview_payment,
        person_id=signed_in().person_id,
        payee_id=draft.payee_id,
        amount_paise=draft.amount_paise,
        note=draft.note,
    )
    state.preview = preview_words(preview, state.payee.last)


def _refuse_form(state: P2PTransferState, error: WalletError) -> rx.event.EventSpec | None:
    """Puts the sentence beside the field that it is about, and the focus into that field."""
    if isinstance(error, InvalidNote):
        state.note_error = sentence(error)
        return rx.set_focus(NOTE_FIELD)
    if isinstance(error, InsufficientBalance | InvalidInput):
        state.amount_error = sentence(error)
        return rx.set_focus(AMOUNT_FIELD)
    if isinstance(error, PayeeNotFound | PayeeIsPayer):
        state.payee_error = sentence(error)
        state.payee, state.list_round = ChosenPerson(), state.list_round + 1
        _describe(state)
        return None
    state.form_error = sentence(error)
    return None


def _show_sent(state: P2PTransferState, receipt: Receipt) -> None:
    state.sent, state.stage = sent_words(receipt), "sent"
    state.dialog_error = state.notice = ""


async def _show_earlier(state: P2PTransferState, person_id: UUID, error: KeyConflict) -> None:
    """This form has paid already, something else, in another tab: shows that payment and says that this one was not."""
    try:
        receipt = await ask(find_payment, person_id=person_id, key=state._key)
    except WalletError as unreachable:
        state.dialog_error = sentence(unreachable)
        return
    if receipt is None:
        state.dialog_error = sentence(error)
        return
    _show_sent(state, receipt)
    state.notice = say("send.earlier")
