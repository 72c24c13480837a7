"""The form that asks somebody for money: a person, an amount, a note. It moves nothing."""

from typing import Any, ClassVar
from uuid import UUID

import reflex as rx

from wallet_app.asking import ask, signed_in
from wallet_app.paths import ASK, REQUESTS
from wallet_app.sentences import sentence
from wallet_app.state.person_form import AMOUNT_FIELD, NOTE_FIELD, PersonForm
from wallet_app.words.saying import say
from wallet_core.errors import InvalidInput, InvalidNote, WalletError
from wallet_core.money import format_rupees
from wallet_core.services.requests import ask_for_money


class AskState(PersonForm, rx.State):
    PAGE: ClassVar[str] = ASK
    READY_WORDS: ClassVar[str] = "ask.button"

    @rx.event
    async def send(self, fields: dict[str, Any]) -> list[rx.event.EventSpec] | None:
        """Asks, with the key of this form: as often as it is sent, the person is asked once."""
        person_id = signed_in().person_id
        amount_paise, otherwise = self._read(fields)
        if amount_paise is None:
            return [otherwise] if otherwise else None
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
