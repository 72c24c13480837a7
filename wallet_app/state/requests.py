"""The page of requests: what one is asked for, what one has asked for, and whom one has blocked."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import PAID_REQUESTS, ask, ask_in, signed_in
from wallet_app.sentences import sentence
from wallet_app.state.balance import BalanceState
from wallet_app.state.opened_form import field_text, read_id, text_of
from wallet_app.state.payment_words import SentWords, last_words, sent_words
from wallet_app.state.request_words import BlockedLine, RequestLine, blocked_line, request_line
from wallet_app.words.saying import say
from wallet_core.errors import PersonNotFound, RequestNotFound, WalletError
from wallet_core.ids import new_token
from wallet_core.money import format_rupees
from wallet_core.services.directory import choose_payee
from wallet_core.services.payments import preview_payment
from wallet_core.services.request_lists import list_blocked, list_requests, read_request
from wallet_core.services.requests import (
    block_requester,
    cancel_request,
    decline_request,
    pay_request,
    report_request,
    unblock_requester,
)
from wallet_core.views import MoneyRequest, ReportReason, RequestSide, RequestStatus

#: Requests of each side that one "Show more" adds, and the most that the page keeps.
PAGE_REQUESTS: Final = 25
MAX_REQUESTS: Final = 100

#: The id of what holds all lists: it gets the focus where a button goes with what it did.
LISTS: Final = "request-lists"

#: The names of the fields in the dialog that declines.
REPORT_FIELD: Final = "report"
BLOCK_FIELD: Final = "block"

#: Each with the key of its words.
REPORT_CHOICES: Final = (
    ("", "requests.report_none"),
    (ReportReason.STRANGER.value, "requests.report_stranger"),
    (ReportReason.FRAUD.value, "requests.report_fraud"),
    (ReportReason.HARASSMENT.value, "requests.report_harassment"),
    (ReportReason.OTHER.value, "requests.report_other"),
)


class RequestsState(rx.State):
    waiting: list[RequestLine] = []
    answered: list[RequestLine] = []
    outgoing: list[RequestLine] = []
    blocked: list[BlockedLine] = []
    has_more: bool = False
    error: str = ""
    is_loaded: bool = False

    #: "", pay, paid, decline or block: what the dialog shows, and about which request.
    stage: str = ""
    request: RequestLine = RequestLine()
    #: The last payment between the two, or that there was none: strangers ask, too.
    last: str = ""
    balance_after: str = ""
    sent: SentWords = SentWords()
    is_busy: bool = False
    dialog_error: str = ""

    _shown: int = PAGE_REQUESTS
    _key: str = ""
    _requester_id: UUID | None = None

    @rx.event
    def open(self) -> None:
        """The page was opened: no dialog of an earlier visit."""
        self.stage, self.dialog_error, self.is_busy = "", "", False
        self._shown = PAGE_REQUESTS

    @rx.event
    async def load(self) -> None:
        await _read_lists(self)

    @rx.event
    def show_more(self) -> EventSpec:
        self._shown = min(self._shown + PAGE_REQUESTS, MAX_REQUESTS)
        return RequestsState.load()

    @rx.event
    async def look_at(self, reference: str) -> list[EventSpec] | None:
        """Shows what paying a request would do."""
        try:
            request = await _read_waiting(reference)
        except WalletError as error:
            return [rx.toast.error(sentence(error)), RequestsState.load]
        self.request, self._requester_id, self._key = request_line(request), request.counterparty_id, new_token()
        self.stage, self.dialog_error, self.balance_after, self.last = "pay", "", "", ""
        try:
            asker = await ask(choose_payee, person_id=signed_in().person_id, payee_id=request.counterparty_id)
            self.last = last_words(asker.last_payment)
            preview = await ask(
                preview_payment,
                person_id=signed_in().person_id,
                payee_id=request.counterparty_id,
                amount_paise=request.amount_paise,
                note=request.note,
            )
        except WalletError as error:
            self.dialog_error = sentence(error)
        else:
            self.balance_after = format_rupees(preview.balance_after_paise)
        return None

    @rx.event
    async def pay(self) -> AsyncIterator[Any]:
        """Pays the request that was looked at: as often as it is clicked, in whatever tab, the money moves once."""
        person_id = signed_in().person_id
        if self.stage != "pay" or self.is_busy:
            return
        self.is_busy, self.dialog_error = True, ""
        yield
        try:
            receipt = await ask_in(
                PAID_REQUESTS, pay_request, person_id=person_id, reference=self.request.reference, key=self._key
            )
        except WalletError as error:
            self.dialog_error = sentence(error)
        except Exception:
            # Whatever it was: the button comes back, and the same key may be tried again.
            self.is_busy = False
            yield
            raise
        else:
            self.sent, self.stage = sent_words(receipt), "paid"
        self.is_busy = False
        yield [BalanceState.load, RequestsState.load]

    @rx.event
    async def think_of_declining(self, reference: str) -> list[EventSpec] | None:
        """Asks once more before a request is declined."""
        try:
            request = await _read_waiting(reference)
        except WalletError as error:
            return [rx.toast.error(sentence(error)), RequestsState.load]
        self.request, self._requester_id = request_line(request), request.counterparty_id
        self.stage, self.dialog_error = "decline", ""
        return None

    @rx.event
    async def decline(self, fields: dict[str, Any]) -> list[EventSpec] | None:
        """Declines the request that was looked at; reports it and blocks who asked, where that was chosen."""
        person_id, requester_id = signed_in().person_id, self._requester_id
        if self.stage != "decline" or requester_id is None:
            return None
        reference, reason = self.request.reference, field_text(fields, REPORT_FIELD)
        is_blocking = field_text(fields, BLOCK_FIELD) != ""
        try:
            if reason:
                await ask(report_request, person_id=person_id, reference=reference, reason=reason)
            await ask(decline_request, person_id=person_id, reference=reference)
            if is_blocking:
                await ask(block_requester, person_id=person_id, blocked_id=requester_id)
        except WalletError as error:
            self.dialog_error = sentence(error)
            return [RequestsState.load]
        # With the row gone by the time the dialog is, the focus does not return to it.
        await _read_lists(self)
        self.stage = ""
        done = say("requests.is_blocked", name=self.request.name) if is_blocking else say("requests.you_declined")
        return [rx.toast.success(done)]

    @rx.event
    async def think_of_blocking(self, reference: str) -> list[EventSpec] | None:
        """Asks whether who has asked once, whatever came of it, is to be blocked or reported."""
        try:
            request = await _read_incoming(reference)
        except WalletError as error:
            return [rx.toast.error(sentence(error)), RequestsState.load]
        self.request, self._requester_id = request_line(request), request.counterparty_id
        self.stage, self.dialog_error = "block", ""
        return None

    @rx.event
    async def block(self, fields: dict[str, Any]) -> list[EventSpec] | None:
        person_id, requester_id = signed_in().person_id, self._requester_id
        if self.stage != "block" or requester_id is None:
            return None
        reason, is_blocking = field_text(fields, REPORT_FIELD), field_text(fields, BLOCK_FIELD) != ""
        if not reason and not is_blocking:
            self.dialog_error = say("requests.block_nothing")
            return None
        try:
            if reason:
                await ask(report_request, person_id=person_id, reference=self.request.reference, reason=reason)
            if is_blocking:
                await ask(block_requester, person_id=person_id, blocked_id=requester_id)
        except WalletError as error:
            self.dialog_error = sentence(error)
            return None
        self.stage = ""
        done = "requests.is_blocked" if is_blocking else "requests.is_reported"
        return [rx.toast.success(say(done, name=self.request.name)), RequestsState.load]

    @rx.event
    async def take_back(self, reference: str) -> list[EventSpec]:
        try:
            request = await ask(cancel_request, person_id=signed_in().person_id, reference=reference)
        except WalletError as error:
            return [rx.toast.error(sentence(error)), RequestsState.load]
        done = say("requests.no_longer_asked", name=request.counterparty)
        return [rx.toast.success(done), rx.set_focus(LISTS), RequestsState.load]

    @rx.event
    async def unblock(self, blocked_id: str) -> list[EventSpec]:
        try:
            await ask(
                unblock_requester, person_id=signed_in().person_id, blocked_id=read_id(blocked_id, PersonNotFound)
            )
        except WalletError as error:
            return [rx.toast.error(sentence(error)), RequestsState.load]
        return [rx.toast.success(say("requests.can_ask_again")), rx.set_focus(LISTS), RequestsState.load]

    @rx.event
    def turn(self, is_open: bool, was_busy: bool) -> None:
        """The dialog asks to be closed: Escape, a click beside it, "Go back". Not while the money is being sent."""
        if is_open is False and was_busy is False and not self.is_busy:
            self.stage, self.dialog_error = "", ""


async def _read_lists(state: RequestsState) -> None:
    person_id = signed_in().person_id
    try:
        incoming = await ask(list_requests, person_id=person_id, side=RequestSide.INCOMING, limit=state._shown)
        waiting = await ask(
            list_requests, person_id=person_id, side=RequestSide.INCOMING, only_open=True, limit=MAX_REQUESTS
        )
        outgoing = await ask(list_requests, person_id=person_id, side=RequestSide.OUTGOING, limit=state._shown)
        blocked = await ask(list_blocked, person_id=person_id)
    except WalletError as error:
        state.error = sentence(error)
    else:
        state.waiting = [request_line(request) for request in waiting.requests]
        ended = (request for request in incoming.requests if request.status != RequestStatus.OPEN)
        state.answered = [request_line(request) for request in ended]
        state.outgoing = [request_line(request) for request in outgoing.requests]
        state.blocked = [blocked_line(person) for person in blocked]
        is_full = state._shown >= MAX_REQUESTS
        state.has_more = not is_full and (incoming.has_more or outgoing.has_more)
        state.error = ""
    state.is_loaded = True


async def _read_waiting(reference: object) -> MoneyRequest:
    """A request that this person may pay or decline now. Raises: WalletError."""
    request = await _read_incoming(reference)
    if request.status != RequestStatus.OPEN:
        raise RequestNotFound
    return request


async def _read_incoming(reference: object) -> MoneyRequest:
    """A request that this person was sent, open or not. Raises: WalletError."""
    request = await ask(read_request, person_id=signed_in().person_id, reference=text_of(reference))
    if request.side != RequestSide.INCOMING:
        raise RequestNotFound
    return request
