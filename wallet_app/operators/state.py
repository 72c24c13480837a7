"""The operators' page. Every handler asks the core, and the core asks the session: nothing is decided here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import LASTING, ask, ask_in, operator_asking
from wallet_app.cookies import read_flash
from wallet_app.operators.lines import (
    Fact,
    Line,
    PersonFacts,
    TransferFacts,
    book_line,
    dispute_line,
    drift_line,
    entry_line,
    facts,
    frozen_line,
    movement_line,
    person_facts,
    proposal_line,
    stuck_line,
    transfer_facts,
)
from wallet_app.sentences import sentence, sentence_for
from wallet_app.state.opened_form import field_text, text_of
from wallet_core.clock import now
from wallet_core.errors import InvalidInput, NotOperator, OperatorPasswordNeeded, PersonNotFound, WalletError
from wallet_core.services.corrections import confirm_correction, propose_correction, withdraw_correction
from wallet_core.services.freezing import clear_drift, freeze_person, unfreeze_account, unfreeze_person
from wallet_core.services.operators import is_operator, leave, list_entries
from wallet_core.services.oversight import Found, Overview, look, reconcile_now, search, summary

#: The name of the fields, for the page.
WORDS_FIELD: Final = "words"
REASON_FIELD: Final = "reason"

#: Where what is open stands.
NOBODY: Final = ""
PASSWORD: Final = "password"
OPEN: Final = "open"

#: The page keeps so many entries; older ones are read in the database.
MAX_ENTRIES: Final = 500

_TITLE: Final = "Operator · Wallet"


@dataclass(frozen=True, slots=True)
class Act:
    """What the dialog is about."""

    kind: str = ""
    key: str = ""
    title: str = ""
    detail: str = ""
    button: str = ""
    needs_reason: bool = True


#: For each act: the dialog's title and what its button says.
_ACTS: Final = {
    "freeze-person": ("Freeze this person?", "Freeze", "They can sign in and receive, but not pay, ask or add money."),
    "unfreeze-person": ("Unfreeze this person?", "Unfreeze", "They can pay, ask and add money again."),
    "unfreeze-account": (
        "Unfreeze this account?",
        "Unfreeze",
        "Refused while its books disagree.",
    ),
    "clear-drift": ("Close this finding?", "Close", "Say what came of it. It froze nothing."),
    "propose": (
        "Propose a correction?",
        "Propose",
        "Another operator confirms it. Both people read your reason.",
    ),
    "confirm": (
        "Confirm this correction?",
        "Confirm",
        "The whole amount moves back at once.",
    ),
    "withdraw": ("Withdraw this correction?", "Withdraw", "Nothing has moved, and nothing will."),
}


class OperatorState(rx.State):
    stage: str = NOBODY
    password_error: str = ""
    facts: list[Fact] = []
    stuck: list[Line] = []
    disputes: list[Line] = []
    books: list[Line] = []
    drifts: list[Line] = []
    frozen: list[Line] = []
    proposals: list[Line] = []
    entries: list[Line] = []
    has_more_entries: bool = False

    search_notice: str = ""
    person: PersonFacts = PersonFacts()
    movements: list[Line] = []
    transfer: TransferFacts = TransferFacts()

    act: Act = Act()
    act_error: str = ""

    _shown_flash: str = ""
    _words: str = ""

    @rx.event
    async def load(self) -> list[EventSpec] | None:
        """The page was opened, perhaps by the answer to the form of the second password."""
        asking = operator_asking()
        if not await ask(is_operator, person_id=asking.person_id):
            self.reset()
            return None
        flash = read_flash(self.router.headers.cookie, "operator")
        if flash is not None and flash.id != self._shown_flash:
            self._shown_flash = flash.id
            self.password_error = sentence_for(flash.code, flash.details)
        return await self._read(by_itself=False)

    @rx.event
    async def read_anew(self) -> list[EventSpec] | None:
        """Something has changed: the same lists again, which is no act of the operator's."""
        return await self._read(by_itself=True) if self.stage == OPEN else None

    @rx.event
    async def find(self, form: dict[str, Any]) -> None:
        await self._find(field_text(form, WORDS_FIELD))

    @rx.event
    async def find_this(self, words: str) -> None:
        """A reference in one of the lists."""
        await self._find(text_of(words))

    @rx.event
    async def show_more_entries(self) -> None:
        if not self.entries or len(self.entries) >= MAX_ENTRIES:
            return
        try:
            page = await ask(list_entries, operator_asking(), before_id=int(self.entries[-1].key))
        except WalletError as error:
            self._refused(error)
            return
        self.entries = [*self.entries, *(entry_line(entry) for entry in page.entries)]
        self.has_more_entries = page.has_more and len(self.entries) < MAX_ENTRIES

    @rx.event
    async def reconcile(self) -> list[EventSpec] | None:
        try:
            found = await ask_in(LASTING, reconcile_now, operator_asking())
        except WalletError as error:
            return self._refused(error)
        done = rx.toast.success if found.is_right else rx.toast.error
        return [done(summary(found)), *(await self._read(by_itself=True) or [])]

    @rx.event
    def begin(self, kind: str, key: str, what: str) -> None:
        """Opens the dialog. What it does is checked by the core, whatever stands here."""
        kind = text_of(kind)
        if self.stage != OPEN or kind not in _ACTS:
            return
        title, button, detail = _ACTS[kind]
        self.act_error = ""
        self.act = Act(kind, str(key), title, f"{what}. {detail}", button, needs_reason=kind != "confirm")

    @rx.event
    def turn(self, is_open: bool) -> None:
        """The dialog was closed by the person."""
        if not is_open:
            self.act = Act()

    @rx.event
    async def carry_out(self, form: dict[str, Any]) -> list[EventSpec] | None:
        act = self.act
        if not act.kind:
            return None
        try:
            await _do(act.kind, act.key, field_text(form, REASON_FIELD))
        except (NotOperator, OperatorPasswordNeeded) as error:
            return self._refused(error)
        except WalletError as error:
            self.act_error = sentence(error)
            return None
        self.act = Act()
        events = await self._read(by_itself=True) or []
        if self._words:
            await self._find(self._words)
        return [rx.toast.success(f"Done: {act.button.lower()}."), *events]

    @rx.event
    async def leave(self) -> list[EventSpec]:
        await ask(leave, operator_asking())
        self.reset()
        return [rx.call_script("window.location.reload()")]

    async def _read(self, *, by_itself: bool) -> list[EventSpec] | None:
        try:
            seen = await ask(look, operator_asking(), by_itself=by_itself)
        except WalletError as error:
            return self._refused(error)
        self._show(seen)
        return [_title_and_end(seen.raised_until)]

    def _show(self, seen: Overview) -> None:
        self.stage, self.password_error = OPEN, ""
        self.facts = facts(seen)
        self.stuck = [stuck_line(order) for order in seen.stuck]
        self.disputes = [dispute_line(dispute) for dispute in seen.disputes]
        self.books = [book_line(book) for book in seen.books]
        self.drifts = [drift_line(drift) for drift in seen.drifts]
        self.frozen = [frozen_line(person) for person in seen.frozen]
        self.proposals = [proposal_line(proposal) for proposal in seen.proposals]
        self.entries = [entry_line(entry) for entry in seen.entries.entries]
        self.has_more_entries = seen.entries.has_more

    async def _find(self, words: str) -> None:
        try:
            found: Found = await ask(search, operator_asking(), words=words)
        except (NotOperator, OperatorPasswordNeeded) as error:
            self._refused(error)
            return
        except WalletError as error:
            self.search_notice = sentence(error)
            return
        self._words = words
        self.person = person_facts(found.person) if found.person else PersonFacts()
        self.movements = [movement_line(each) for each in found.person.movements] if found.person else []
        self.transfer = transfer_facts(found.transfer) if found.transfer else TransferFacts()
        is_nothing = found.person is None and found.transfer is None
        self.search_notice = "Nobody has this phone, and nothing this reference." if is_nothing else ""

    def _refused(self, error: WalletError) -> list[EventSpec] | None:
        """Where the right has ended, everything that was shown goes."""
        if isinstance(error, NotOperator):
            self.reset()
            return None
        if isinstance(error, OperatorPasswordNeeded):
            password_error, shown = self.password_error, self._shown_flash
            self.reset()
            self.stage, self.password_error, self._shown_flash = PASSWORD, password_error, shown
            return [_title()]
        return [rx.toast.error(sentence(error))]


async def _do(kind: str, key: str, reason: str) -> None:
    """Raises: WalletError."""
    asking = operator_asking()
    match kind:
        case "freeze-person":
            await ask(freeze_person, asking, person_id=_person_id(key), reason=reason)
        case "unfreeze-person":
            await ask(unfreeze_person, asking, person_id=_person_id(key), reason=reason)
        case "unfreeze-account":
            await ask(unfreeze_account, asking, account_id=_number(key), reason=reason)
        case "clear-drift":
            await ask(clear_drift, asking, drift_id=_number(key), reason=reason)
        case "propose":
            await ask(propose_correction, asking, reference=key, reason=reason)
        case "confirm":
            await ask(confirm_correction, asking, reference=key)
        case "withdraw":
            await ask(withdraw_correction, asking, reference=key, reason=reason)


def _person_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise PersonNotFound from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise InvalidInput
    return int(text)


def _title() -> EventSpec:
    return rx.call_script(f"document.title={_TITLE!r}")


def _title_and_end(until: datetime) -> EventSpec:
    """The tab's title, and the moment when nothing may stay on the screen of somebody who is at lunch."""
    rest_ms = max(0, int((until - now()).total_seconds() * 1000)) + 1000
    return rx.call_script(
        f"document.title={_TITLE!r};clearTimeout(window.__raised);"
        f"window.__raised=setTimeout(()=>window.location.reload(),{rest_ms})"
    )
