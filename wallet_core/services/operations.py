"""What is done to money at a terminal: by transfers, never by changing a row; the book of operators tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from wallet_core import db, ledger
from wallet_core.errors import InvalidNote, PayeeNotFound, TransferNotFound
from wallet_core.ids import may_be_reference, new_reference
from wallet_core.models import (
    Account,
    AccountKind,
    DisputedMessage,
    PaymentRequest,
    Person,
    RequestReport,
    Transfer,
    TransferKind,
)
from wallet_core.money import check_amount_paise
from wallet_core.phones import normalise_phone
from wallet_core.services.audit_book import terminal_user
from wallet_core.services.payments import MAX_NOTE_CHARACTERS, check_note
from wallet_core.services.postings import posted_at

#: The newest; older ones have been looked at, or nobody looks.
MAX_DISPUTED_MESSAGES: Final = 1000
MAX_REPORTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Posting:
    """An operator's transfer. The reason is its note, and the person reads it in the history."""

    reference: str
    kind: TransferKind
    amount_paise: int
    reason: str
    posted_at: datetime
    corrects_reference: str  # "" unless a correction


@dataclass(frozen=True, slots=True)
class Dispute:
    """A signed message of the bank that disagreed with our books and so moved no money."""

    message_id: str
    received_at: datetime
    reason: str
    reference: str
    body: str


@dataclass(frozen=True, slots=True)
class Report:
    """A request for money that the asked person found wrong."""

    reported_at: datetime
    reason: str
    reference: str  # of the request
    amount_paise: int
    note: str
    requester_phone: str
    reporter_phone: str


def hold_money(*, phone: str, amount_paise: int, reason: str) -> Posting:
    """Moves money of a person from available to locked, where they see it and cannot send it.

    Raises: InvalidPhone, amount errors of ``check_amount_paise``, InvalidNote (the reason, which must not be empty),
    PayeeNotFound, AccountFrozen, InsufficientBalance, DatabaseUnavailable.
    """
    return _move_within(phone, amount_paise, reason, TransferKind.HOLD)


def release_money(*, phone: str, amount_paise: int, reason: str) -> Posting:
    """Moves money of a person from locked back to available.

    Raises: as ``hold_money``; InsufficientBalance where less is locked.
    """
    return _move_within(phone, amount_paise, reason, TransferKind.RELEASE)


def correct_transfer(*, reference: str, reason: str) -> Posting:
    """Moves the whole amount of a transfer back, by a transfer that names it. Once: a second call answers the first.

    Raises: InvalidNote, TransferNotFound, InsufficientBalance (who got the money has spent it), DatabaseUnavailable.
    """
    note = _check_reason(reason)
    wrong = db.read(lambda session: _find_transfer(session, reference))
    new = new_reference("C")
    answer = ledger.post_transfer(
        reference=new,
        kind=TransferKind.CORRECTION,
        debit_account_id=wrong.credit_account_id,
        credit_account_id=wrong.debit_account_id,
        amount_paise=wrong.amount_paise,
        note=note,
        corrects_transfer_id=wrong.id,
        user=terminal_user(),
    )
    if answer.outcome == "already-corrected":
        return _as_correction(db.read(lambda session: _find_correction(session, wrong)), wrong)
    return Posting(new, TransferKind.CORRECTION, wrong.amount_paise, note, posted_at(answer), wrong.reference)


def list_disputed_messages() -> list[Dispute]:
    """The newest first, at most MAX_DISPUTED_MESSAGES."""

    def work(session: Session) -> list[Dispute]:
        newest = select(DisputedMessage).order_by(col(DisputedMessage.id).desc()).limit(MAX_DISPUTED_MESSAGES)
        return [
            Dispute(found.message_id, _moment(found.received_at), found.reason, found.reference, found.body)
            for found in session.exec(newest)
        ]

    return db.read(work)


def list_reports() -> list[Report]:
    """Requests that people reported, the newest report first, at most MAX_REPORTS."""
    requester, reporter = aliased(Person), aliased(Person)
    newest = (
        select(RequestReport, PaymentRequest, requester.phone, reporter.phone)
        .join(PaymentRequest, col(PaymentRequest.id) == col(RequestReport.request_id))
        .join(requester, col(requester.id) == col(PaymentRequest.requester_id))
        .join(reporter, col(reporter.id) == col(RequestReport.reporter_id))
        .order_by(col(RequestReport.created_at).desc(), col(RequestReport.request_id).desc())
        .limit(MAX_REPORTS)
    )

    def work(session: Session) -> list[Report]:
        return [
            Report(
                reported_at=_moment(report.created_at),
                reason=report.reason,
                reference=request.reference,
                amount_paise=request.amount_paise,
                note=request.note,
                requester_phone=requester_phone,
                reporter_phone=reporter_phone,
            )
            for report, request, requester_phone, reporter_phone in session.exec(newest)
        ]

    return db.read(work)


def _move_within(phone: str, amount_paise: int, reason: str, kind: TransferKind) -> Posting:
    e164 = normalise_phone(phone)
    check_amount_paise(amount_paise)
    note = _check_reason(reason)
    accounts = db.read(lambda session: _find_accounts(session, e164))
    available, locked = accounts[AccountKind.AVAILABLE], accounts[AccountKind.LOCKED]
    debit, credit = (available, locked) if kind == TransferKind.HOLD else (locked, available)
    reference = new_reference("H" if kind == TransferKind.HOLD else "R")
    answer = ledger.post_transfer(
        reference=reference,
        kind=kind,
        debit_account_id=debit,
        credit_account_id=credit,
        amount_paise=amount_paise,
        note=note,
        user=terminal_user(),
    )
    return Posting(reference, kind, amount_paise, note, posted_at(answer), "")


def _check_reason(reason: str) -> str:
    note = check_note(reason)
    if not note:
        raise InvalidNote(max_characters=MAX_NOTE_CHARACTERS)
    return note


def _find_accounts(session: Session, e164: str) -> dict[AccountKind, int]:
    mine = select(Account).join(Person, col(Person.id) == col(Account.person_id)).where(col(Person.phone) == e164)
    accounts = {AccountKind(account.kind): account.id for account in session.exec(mine) if account.id is not None}
    if not accounts:
        raise PayeeNotFound
    return accounts


def _find_transfer(session: Session, reference: str) -> Transfer:
    if not may_be_reference(reference):
        raise TransferNotFound
    found = session.exec(select(Transfer).where(col(Transfer.reference) == reference)).first()
    if found is None:
        raise TransferNotFound
    return found


def _find_correction(session: Session, wrong: Transfer) -> Transfer:
    return session.exec(select(Transfer).where(col(Transfer.corrects_transfer_id) == wrong.id)).one()


def _as_correction(correction: Transfer, wrong: Transfer) -> Posting:
    return Posting(
        reference=correction.reference,
        kind=TransferKind.CORRECTION,
        amount_paise=correction.amount_paise,
        reason=correction.note,
        posted_at=_moment(correction.created_at),
        corrects_reference=wrong.reference,
    )


def _moment(moment: datetime | None) -> datetime:
    if moment is None:
        raise AssertionError("a stored row has its moment")
    return moment
