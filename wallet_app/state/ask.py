"""The form that asks somebody for money: a person, an amount, a note. It moves nothing."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import ask, signed_in
from wallet_app.paths import ASK, REQUESTS
from wallet_app.state.opened_form import form_address, keep_in_address, key_in
from wallet_app.state.person_form import PersonForm
from wallet_app.words.saying import say
from wallet_core.errors import KeyConflict, WalletError
from wallet_core.ids import new_token
from wallet_core.money import format_rupees
from wallet_core.services.requests import ask_for_money


class AskState(PersonForm, rx.State):
    PAGE: ClassVar[str] = ASK
    READY_WORDS: ClassVar[str] = "ask.button"

    #: The keys of the forms that have asked.
    _spent_keys: set[str] = set()

    @rx.event
    async def send(self, fields: dict[str, Any]) -> list[EventSpec] | EventSpec | None:
        """Asks, with the key of this form: as often as it is sent, the person is asked once."""
        person_id = signed_in().person_id
        amount_paise, otherwise = self._read(fields)
        if amount_paise is None:
            return otherwise
        try:
            request = await ask(
                ask_for_money,
                person_id=person_id,
                payer_id=UUID(self.person.id),
                amount_paise=amount_paise,
                note=self._note,
                key=self._key,
            )
        except KeyConflict as error:
            # This form has asked already, something else, in another tab: sent once more, it asks this.
            self._key = new_token()
            self._refuse(error)
            return keep_in_address(ASK, self._address())
        except WalletError as error:
            return self._refuse(error)
        has_asked = self._key in self._spent_keys
        self._spent_keys.add(self._key)
        done = say("ask.done", name=request.counterparty, amount=format_rupees(request.amount_paise))
        # The way back leads to a fresh form. The browser makes it so, and not this state: where the answer is lost, the
        # form stays the one that has asked, and sent once more it answers the same request.
        fresh = form_address(ASK, new_token(), to=self.person.id)
        leave = keep_in_address(ASK, fresh)
        if has_asked:
            # A second click, on its way behind the first: it was said already, and the way back is one step.
            return [leave, rx.redirect(REQUESTS, replace=True)]
        return [rx.toast.success(done), leave, rx.redirect(REQUESTS)]

    def _open_key(self, parameters: Mapping[str, str]) -> bool:
        """Gone back to, the list before a form that has asked belongs to a fresh one, too."""
        key = key_in(parameters)
        is_spent = key != self._key and key in self._spent_keys
        return super()._open_key({} if is_spent else parameters)
