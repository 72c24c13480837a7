"""The form that asks somebody for money: a person, an amount, a note. It moves nothing."""

from typing import Any, Final
from uuid import UUID

import reflex as rx

from wallet_app.asking import ask, signed_in
from wallet_app.paths import ASK, REQUESTS
from wallet_app.sentences import sentence
from wallet_app.state.opened_form import (
    KEEP_FOCUS,
    field_text,
    fill_fields,
    form_address,
    keep_in_address,
    opened_key,
)
from wallet_app.state.payment_words import ChosenPerson, chosen_person
from wallet_app.state.people import SEARCH_FIELD
from wallet_app.state.typed_amount import read_amount, read_unfinished_amount
from wallet_app.words.saying import say
from wallet_core.errors import InvalidInput, InvalidNote, PayeeNotFound, WalletError
from wallet_core.money import format_rupees
from wallet_core.services.directory import choose_payee
from wallet_core.services.requests import ask_for_money

#: The ids of what the page gives the focus to and fills.
AMOUNT_FIELD: Final = "amount"
NOTE_FIELD: Final = "note"

#: Where the two steps stand one after the other, the second begins at its top with the amount.
_SHOW_AMOUNT: Final = (
    "matchMedia('(max-width: 1023.98px)').matches&&setTimeout(()=>{scrollTo(0,0);"
    f"document.getElementById('{AMOUNT_FIELD}')?.focus()}},50)"
)


class AskState(rx.State):
    #: A new number draws the list anew, with the chosen person marked and nobody else.
    list_round: int = 0

    person: ChosenPerson = ChosenPerson()
    person_error: str = ""
    amount: str = ""
    #: What the amount comes to; 0 while it comes to nothing.
    amount_paise: int = 0
    amount_error: str = ""
    note_error: str = ""
    form_error: str = ""
    #: "" until the form is open: it then says what is missing first.
    button_words: str = ""
    is_ready: bool = False

    _key: str = ""
    #: The key, until an address names it.
    _unseen_key: str = ""
    _note: str = ""
    #: Whether the list of people is the entry before this one in the browser's history.
    _is_second_step: bool = False

    @rx.event
    async def open(self) -> list[rx.event.EventSpec]:
        """The page was opened, or its address has changed: the address says which form this is, and for whom."""
        parameters = self.router.url.query_parameters
        payer_id = parameters.get("to", "")
        key, is_new = opened_key(parameters, self._unseen_key)
        self._unseen_key = key if is_new else ""
        if key != self._key:
            _start_form(self, key)
        went_back = not payer_id and self.person.id != ""
        if went_back:
            _choose_nobody(self)
        if payer_id and payer_id != self.person.id:
            await _choose(self, payer_id)
        texts = {AMOUNT_FIELD: self.amount, NOTE_FIELD: self._note}
        fill = fill_fields(key, texts, AskState.take_fields)
        if is_new:
            return [rx.redirect(_address(self), replace=True), fill]
        return [fill, rx.call_script(KEEP_FOCUS)] if went_back else [fill]

    @rx.event
    def take_fields(self, fields: dict[str, str]) -> None:
        """What stood in the fields when the page was ready: typed before, or kept by the browser."""
        self._note = field_text(fields, NOTE_FIELD)
        _take_amount(self, field_text(fields, AMOUNT_FIELD))

    @rx.event
    async def pick(self, person_id: str, has_two_steps: bool = False) -> list[rx.event.EventSpec] | None:
        """``has_two_steps``: the form takes the place of the list, as on a phone; the way back leads to the list."""
        is_step = has_two_steps is True and not self.person.id
        await _choose(self, person_id)
        if not self.person.id:
            return None
        self._is_second_step = self._is_second_step or is_step
        return [keep_in_address(ASK, _address(self), is_step=is_step), rx.call_script(_SHOW_AMOUNT)]

    @rx.event
    def change_person(self, has_two_steps: bool = False) -> list[rx.event.EventSpec]:
        is_step_back = has_two_steps is True and self._is_second_step
        _choose_nobody(self)
        go = rx.call_script("history.back()") if is_step_back else keep_in_address(ASK, _address(self))
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
    async def send(self, fields: dict[str, Any]) -> list[rx.event.EventSpec] | None:
        """Asks, with the key of this form: as often as it is sent, the person is asked once."""
        person_id = signed_in().person_id
        self.amount, self._note = field_text(fields, AMOUNT_FIELD), field_text(fields, NOTE_FIELD)
        self.note_error = self.form_error = ""
        amount_paise, self.amount_error = read_amount(self.amount)
        _describe(self)
        if not self.person.id:
            self.person_error = say("form.choose_person_error")
            return None
        if amount_paise is None:
            return [rx.set_focus(AMOUNT_FIELD)]
        try:
            request = await ask(
                ask_for_money,
                person_id=person_id,
                payer_id=UUID(self.person.id),
                amount_paise=amount_paise,
                note=self._note,
                key=self._key,
            )
        except WalletError as error:
            return _refuse(self, error)
        done = say("ask.done", name=request.counterparty, amount=format_rupees(request.amount_paise))
        return [rx.toast.success(done), rx.redirect(REQUESTS)]


def _address(state: AskState) -> str:
    return form_address(ASK, state._key, to=state.person.id)


def _start_form(state: AskState, key: str) -> None:
    state._key, state._note = key, ""
    state.person, state.list_round = ChosenPerson(), state.list_round + 1
    state._is_second_step = False
    state.amount = state.amount_error = state.note_error = state.form_error = state.person_error = ""
    _describe(state)


def _choose_nobody(state: AskState) -> None:
    state.person, state.list_round = ChosenPerson(), state.list_round + 1
    _describe(state)


async def _choose(state: AskState, chosen_id: object) -> None:
    """Takes this person as the one to ask, or nobody and says why."""
    person_id = signed_in().person_id
    try:
        person = await ask(choose_payee, person_id=person_id, payee_id=_person_id(chosen_id))
    except WalletError as error:
        state.person, state.list_round = ChosenPerson(), state.list_round + 1
        state.person_error = sentence(error)
    else:
        state.person, state.person_error = chosen_person(person), ""
    _describe(state)


def _person_id(text: object) -> UUID:
    """Raises: PayeeNotFound."""
    try:
        return UUID(str(text))
    except ValueError:
        raise PayeeNotFound from None


def _take_amount(state: AskState, text: str) -> None:
    # What was typed just before the form was sent may come after it: it must not take the refusal away.
    if text != state.amount:
        state.amount, state.form_error = text, ""
        _, state.amount_error = read_unfinished_amount(text)
    _describe(state)


def _describe(state: AskState) -> None:
    """What the button says: what it would do, or what is missing."""
    amount_paise, _ = read_unfinished_amount(state.amount)
    state.amount_paise = amount_paise or 0
    state.is_ready = bool(state.person.id) and amount_paise is not None
    if not state.person.id:
        state.button_words = say("form.choose_person")
    elif amount_paise is None:
        state.button_words = say("form.enter_amount")
    else:
        state.button_words = say("ask.button", amount=format_rupees(amount_paise))


def _refuse(state: AskState, error: WalletError) -> list[rx.event.EventSpec] | None:
    """Puts the sentence beside the field that it is about, and the focus into that field."""
    if isinstance(error, InvalidNote):
        state.note_error = sentence(error)
        return [rx.set_focus(NOTE_FIELD)]
    if isinstance(error, InvalidInput):
        state.amount_error = sentence(error)
        return [rx.set_focus(AMOUNT_FIELD)]
    state.form_error = sentence(error)
    return None
