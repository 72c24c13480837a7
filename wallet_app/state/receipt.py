"""One movement: what it was, where it stands, and what to do when it went wrong."""

from dataclasses import dataclass
from typing import Final

import reflex as rx

from wallet_app import formatting
from wallet_app.asking import ask, signed_in
from wallet_app.paths import ADD_MONEY, HISTORY, SEND
from wallet_app.sentences import sentence_for
from wallet_app.state.activity_lines import bank_page, look_of, other_side, status_words
from wallet_app.words.saying import say
from wallet_core.errors import TransferNotFound
from wallet_core.money import format_rupees
from wallet_core.phones import format_phone
from wallet_core.services.activity import read_receipt
from wallet_core.views import ActivityKind, ActivityStatus, Receipt, TimelineStep

#: Every other step that has been taken is simply done.
_STEP_LOOKS: Final = {"credited": "arrived", "failed": "failed", "expired": "failed"}

#: Failures whose step has words of its own.
_FAILURES: Final = ("declined", "bank-refused", "bank-unavailable")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the timeline; ``look`` is arrived (green), done, failed or waiting."""

    words: str
    when: str
    look: str


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt in words; an empty text is a line that is not drawn."""

    reference: str = ""
    status: str = ""  # the code
    status_words: str = ""
    amount: str = ""
    look: str = "plain"
    icon: str = ""
    counterparty_term: str = ""
    counterparty_words: str = ""  # the term and the name in one line
    counterparty: str = ""
    phone: str = ""
    when: str = ""
    note: str = ""
    balance_after: str = ""
    waiting_for: str = ""
    bank_page: str = ""
    bank_payment: str = ""
    reason: str = ""
    corrects: str = ""
    corrects_address: str = ""
    again_words: str = ""
    again_address: str = ""


class ReceiptState(rx.State):
    view: ReceiptView = ReceiptView()
    steps: list[Step] = []
    #: The reference that was looked up last, found or not.
    asked: str = ""
    is_loaded: bool = False
    is_found: bool = False

    @rx.var
    def is_current(self) -> bool:
        """Whether what is here belongs to the address; a page that opens may still hold the receipt before it."""
        return self.is_loaded and self.asked == _reference_in(self.router.url.path)

    @rx.event
    async def load(self) -> None:
        """Reads the receipt that the address names; a change of it, pushed by the database, comes here too."""
        reference = _reference_in(self.router.url.path)
        try:
            receipt = await ask(read_receipt, person_id=signed_in().person_id, reference=reference)
        except TransferNotFound:
            self.view, self.steps = ReceiptView(), []
            self.is_found = False
        else:
            self.view = _view(receipt)
            self.steps = [_step(step, receipt) for step in _timeline(receipt)]
            self.is_found = True
        self.asked = reference
        self.is_loaded = True

    @rx.event
    def leave(self) -> None:
        """The page is closed: the next receipt must not begin with this one."""
        self.view, self.steps = ReceiptView(), []
        self.is_loaded = self.is_found = False


def _reference_in(path: str) -> str:
    """The last part of the address, as it was typed."""
    return path.rstrip("/").removeprefix(f"{HISTORY}/")


def _view(receipt: Receipt) -> ReceiptView:
    is_waiting = receipt.status == ActivityStatus.PROCESSING
    name = other_side(receipt.counterparty)
    again_words, again_address = _again(receipt)
    return ReceiptView(
        reference=receipt.reference,
        status=receipt.status.value,
        status_words=_status_words(receipt),
        amount=format_rupees(receipt.amount_paise, signed=True),
        look=look_of(receipt.kind, receipt.status, receipt.amount_paise),
        icon=receipt.kind.value,
        counterparty_term=say(f"receipt.{receipt.kind}_with"),
        counterparty_words=say(f"receipt.{receipt.kind}_line", name=name),
        counterparty=name,
        phone=format_phone(receipt.counterparty_phone) if receipt.counterparty_phone else "",
        when=formatting.full_when(receipt.at),
        note=receipt.note,
        balance_after="" if receipt.balance_after_paise is None else format_rupees(receipt.balance_after_paise),
        waiting_for=receipt.counterparty if is_waiting else "",
        bank_page=bank_page(receipt.bank_page_url),
        bank_payment=receipt.bank_payment_id,
        reason=sentence_for(receipt.failure_code or receipt.status.value) if _has_ended(receipt) else "",
        corrects=receipt.corrects_reference,
        corrects_address=f"{HISTORY}/{receipt.corrects_reference}",
        again_words=again_words,
        again_address=again_address,
    )


def _has_ended(receipt: Receipt) -> bool:
    return receipt.status in (ActivityStatus.FAILED, ActivityStatus.EXPIRED)


def _status_words(receipt: Receipt) -> str:
    if receipt.status == ActivityStatus.SUCCEEDED:
        return say(f"receipt.{receipt.kind}_done")
    return status_words(receipt.status)


def _again(receipt: Receipt) -> tuple[str, str]:
    """The one next step: its words and its address."""
    if receipt.counterparty_id is not None and receipt.kind == ActivityKind.SENT:
        return say("receipt.pay_again"), f"{SEND}?to={receipt.counterparty_id}"
    if receipt.counterparty_id is not None and receipt.kind == ActivityKind.RECEIVED:
        pay = say("receipt.pay", name=formatting.first_name(receipt.counterparty))
        return pay, f"{SEND}?to={receipt.counterparty_id}"
    if receipt.kind == ActivityKind.ONRAMP and receipt.status != ActivityStatus.PROCESSING:
        return say("receipt.try_again" if _has_ended(receipt) else "receipt.add_more"), ADD_MONEY
    return "", ""


def _timeline(receipt: Receipt) -> list[TimelineStep]:
    """A payment leaves one person and reaches the other in the same moment: both are said."""
    if receipt.kind == ActivityKind.SENT:
        return [TimelineStep("sent", receipt.at), TimelineStep("received", receipt.at)]
    if receipt.kind == ActivityKind.RECEIVED:
        return [TimelineStep("sent", receipt.at), TimelineStep("credited", receipt.at)]
    return receipt.timeline


def _step(step: TimelineStep, receipt: Receipt) -> Step:
    return Step(
        words=_step_words(step.step, receipt),
        when=formatting.full_when(step.at) if step.at else "",
        look="waiting" if step.at is None else _STEP_LOOKS.get(step.step, "done"),
    )


def _step_words(step: str, receipt: Receipt) -> str:
    if step == "created" and receipt.kind != ActivityKind.ONRAMP:
        return say(f"receipt.{receipt.kind}_done")
    if step == "sent" and receipt.kind == ActivityKind.RECEIVED:
        step = "sent-by"
    if step == "failed" and receipt.failure_code in _FAILURES:
        step = receipt.failure_code
    return say(f"receipt.step_{step.replace('-', '_')}", name=receipt.counterparty)
