"""The send page: choose a person, say how much, look at it, send it once."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import PAYMENTS, ask, ask_in, signed_in
from wallet_app.paths import SEND
from wallet_app.pay_links import read_filling
from wallet_app.sentences import sentence
from wallet_app.state.balance import BalanceState
from wallet_app.state.opened_form import form_address
from wallet_app.state.payment_words import (
    PreviewWords,
    SentWords,
    preview_words,
    sent_words,
)
from wallet_app.state.people import SEARCH_FIELD
from wallet_app.state.person_form import PersonForm
from wallet_app.words.saying import say
from wallet_core.errors import KeyConflict, WalletError
from wallet_core.ids import new_token
from wallet_core.services.payments import find_payment, preview_payment, send_money
from wallet_core.views import Receipt

#: What is said of what a link asked for and did not get.
_LEFT_OUT: Final = {"amount": "send.link_amount", "note": "send.link_note", "both": "send.link_both"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What was read on the form and shown for confirmation; the server's own, so that nothing is taken from a click."""

    payee_id: UUID
    amount_paise: int
    note: str


class P2PTransferState(PersonForm, rx.State):
    PAGE: ClassVar[str] = SEND
    READY_WORDS: ClassVar[str] = "send.button"

    #: What a link has filled in, and what of it was left out.
    link_words: str = ""

    #: "", review or sent: what the dialog shows.
    stage: str = ""
    preview: PreviewWords = PreviewWords()
    sent: SentWords = SentWords()
    is_sending: bool = False
    dialog_error: str = ""
    notice: str = ""

    _draft: Draft | None = None

    @rx.event
    async def load(self) -> None:
        """Asks whether this form has paid already, and reads the dialog anew. What is typed and picked stays."""
        person_id = signed_in().person_id
        # Events of a tab come one after another: nothing is being sent now, whatever a stop amid it has left.
        self.is_sending = False
        try:
            if self._key and self.stage != "sent":
                # Another tab of the same form may have sent it, or this one before it was closed.
                receipt = await ask(find_payment, person_id=person_id, key=self._key)
                if receipt is not None:
                    _show_sent(self, receipt)
            if self.stage == "review" and self._draft is not None:
                await _show_preview(self, self._draft)
                self.dialog_error = ""
        except WalletError as error:
            self.dialog_error = sentence(error)

    @rx.event
    async def review(self, fields: dict[str, Any]) -> EventSpec | None:
        """The form was sent: shows what would happen, or says beside each field what is wrong with it."""
        signed_in()
        if self.is_sending or self.stage:
            return None
        amount_paise, otherwise = self._read(fields)
        if amount_paise is None:
            return otherwise
        draft = Draft(UUID(self.person.id), amount_paise, self._note)
        try:
            await _show_preview(self, draft)
        except WalletError as error:
            return self._refuse(error)
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
    def turn(self, is_open: bool, was_sending: bool) -> EventSpec | None:
        """The dialog asks to be closed: Escape, a click beside it, "Go back". Not while the money is being sent."""
        if is_open is not False or was_sending is not False or self.is_sending:
            return None
        if self.stage == "sent":
            return P2PTransferState.finish()
        self.stage, self.dialog_error = "", ""
        return None

    @rx.event
    def finish(self) -> list[EventSpec]:
        """Leaves the form that has sent its money, and opens a fresh one."""
        return _open_fresh(self)

    @rx.event
    def send_again(self) -> list[EventSpec]:
        """The same with the same person."""
        return _open_fresh(self, payee_id=self.sent.payee_id)

    def _start(self, key: str) -> None:
        super()._start(key)
        self._draft = None
        self.stage = self.dialog_error = self.notice = self.link_words = ""
        self.is_sending = False

    def _fill(self, parameters: Mapping[str, str]) -> None:
        """A link fills the form and does nothing else: whoever opened it looks at it, and confirms as always."""
        filling = read_filling(parameters)
        self.amount, self._note = filling.amount, filling.note
        said = [say("send.by_link")] if filling.amount or filling.note else []
        if filling.left_out:
            said.append(say(_LEFT_OUT[filling.left_out]))
        self.link_words = " ".join(said)
        self._describe()


def _open_fresh(state: P2PTransferState, payee_id: str = "") -> list[EventSpec]:
    """A new entry in the browser's history: going back shows the receipt of the form that was left."""
    state.stage = ""
    return [rx.set_value(SEARCH_FIELD, ""), rx.redirect(form_address(SEND, new_token(), to=payee_id))]


async def _show_preview(state: P2PTransferState, draft: Draft) -> None:
    """Raises: WalletError."""
    preview = await ask(
        preview_payment,
        person_id=signed_in().person_id,
        payee_id=draft.payee_id,
        amount_paise=draft.amount_paise,
        note=draft.note,
    )
    state.preview = preview_words(preview, state.person.last)


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
