"""Requests for money as lines to draw: every word about them is decided here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wallet_app import formatting
from wallet_app.paths import HISTORY
from wallet_core.money import format_rupees
from wallet_core.phones import format_phone
from wallet_core.views import BlockedPerson, MoneyRequest, RequestSide, RequestStatus

_INCOMING_TITLES: Final = {
    RequestStatus.OPEN: "You pay {amount} to {name}",
    RequestStatus.PAID: "You paid {amount} to {name}",
    RequestStatus.DECLINED: "You declined to pay {amount} to {name}",
    RequestStatus.EXPIRED: "{name} asked you for {amount}",
    RequestStatus.CANCELLED: "{name} took back a request for {amount}",
}

_OUTGOING_TITLES: Final = {
    RequestStatus.OPEN: "You asked {name} for {amount}",
    RequestStatus.PAID: "{name} paid you {amount}",
    RequestStatus.DECLINED: "{name} declined to pay you {amount}",
    RequestStatus.EXPIRED: "You asked {name} for {amount}",
    RequestStatus.CANCELLED: "You took back a request to {name} for {amount}",
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request, from this person's side. ``address`` is the receipt's, once it is paid."""

    reference: str = ""
    title: str = ""
    detail: str = ""
    note: str = ""
    amount: str = ""
    name: str = ""
    phone: str = ""
    initials: str = ""
    tone: str = formatting.TONES[0]
    status: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class BlockedLine:
    id: str
    name: str
    phone: str  # masked
    initials: str
    tone: str


def request_line(request: MoneyRequest) -> RequestLine:
    is_incoming = request.side == RequestSide.INCOMING
    titles = _INCOMING_TITLES if is_incoming else _OUTGOING_TITLES
    amount = format_rupees(request.amount_paise)
    return RequestLine(
        reference=request.reference,
        title=titles[request.status].format(amount=amount, name=request.counterparty),
        detail=" · ".join(part for part in (request.note, _when(request)) if part),
        note=request.note,
        amount=amount,
        name=request.counterparty,
        phone=format_phone(request.counterparty_phone) if is_incoming else request.counterparty_phone,
        initials=formatting.initials(request.counterparty),
        tone=formatting.tone(request.counterparty_id),
        status=request.status.value,
        address=f"{HISTORY}/{request.payment_reference}" if request.payment_reference else "",
    )


def blocked_line(person: BlockedPerson) -> BlockedLine:
    return BlockedLine(
        id=str(person.person_id),
        name=person.name,
        phone=person.masked_phone,
        initials=formatting.initials(person.name),
        tone=formatting.tone(person.person_id),
    )


def _when(request: MoneyRequest) -> str:
    if request.status == RequestStatus.OPEN:
        return f"Asked {_in_a_sentence(request.created_at)}, open until {formatting.day_of(request.expires_at)}"
    words = "Expired" if request.status == RequestStatus.EXPIRED else "Closed"
    return f"{words} {_in_a_sentence(request.ended_at or request.expires_at)}"


def _in_a_sentence(at: datetime) -> str:
    when = formatting.short_when(at)
    return f"at {when}" if when == formatting.clock_time(at) else "yesterday" if when == "Yesterday" else f"on {when}"
