"""What the operators' page shows, as plain text: in English, as everything on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from wallet_core.clock import IST, now
from wallet_core.config import get_settings
from wallet_core.money import format_rupees
from wallet_core.phones import format_phone
from wallet_core.services.auditor import Audited
from wallet_core.services.corrections import EXPIRES_AFTER, Proposal
from wallet_core.services.operators import RAISED_AT_MOST, RAISED_IDLE, Entry
from wallet_core.services.oversight import (
    Book,
    DisputeLine,
    FoundPerson,
    FoundTransfer,
    FrozenPerson,
    Movement,
    OpenDrift,
    Overview,
    StuckOrder,
)
from wallet_core.views import AuditActor, DriftKind, ProposalStatus

#: An auditor that was not there for so many of its periods is as good as none.
LATE_PERIODS: Final = 3

#: A transfer is compared within a minute where the bank answers. Less than the alert's two hours: who looks shall know.
COMPARED_LATE_S: Final = 5 * 60

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
PASSWORD_HOLDS: Final = (
    f"It holds for {RAISED_IDLE // _MINUTE} minutes without use, and {RAISED_AT_MOST // _HOUR} hours in all."
)
PROPOSALS_HINT: Final = f"One operator proposes, another confirms within {EXPIRES_AFTER // _HOUR} hours."

_DRIFTS: Final = {
    DriftKind.BALANCE: "Balance is not the sum of its transfers",
    DriftKind.NOT_AT_BANK: "Credited, but the bank never sent it",
    DriftKind.WRONG_AT_BANK: "The bank sent another amount",
    DriftKind.UNKNOWN_ORDER: "The bank sent money for an order we do not have",
    DriftKind.NOT_CREDITED: "The bank sent it long ago, and it is not credited",
}
_ACTORS: Final = {AuditActor.TERMINAL: "Terminal", AuditActor.AUDITOR: "Auditor"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A tile at the head of the page."""

    label: str
    value: str
    hint: str
    tone: str  # good, warn or bad


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list: what it is, what is to be known of it, and a figure at its end."""

    key: str
    title: str
    detail: str
    figure: str = ""
    badge: str = ""
    tone: str = ""  # of the badge: good, warn, bad or ""
    act: str = ""  # what can be done to it: the name of an act, "" for nothing
    act_label: str = ""
    other_act: str = ""
    other_label: str = ""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    person_id: str = ""
    name: str = ""
    phone: str = ""
    since: str = ""
    available: str = ""
    locked: str = ""
    status: str = ""
    tone: str = ""
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class TransferFacts:
    reference: str = ""
    kind: str = ""
    amount: str = ""
    payer: str = ""
    payee: str = ""
    note: str = ""
    when: str = ""
    corrects: str = ""
    corrected_by: str = ""
    can_be_corrected: bool = False


def moment(at: datetime | None) -> str:
    """To the second, for whoever compares it with a log."""
    return f"{at.astimezone(IST):%d %b %Y, %H:%M:%S} IST" if at else "never"


def facts(seen: Overview) -> list[Fact]:
    audited = seen.audited
    # The auditor's own count is of its last round; the list ends at its limit.
    drifts = audited.open_drifts if seen.drifts else 0
    return [
        Fact(
            "Open findings",
            str(max(len(seen.drifts), drifts)),
            "Nothing disagrees" if not seen.drifts else "See below: debits may be frozen",
            "bad" if seen.drifts else "good",
        ),
        Fact("Last audit", _ago(audited.round_at), _round(audited), _audit_tone(audited)),
        Fact("Last full pass", _ago(audited.full_at), "Balances from their first transfer on", _tone(audited.full_at)),
        _statement(audited),
        Fact("Reconciled", _ago(seen.reconciled_at), seen.reconciled or "Not asked for yet", _reconciled_tone(seen)),
    ]


def stuck_line(order: StuckOrder) -> Line:
    return Line(
        key=order.reference,
        title=f"{order.name} · {order.bank_code}",
        detail=f"{order.reference} · {order.masked_phone} · since {moment(order.created_at)}",
        figure=format_rupees(order.amount_paise),
        badge=f"Quarantined: {order.dispute}" if order.dispute else "No word from the bank",
        tone="bad" if order.dispute else "warn",
    )


def dispute_line(dispute: DisputeLine) -> Line:
    return Line(
        key=f"{dispute.message_id} {dispute.reason}",
        title=dispute.reference or "(no reference)",
        detail=f"{dispute.message_id} · {moment(dispute.received_at)} · order {dispute.order_status or 'unknown'}",
        badge=dispute.reason,
        tone="warn",
    )


def book_line(book: Book) -> Line:
    difference_paise = book.credited_paise - book.stated_paise
    returned = f" · {format_rupees(book.returned_paise)} given back" if book.returned_paise else ""
    return Line(
        key=book.bank_code,
        title=book.bank_code,
        detail=(
            f"Bank says {format_rupees(book.stated_paise)} ({book.stated_count:,}) · "
            f"we credited {format_rupees(book.credited_paise)} ({book.credited_count:,}){returned}"
        ),
        figure=format_rupees(difference_paise, signed=True) if difference_paise else "",
        badge="" if difference_paise else "Even",
        tone="good",
    )


def drift_line(drift: OpenDrift) -> Line:
    has_account = drift.account_id is not None
    where = f"account {drift.account_id} · {drift.name}" if has_account else drift.subject
    reference = f" · {drift.subject}" if has_account and drift.kind != DriftKind.BALANCE else ""
    return Line(
        key=str(drift.account_id if has_account else drift.drift_id),
        title=_DRIFTS[drift.kind],
        detail=(
            f"{where}{reference} · ours {format_rupees(drift.ours_paise)}, theirs {format_rupees(drift.theirs_paise)}"
            f" · {moment(drift.found_at)}"
        ),
        figure=format_rupees(drift.ours_paise - drift.theirs_paise, signed=True),
        badge="Debits frozen" if has_account else "",
        tone="bad",
        act="unfreeze-account" if has_account else "clear-drift",
        act_label="Unfreeze" if has_account else "Close",
    )


def frozen_line(person: FrozenPerson) -> Line:
    return Line(
        key=str(person.person_id),
        title=person.name,
        detail=f"{person.masked_phone} · since {moment(person.frozen_at)}",
        act="unfreeze-person",
        act_label="Unfreeze",
    )


def proposal_line(proposal: Proposal) -> Line:
    is_open = proposal.status == ProposalStatus.OPEN
    ended = f" · {proposal.status.value} by {proposal.ender}" if proposal.ender else ""
    return Line(
        key=proposal.reference,
        title=f"{proposal.payee} gives {format_rupees(proposal.amount_paise)} back to {proposal.payer}",
        detail=(
            f"Corrects {proposal.corrects_reference}: {proposal.reason} · proposed by {proposal.proposer}"
            f"{ended} · until {moment(proposal.expires_at)}"
        ),
        badge={"open": "Waits for another operator" if proposal.is_own else "Waits for you"}.get(
            proposal.status, proposal.status.value.capitalize()
        ),
        tone={"open": "warn", "confirmed": "good"}.get(proposal.status, ""),
        act="confirm" if is_open and not proposal.is_own else "",
        act_label="Confirm",
        other_act="withdraw" if is_open else "",
        other_label="Withdraw",
    )


def movement_line(movement: Movement) -> Line:
    sign_paise = movement.amount_paise if movement.is_in else -movement.amount_paise
    return Line(
        key=movement.reference,
        title=f"{'from' if movement.is_in else 'to'} {movement.counterparty}",
        detail=f"{movement.reference} · {movement.kind} · {moment(movement.at)}",
        figure=format_rupees(sign_paise, signed=True),
    )


def entry_line(entry: Entry) -> Line:
    who = entry.operator or _ACTORS.get(entry.actor, entry.actor.value)
    whom = f" · {entry.person}" if entry.person else f" · account {entry.account_id}" if entry.account_id else ""
    reference = f" · {entry.reference}" if entry.reference else ""
    address = f" · from {entry.address}" if entry.address else ""
    return Line(
        key=str(entry.entry_id),
        title=f"{who}: {entry.action.value.replace('-', ' ')}{whom}{reference}",
        detail=f"{moment(entry.at)}{address}" + (f" · {entry.reason}" if entry.reason else ""),
    )


def person_facts(person: FoundPerson) -> PersonFacts:
    marks = [
        ("Blocked", person.is_blocked),
        ("Frozen", person.frozen_at is not None),
        ("Debits frozen by the auditor", person.has_frozen_account),
        ("Operator", person.is_operator),
    ]
    status = ", ".join(mark for mark, is_so in marks if is_so)
    is_held = person.is_blocked or person.frozen_at is not None or person.has_frozen_account
    return PersonFacts(
        person_id=str(person.person_id),
        name=person.name,
        phone=format_phone(person.phone),
        since=moment(person.since),
        available=format_rupees(person.available_paise),
        locked=format_rupees(person.locked_paise),
        status=status or "In order",
        tone="bad" if is_held else "good",
        is_frozen=person.frozen_at is not None,
    )


def transfer_facts(transfer: FoundTransfer) -> TransferFacts:
    return TransferFacts(
        reference=transfer.reference,
        kind=transfer.kind,
        amount=format_rupees(transfer.amount_paise),
        payer=_with_phone(transfer.payer, transfer.payer_phone),
        payee=_with_phone(transfer.payee, transfer.payee_phone),
        note=transfer.note,
        when=moment(transfer.at),
        corrects=transfer.corrects_reference,
        corrected_by=transfer.corrected_by,
        can_be_corrected=not transfer.corrected_by and not transfer.kind.startswith("order"),
    )


def _with_phone(name: str, phone: str) -> str:
    return f"{name}, {format_phone(phone)}" if phone else name


def _ago(at: datetime | None) -> str:
    if at is None:
        return "Never"
    seconds = max(0, int((now() - at).total_seconds()))
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit_s:
            return f"{seconds // unit_s} {unit} ago"
    return f"{seconds} s ago"


def _tone(at: datetime | None) -> str:
    return "good" if at is not None else "warn"


def _round(audited: Audited) -> str:
    return f"{audited.accounts:,} accounts in {audited.round_ms} ms"


def _statement(audited: Audited) -> Fact:
    since = audited.uncompared_since
    if since is None or (now() - since).total_seconds() <= COMPARED_LATE_S:
        return Fact("Bank statement", _ago(audited.statement_at), "Read and compared", _tone(audited.statement_at))
    return Fact("Bank statement", _ago(audited.statement_at), f"Not compared since {moment(since)}", "warn")


def _audit_tone(audited: Audited) -> str:
    late_s = LATE_PERIODS * get_settings().audit_every_s
    is_late = audited.round_at is None or (now() - audited.round_at).total_seconds() > late_s
    return "bad" if is_late else "good"


def _reconciled_tone(seen: Overview) -> str:
    return "bad" if seen.reconciled.startswith("WRONG") else _tone(seen.reconciled_at)
