"""Paying another person."""

import json
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from wallet_core import db, ledger, metrics, tracing
from wallet_core.errors import (
    AccountFrozen,
    AccountMissing,
    InsufficientBalance,
    InvalidKey,
    InvalidNote,
    InvisibleNote,
    KeyConflict,
    PayeeIsPayer,
    PayeeNotFound,
    PersonBlocked,
    PersonFrozen,
)
from wallet_core.ids import is_key, new_reference, sha256
from wallet_core.ledger import PaymentAnswer
from wallet_core.models import Account, AccountKind, PaymentCommand, Person, Transfer
from wallet_core.money import check_amount_paise
from wallet_core.services.text_checks import has_unfit_characters, shows_something
from wallet_core.views import ActivityKind, ActivityStatus, Receipt, TimelineStep

#: A line on a receipt, on a phone held upright.
MAX_NOTE_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class PaymentPreview:
    """A payment that would be made now, for the person to look at before it is."""

    payee_id: UUID
    payee_name: str
    payee_phone: str  # E.164
    amount_paise: int
    note: str
    balance_after_paise: int


def send_money(*, person_id: UUID, payee_id: UUID, amount_paise: int, note: str, key: str) -> Receipt:
    """Sends money at once and answers the payer's receipt.

    ``key`` is made when the form is opened. It binds when the money moves: after that, the same inputs answer the same
    receipt for ever, and other inputs are a conflict. A refused command leaves the key free, so that the same form may
    be corrected and sent again.

    Raises: InvalidKey, InvalidAmount, AmountNotPositive, AmountAboveLimit, InvalidNote, PayeeIsPayer, PayeeNotFound
    (also for a blocked payee), PersonBlocked, PersonFrozen, AccountFrozen, InsufficientBalance, KeyConflict,
    DatabaseUnavailable.
    """
    with metrics.counting(metrics.SENDS), metrics.SEND_S.time(), tracing.recording("send money"):
        return _send(person_id, payee_id, amount_paise, note, key)


def _send(person_id: UUID, payee_id: UUID, amount_paise: int, note: str, key: str) -> Receipt:
    if not is_key(key):
        raise InvalidKey
    note = _check_inputs(person_id, payee_id, amount_paise, note)
    answer = ledger.send_money(
        payer_id=person_id,
        payee_id=payee_id,
        amount_paise=amount_paise,
        note=note,
        key=key,
        inputs_sha256=sha256(json.dumps([str(payee_id), amount_paise, note])),
        reference=new_reference("P"),
    )
    raise_refusal(answer)
    return receipt_of(answer)


def find_payment(*, person_id: UUID, key: str) -> Receipt | None:
    """The payer's receipt of the payment that was made with this key, or None where the key has moved nothing.

    Raises: DatabaseUnavailable.
    """
    if not is_key(key):
        return None
    query = (
        select(Transfer, Person.id, Person.name, Person.phone)
        .join(PaymentCommand, col(PaymentCommand.transfer_id) == col(Transfer.id))
        .join(Account, col(Account.id) == col(Transfer.credit_account_id))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(PaymentCommand.person_id == person_id, PaymentCommand.key == key)
    )
    found = db.read(lambda session: session.exec(query).first())
    if found is None:
        return None
    transfer, payee_id, payee_name, payee_phone = found
    return receipt_of(
        PaymentAnswer(
            outcome="replayed",
            reference=transfer.reference,
            amount_paise=transfer.amount_paise,
            note=transfer.note,
            created_at=transfer.created_at,
            payer_balance_paise=transfer.debit_balance_after_paise,
            payee_id=payee_id,
            payee_name=payee_name,
            payee_phone=payee_phone,
        )
    )


def preview_payment(*, person_id: UUID, payee_id: UUID, amount_paise: int, note: str) -> PaymentPreview:
    """What ``send_money`` would do now, with everything that it would refuse refused already. Nothing moves.

    Raises: what ``send_money`` raises, but for the key; AccountMissing.
    """
    note = _check_inputs(person_id, payee_id, amount_paise, note)

    def work(session: Session) -> PaymentPreview:
        blocked_at, frozen_at = session.exec(
            select(Person.blocked_at, Person.frozen_at).where(Person.id == person_id)
        ).first() or (None, None)
        if blocked_at is not None:
            raise PersonBlocked
        if frozen_at is not None:
            raise PersonFrozen
        columns = select(Person.name, Person.phone)
        payee = session.exec(columns.where(Person.id == payee_id, col(Person.blocked_at).is_(None))).first()
        if payee is None:
            raise PayeeNotFound
        mine = select(Account.balance_paise, Account.debits_frozen_at)
        available_paise, debits_frozen_at = session.exec(
            mine.where(Account.person_id == person_id, Account.kind == AccountKind.AVAILABLE)
        ).first() or (None, None)
        if available_paise is None:
            raise AccountMissing(f"person {person_id} has no available account")
        if debits_frozen_at is not None:
            raise AccountFrozen
        if available_paise < amount_paise:
            raise InsufficientBalance(available_paise=available_paise)
        return PaymentPreview(payee_id, *payee, amount_paise, note, available_paise - amount_paise)

    return db.read(work)


def _check_inputs(person_id: UUID, payee_id: UUID, amount_paise: int, note: str) -> str:
    """All that can be refused without a look at the database. Answers the note as it is kept.

    Raises: amount errors of ``check_amount_paise``, InvalidNote, InvisibleNote, PayeeNotFound, PayeeIsPayer.
    """
    check_amount_paise(amount_paise)
    note = check_note(note)
    if not isinstance(payee_id, UUID):
        raise PayeeNotFound
    if payee_id == person_id:
        raise PayeeIsPayer
    return note


def check_note(note: str) -> str:
    """The note without the space around it.

    Raises: InvalidNote (not a text, too long, or with characters that show nothing or turn the line around),
    InvisibleNote (of nothing else than joiners and fillers).
    """
    if not isinstance(note, str):
        raise InvalidNote(max_characters=MAX_NOTE_CHARACTERS)
    # One spelling of each letter, so that the same note is the same inputs whatever keyboard wrote it.
    note = unicodedata.normalize("NFC", note).strip()
    if len(note) > MAX_NOTE_CHARACTERS or has_unfit_characters(note):
        raise InvalidNote(max_characters=MAX_NOTE_CHARACTERS)
    if note and not shows_something(note):
        raise InvisibleNote
    return note


def raise_refusal(answer: PaymentAnswer) -> None:
    """Raises what the answer of a function that pays means, where it means a refusal."""
    match answer.outcome:
        case "sent" | "replayed":
            return
        case "key-conflict":
            raise KeyConflict
        case "payee-is-payer":
            raise PayeeIsPayer
        case "payer-blocked":
            raise PersonBlocked
        case "payer-frozen":
            raise PersonFrozen
        case "account-frozen":
            raise AccountFrozen
        case "payee-not-found":
            raise PayeeNotFound
        case "balance-insufficient":
            raise InsufficientBalance(available_paise=answer.payer_balance_paise or 0)
        case other:
            raise AssertionError(f"a function that pays answered {other}")


def receipt_of(answer: PaymentAnswer) -> Receipt:
    """The payer's receipt of a payment that was made, now or before."""
    if answer.reference is None or answer.amount_paise is None or answer.created_at is None:
        raise AssertionError("wallet_send_payments answered a success without its transfer")
    return Receipt(
        reference=answer.reference,
        kind=ActivityKind.SENT,
        status=ActivityStatus.SUCCEEDED,
        amount_paise=-answer.amount_paise,
        counterparty=answer.payee_name or "",
        counterparty_phone=answer.payee_phone or "",
        counterparty_id=answer.payee_id,
        note=answer.note or "",
        at=answer.created_at,
        balance_after_paise=answer.payer_balance_paise,
        failure_code="",
        bank_page_url="",
        bank_payment_id="",
        corrects_reference="",
        timeline=[TimelineStep("sent", answer.created_at)],
    )
