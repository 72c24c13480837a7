"""Requests for money as lines to draw: every word about them is decided here."""

from dataclasses import dataclass
from datetime import datetime

from wallet_app import formatting
from wallet_app.paths import HISTORY
from wallet_app.words.isolating import isolated
from wallet_app.words.saying import say
from wallet_core.money import format_rupees
from wallet_core.phones import format_phone
from wallet_core.views import BlockedPerson, MoneyRequest, RequestSide, RequestStatus


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
    side = "in" if is_incoming else "out"
    amount = format_rupees(request.amount_paise)
    return RequestLine(
        reference=request.reference,
        title=say(f"requests.{side}_{request.status}", amount=amount, name=request.counterparty),
        detail=" · ".join(part for part in (isolated(request.note), _when(request)) if part),
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
        until = formatting.day_of(request.expires_at)
        return say("requests.asked_when", when=_in_a_sentence(request.created_at), day=until)
    key = "requests.expired_when" if request.status == RequestStatus.EXPIRED else "requests.closed_when"
    return say(key, when=_in_a_sentence(request.ended_at or request.expires_at))


def _in_a_sentence(at: datetime) -> str:
    """``at 7:42 pm`` today, the day before that."""
    if formatting.is_today(at):
        return say("date.at_time", time=formatting.clock_time(at))
    return formatting.day_in_a_sentence(at)
