"""Paying another person."""

import json
import unicodedata
from typing import Final
from uuid import UUID

from wallet_core import ledger
from wallet_core.errors import (
    InsufficientBalance,
    InvalidKey,
    InvalidNote,
    KeyConflict,
    PayeeIsPayer,
    PayeeNotFound,
    PersonBlocked,
)
from wallet_core.ids import is_key, new_reference, sha256
from wallet_core.ledger import PaymentAnswer
from wallet_core.money import check_amount_paise
from wallet_core.views import ActivityKind, ActivityStatus, Receipt, TimelineStep

#: A line on a receipt, on a phone held upright.
MAX_NOTE_CHARACTERS: Final = 60

#: Joiners are of Unicode's class Cf, as are the marks that turn text around; Indic scripts and emoji need the joiners.
_JOINERS: Final = "\u200c\u200d"
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def send_money(*, person_id: UUID, payee_id: UUID, amount_paise: int, note: str, key: str) -> Receipt:
    """Sends money at once and answers the payer's receipt.

    ``key`` is made when the form is opened. It binds when the money moves: after that, the same inputs answer the same
    receipt for ever, and other inputs are a conflict. A refused command leaves the key free, so that the same form may
    be corrected and sent again.

    Raises: InvalidKey, InvalidAmount, AmountNotPositive, AmountAboveLimit, InvalidNote, PayeeIsPayer, PayeeNotFound
    (also for a blocked payee), PersonBlocked, InsufficientBalance, KeyConflict, DatabaseUnavailable.
    """
    if not is_key(key):
        raise InvalidKey
    check_amount_paise(amount_paise)
    note = check_note(note)
    if not isinstance(payee_id, UUID):
        raise PayeeNotFound
    if payee_id == person_id:
        raise PayeeIsPayer
    answer = ledger.send_money(
        payer_id=person_id,
        payee_id=payee_id,
        amount_paise=amount_paise,
        note=note,
        key=key,
        inputs_sha256=sha256(json.dumps([str(payee_id), amount_paise, note])),
        reference=new_reference("P"),
    )
    _raise_refusal(answer)
    return _receipt(answer)


def check_note(note: str) -> str:
    """The note without the space around it.

    Raises: InvalidNote (not a text, too long, or with characters that show nothing or turn the line around).
    """
    if not isinstance(note, str):
        raise InvalidNote(max_characters=MAX_NOTE_CHARACTERS)
    # One spelling of each letter, so that the same note is the same inputs whatever keyboard wrote it.
    note = unicodedata.normalize("NFC", note).strip()
    unfit = (unicodedata.category(c) in _REFUSED_CATEGORIES and c not in _JOINERS for c in note)
    if len(note) > MAX_NOTE_CHARACTERS or any(unfit):
        raise InvalidNote(max_characters=MAX_NOTE_CHARACTERS)
    return note


def _raise_refusal(answer: PaymentAnswer) -> None:
    match answer.outcome:
        case "sent" | "replayed":
            return
        case "key-conflict":
            raise KeyConflict
        case "payee-is-payer":
            raise PayeeIsPayer
        case "payer-blocked":
            raise PersonBlocked
        case "payee-not-found":
            raise PayeeNotFound
        case "balance-insufficient":
            raise InsufficientBalance(available_paise=answer.payer_balance_paise or 0)
        case other:
            raise AssertionError(f"wallet_send_money answered {other}")


def _receipt(answer: PaymentAnswer) -> Receipt:
    if answer.reference is None or answer.amount_paise is None or answer.created_at is None:
        raise AssertionError("wallet_send_money answered a success without its transfer")
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
