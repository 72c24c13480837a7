"""What the send page says: people, the payment that would be made, and the one that was made."""

from dataclasses import dataclass
from typing import Final

from wallet_app import formatting
from wallet_app.paths import HISTORY
from wallet_app.words.saying import say
from wallet_core.money import format_rupees
from wallet_core.phones import format_phone
from wallet_core.services.payments import PaymentPreview
from wallet_core.views import Direction, LastPayment, Payee, PersonCard, Receipt

_DIRECTIONS: Final = {Direction.OUT: "people.you_paid", Direction.IN: "people.paid_you"}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A line of the list of people."""

    id: str
    name: str
    phone: str  # masked
    initials: str
    tone: str
    last: str


@dataclass(frozen=True, slots=True)
class ChosenPerson:
    """The person to pay, with the whole phone; all empty while nobody is chosen."""

    id: str = ""
    name: str = ""
    phone: str = ""
    initials: str = ""
    tone: str = formatting.TONES[0]
    last: str = ""


@dataclass(frozen=True, slots=True)
class PreviewWords:
    """The payment that the person is asked to confirm."""

    amount: str = ""
    payee: str = ""
    phone: str = ""
    note: str = ""
    last: str = ""
    balance_after: str = ""


@dataclass(frozen=True, slots=True)
class SentWords:
    """The payment that was made."""

    reference: str = ""
    address: str = ""
    amount: str = ""
    payee: str = ""
    payee_id: str = ""
    when: str = ""
    note: str = ""
    balance_after: str = ""
    told: str = ""  # to screen readers, who are not read a dialog that changes


def last_words(last: LastPayment | None) -> str:
    """``You paid ₹450.00 yesterday``, or that there was nothing yet."""
    if last is None:
        return say("people.new_to_you")
    when = formatting.day_in_a_sentence(last.at)
    return say(_DIRECTIONS[last.direction], amount=format_rupees(last.amount_paise), when=when)


def person_line(card: PersonCard) -> PersonLine:
    return PersonLine(
        id=str(card.person_id),
        name=card.name,
        phone=card.masked_phone,
        initials=formatting.initials(card.name),
        tone=formatting.tone(card.person_id),
        last=last_words(card.last_payment),
    )


def chosen_person(payee: Payee) -> ChosenPerson:
    return ChosenPerson(
        id=str(payee.person_id),
        name=payee.name,
        phone=format_phone(payee.phone),
        initials=formatting.initials(payee.name),
        tone=formatting.tone(payee.person_id),
        last=last_words(payee.last_payment),
    )


def preview_words(preview: PaymentPreview, last: str) -> PreviewWords:
    return PreviewWords(
        amount=format_rupees(preview.amount_paise),
        payee=preview.payee_name,
        phone=format_phone(preview.payee_phone),
        note=preview.note,
        last=last,
        balance_after=format_rupees(preview.balance_after_paise),
    )


def sent_words(receipt: Receipt) -> SentWords:
    amount = format_rupees(receipt.amount_paise).removeprefix("\u2212")
    return SentWords(
        reference=receipt.reference,
        address=f"{HISTORY}/{receipt.reference}",
        amount=amount,
        payee=receipt.counterparty,
        payee_id=str(receipt.counterparty_id or ""),
        when=formatting.full_when(receipt.at),
        note=receipt.note,
        balance_after="" if receipt.balance_after_paise is None else format_rupees(receipt.balance_after_paise),
        told=say("send.told", amount=amount, name=receipt.counterparty),
    )
