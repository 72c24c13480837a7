"""What the forms about a person, an amount and a note have in common: to send money, and to ask for it."""

from collections.abc import Mapping
from typing import ClassVar, Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import ask, signed_in
from wallet_app.sentences import sentence
from wallet_app.state.amount_form import AMOUNT_FIELD, AmountForm
from wallet_app.state.opened_form import (
    KEEP_FOCUS,
    field_text,
    fill_fields,
    form_address,
    free_buttons,
    keep_in_address,
    read_id,
    text_of,
)
from wallet_app.state.payment_words import ChosenPerson, chosen_person
from wallet_app.state.people import SEARCH_FIELD
from wallet_app.words.saying import say
from wallet_core.errors import InsufficientBalance, InvalidInput, InvalidNote, PayeeIsPayer, PayeeNotFound, WalletError
from wallet_core.money import format_rupees
from wallet_core.services.directory import choose_payee

#: The id and the name of the field, for the focus and the form.
NOTE_FIELD: Final = "note"

#: Where the two steps stand one after the other, the second begins at its top with the amount.
_SHOW_AMOUNT: Final = (
    "matchMedia('(max-width: 1023.98px)').matches&&setTimeout(()=>{scrollTo(0,0);"
    f"document.getElementById('{AMOUNT_FIELD}')?.focus()}},50)"
)


class PersonForm(AmountForm, mixin=True):
    """From the choice of the person to the click on its button; what that does is each form's own."""

    #: The address of its page, and what its button says once it is ready (see ``say``), with an amount.
    PAGE: ClassVar[str]
    READY_WORDS: ClassVar[str]

    #: A new number draws the list anew, with the chosen person marked and nobody else.
    list_round: int = 0

    person: ChosenPerson = ChosenPerson()
    person_error: str = ""
    note_error: str = ""

    _note: str = ""
    #: Whether the list of people is the entry before this one in the browser's history.
    _is_second_step: bool = False

    @rx.event
    async def open(self) -> list[EventSpec]:
        """The page was opened, or its address has changed: the address says which form this is, and for whom."""
        parameters = self.router.url.query_parameters
        person_id = parameters.get("to", "")
        had_address = not self._unseen_key
        is_new = self._open_key(parameters)
        if is_new:
            self._fill(parameters)
        names_nobody = not person_id and self.person.id != ""
        went_back = names_nobody and had_address
        if went_back:
            self._choose_nobody()
        if person_id and person_id != self.person.id:
            await self._choose(person_id)
        fill = fill_fields(self._key, {AMOUNT_FIELD: self.amount, NOTE_FIELD: self._note}, type(self).take_fields)
        if is_new:
            return [rx.redirect(self._address(), replace=True), fill]
        if names_nobody and not went_back:
            # Somebody was picked before the form had its address.
            return [fill, keep_in_address(self.PAGE, self._address())]
        return [fill, free_buttons(), *([rx.call_script(KEEP_FOCUS)] if went_back else [])]

    @rx.event
    def take_fields(self, fields: dict[str, str]) -> None:
        """What stood in the fields when the page was ready: typed before, or kept by the browser."""
        self._note = field_text(fields, NOTE_FIELD)
        self._take_amount(field_text(fields, AMOUNT_FIELD))

    @rx.event
    async def pick(self, person_id: str, has_two_steps: bool = False) -> list[EventSpec] | None:
        """``has_two_steps``: the form takes the place of the list, as on a phone; the way back leads to the list."""
        is_step = has_two_steps is True and not self.person.id
        await self._choose(person_id)
        if not self.person.id:
            return None
        self._is_second_step = self._is_second_step or is_step
        return [keep_in_address(self.PAGE, self._address(), is_step=is_step), rx.call_script(_SHOW_AMOUNT)]

    @rx.event
    def change_person(self, has_two_steps: bool = False) -> list[EventSpec]:
        is_step_back = has_two_steps is True and self._is_second_step
        self._choose_nobody()
        go = rx.call_script("history.back()") if is_step_back else keep_in_address(self.PAGE, self._address())
        return [go, rx.set_focus(SEARCH_FIELD)]

    @rx.event
    def type_note(self, text: str) -> None:
        typed = text_of(text)
        # What was typed just before the form was sent comes after it: it must not take the refusal away.
        self.note_error = self.note_error if typed == self._note else ""
        self._note = typed

    def _start(self, key: str) -> None:
        """An empty form. The list stays as it was read: ``load`` follows."""
        if self._key:
            # The first form of a tab finds nobody marked: drawn anew, the list would lose a focus it has already.
            self.list_round += 1
        self.person, self._note, self._is_second_step = ChosenPerson(), "", False
        self.person_error = self.note_error = ""
        super()._start(key)

    def _fill(self, parameters: Mapping[str, str]) -> None:
        """What a form takes from the address that opened it; nothing but the person, if it says nothing else."""

    def _address(self) -> str:
        return form_address(self.PAGE, self._key, to=self.person.id)

    def _choose_nobody(self) -> None:
        self.person, self.list_round = ChosenPerson(), self.list_round + 1
        self._describe()

    async def _choose(self, chosen_id: object) -> None:
        """Takes this person, or nobody and says why."""
        person_id = signed_in().person_id
        try:
            person = await ask(choose_payee, person_id=person_id, payee_id=read_id(chosen_id, PayeeNotFound))
        except WalletError as error:
            self.person_error = sentence(error)
            self._choose_nobody()
        else:
            self.person, self.person_error = chosen_person(person), ""
            self._describe()

    def _missing(self, amount_paise: int | None) -> str:
        if not self.person.id:
            return "form.choose_person"
        return "form.enter_amount" if amount_paise is None else ""

    def _ready_words(self) -> str:
        return say(self.READY_WORDS, amount=format_rupees(self.amount_paise))

    def _read(self, fields: object) -> tuple[int | None, EventSpec | None]:
        """The form was sent with these fields: its paise where all is there, or None and what to do about it."""
        self._note, self.note_error = field_text(fields, NOTE_FIELD), ""
        amount_paise = self._read_amount(fields)
        if not self.person.id:
            self.person_error = say("form.choose_person_error")
            return None, None
        return amount_paise, None if amount_paise is not None else rx.set_focus(AMOUNT_FIELD)

    def _refuse(self, error: WalletError) -> EventSpec | None:
        """Puts the sentence beside the field that it is about, and the focus into that field."""
        if isinstance(error, InvalidNote):
            self.note_error = sentence(error)
            return rx.set_focus(NOTE_FIELD)
        if isinstance(error, InsufficientBalance | InvalidInput):
            self.amount_error = sentence(error)
            return rx.set_focus(AMOUNT_FIELD)
        if isinstance(error, PayeeNotFound | PayeeIsPayer):
            self.person_error = sentence(error)
            self._choose_nobody()
            return None
        self.form_error = sentence(error)
        return None
