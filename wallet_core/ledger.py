"""The money rules. Nothing but this and ``settling``, for what banks say, writes accounts and transfers.

A transfer takes ``amount_paise`` from its debit account and puts it into its credit account: debit is where the money
leaves, credit where it arrives. (An accountant of the wallet's operator would call a person's account a liability, and
a movement out of it a debit: the same words.) Adding money debits the bank's settlement account and credits the person.

Money moves inside SQL functions (``alembic/sql``), each called as one statement that PostgreSQL commits by itself:
lock, check, write and answer in one round trip. ``tests/readable_rule.py`` is the same rule in Python, to be read, and
to be compared with the function.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import psycopg
from sqlalchemy import func, text, update
from sqlmodel import Session, col

from wallet_core import db
from wallet_core.array_literals import array, bytes_element, text_element
from wallet_core.combining import Combiner
from wallet_core.errors import AccountMissing, DatabaseUnavailable
from wallet_core.models import Account, AccountKind, TransferKind

logger = logging.getLogger(__name__)

#: What the functions raise when the books themselves are broken, in a class that PostgreSQL leaves to users.
ACCOUNT_MISSING_STATE: Final = "WA001"

#: Of payments: one works while the other waits for the disk. A third makes all of them smaller, and gains nothing.
BATCHES_AT_ONCE: Final = 2

#: Who needs a row that somebody holds waits a quarter of a second for it (lock_timeout of the functions). Most often
#: another batch of ours holds it, at an account that many pay: one by one, with a commit each, all would wait longer.
TRIES_TOGETHER: Final = 2

#: Before the second: whoever waited for what the first had locked gets it now. At once we would be back before them.
STEP_ASIDE_S: Final = 0.02

#: Then each is made alone. Beyond this the rest is told to repeat: others wait behind them.
ONE_BY_ONE_S: Final = 2


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """A row of ``wallet_send_payments``; what each field means stands there. Nothing but ``sent`` wrote anything."""

    outcome: str
    reference: str | None
    amount_paise: int | None
    note: str | None
    created_at: datetime | None
    payer_balance_paise: int | None
    payee_id: UUID | None
    payee_name: str | None
    payee_phone: str | None


@dataclass(frozen=True, slots=True)
class PostingAnswer:
    """A row of ``wallet_post_transfer``; what each field means stands there."""

    outcome: str
    transfer_id: int | None
    created_at: datetime | None
    debit_balance_paise: int | None


def open_accounts(session: Session, person_id: UUID) -> None:
    """Gives a new person the two accounts of their money, both empty. The person's row must be flushed already."""
    session.add_all(
        Account(kind=kind, person_id=person_id, balance_paise=0) for kind in (AccountKind.AVAILABLE, AccountKind.LOCKED)
    )
    session.flush()


@dataclass(frozen=True, slots=True)
class Payment:
    """A command to pay somebody: the inputs of ``wallet_send_payments`` for one place of its arrays."""

    payer_id: UUID
    payee_id: UUID
    amount_paise: int
    note: str
    key: str
    inputs_sha256: bytes
    reference: str


#: A payment's element of each of ``_ARRAYS``.
_Elements = tuple[str, ...]

_ARRAYS: Final = ("payer_ids", "payee_ids", "amounts_paise", "notes", "keys", "inputs_sha256", "references")

_SEND_PAYMENTS: Final[LiteralString] = """
    SELECT * FROM wallet_send_payments(
        %(payer_ids)s::uuid[], %(payee_ids)s::uuid[], %(amounts_paise)s::bigint[], %(notes)s::text[], %(keys)s::text[],
        %(inputs_sha256)s::bytea[], %(references)s::text[]
    )
"""


def send_money(
    *, payer_id: UUID, payee_id: UUID, amount_paise: int, note: str, key: str, inputs_sha256: bytes, reference: str
) -> PaymentAnswer:
    """Moves money from one person's available account to another's, once for each (payer, key).

    The key binds when the money moves and not before: a refused command leaves it free. Payments of other threads that
    wait at the same moment share the round trip, the locks and the commit; each is judged for itself.
    Raises: AccountMissing, DatabaseUnavailable.
    """
    payment = Payment(payer_id, payee_id, amount_paise, note, key, inputs_sha256, reference)
    return _payments.call(_array_elements(payment))


def _send_batch(payments: Sequence[_Elements]) -> list[PaymentAnswer | Exception]:
    """One statement for all, and once more where somebody holds a row. Where it fails, one for each: a broken book, a
    poisoned row or a locked one harms nobody else.

    Raises: DatabaseUnavailable.
    """
    for _ in range(TRIES_TOGETHER):
        try:
            return list(_send(payments))
        except DatabaseUnavailable as error:
            if not db.is_held_up(error):
                raise
            failure: Exception = error
            time.sleep(STEP_ASIDE_S)
        except psycopg.Error as error:
            failure = _translated(error)
            break
    if len(payments) == 1:
        return [failure]
    logger.warning("a batch of %d payments failed (%s), each is made alone", len(payments), type(failure).__name__)
    until_s = time.monotonic() + ONE_BY_ONE_S
    return [_send_alone(payment) if time.monotonic() < until_s else DatabaseUnavailable() for payment in payments]


def _send_alone(payment: _Elements) -> PaymentAnswer | Exception:
    try:
        return _send([payment])[0]
    except DatabaseUnavailable as error:
        return error
    except psycopg.Error as error:
        return _translated(error)


def _send(payments: Sequence[_Elements]) -> list[PaymentAnswer]:
    arrays = dict(zip(_ARRAYS, map(array, zip(*payments, strict=True)), strict=True))
    return db.call_function(_SEND_PAYMENTS, arrays, PaymentAnswer)


def _array_elements(payment: Payment) -> _Elements:
    """Written by each caller for itself and not by the leader for all: who waits for a batch gets ready meanwhile."""
    return (
        str(payment.payer_id),
        str(payment.payee_id),
        str(payment.amount_paise),
        text_element(payment.note),
        text_element(payment.key),
        bytes_element(payment.inputs_sha256),
        text_element(payment.reference),
    )


_payments: Final = Combiner(_send_batch, at_once=BATCHES_AT_ONCE)

_PAY_REQUEST: Final[LiteralString] = """
    SELECT * FROM wallet_pay_request(
        %(payer_id)s::uuid, %(request)s::text, %(key)s::text, %(inputs_sha256)s::bytea, %(reference)s::text
    )
"""


def pay_request(*, payer_id: UUID, request: str, key: str, inputs_sha256: bytes, reference: str) -> PaymentAnswer:
    """Pays an open request of this payer's and marks it paid, in one transaction. Amount and payee are the request's.

    Raises: AccountMissing, DatabaseUnavailable.
    """
    named: dict[str, object] = {"payer_id": payer_id, "request": request, "key": key}
    named |= {"inputs_sha256": inputs_sha256, "reference": reference}
    for tries_left in reversed(range(TRIES_TOGETHER)):
        try:
            return db.call_function(_PAY_REQUEST, named, PaymentAnswer)[0]
        except DatabaseUnavailable as error:
            if not tries_left or not db.is_held_up(error):
                raise
            time.sleep(STEP_ASIDE_S)
        except psycopg.Error as error:
            raise _translated(error) from error
    raise AssertionError("unreachable")


#: Money moves and its line is in the book of operators, or neither. Asked again, no second line is written.
_POST_TRANSFER: Final[LiteralString] = """
    WITH posted AS (
        SELECT * FROM wallet_post_transfer(
            %(reference)s::text, %(kind)s::text, %(debit_account_id)s::bigint, %(credit_account_id)s::bigint,
            %(amount_paise)s::bigint, %(note)s::text, %(corrects_transfer_id)s::bigint
        )
    ), written AS (
        INSERT INTO audit_entry (actor, action, person_id, reference, reason, address)
        SELECT 'terminal',
               CASE %(kind)s::text WHEN 'hold' THEN 'held' WHEN 'release' THEN 'released' ELSE 'corrected' END,
               (SELECT a.person_id FROM account a WHERE a.id = %(debit_account_id)s::bigint),
               %(reference)s::text, %(note)s::text, %(user)s::text
        FROM posted
        WHERE posted.outcome = 'posted'
          AND NOT EXISTS (SELECT FROM audit_entry e WHERE e.actor = 'terminal' AND e.reference = %(reference)s::text)
    )
    SELECT * FROM posted
"""


def post_transfer(
    *,
    reference: str,
    kind: TransferKind,
    debit_account_id: int,
    credit_account_id: int,
    amount_paise: int,
    note: str,
    corrects_transfer_id: int | None = None,
    user: str = "",
) -> PostingAnswer:
    """A hold, release or correction by ``user`` of a terminal, once for each reference. A correction moves a transfer's
    amount back.

    Raises: AccountMissing, DatabaseUnavailable.
    """
    parameters = {
        "reference": reference,
        "kind": kind,
        "debit_account_id": debit_account_id,
        "credit_account_id": credit_account_id,
        "amount_paise": amount_paise,
        "note": note,
        "corrects_transfer_id": corrects_transfer_id,
        "user": user,
    }
    try:
        return db.call_function(_POST_TRANSFER, parameters, PostingAnswer)[0]
    except psycopg.Error as error:
        raise _translated(error) from error


_CORRECT: Final = text("""
    SELECT posted.* FROM transfer t CROSS JOIN LATERAL wallet_post_transfer(
        CAST(:reference AS text), 'correction', t.credit_account_id, t.debit_account_id, t.amount_paise,
        CAST(:note AS text), t.id
    ) posted
    WHERE t.id = :transfer_id
""")


def correct(session: Session, *, transfer_id: int, reference: str, note: str) -> PostingAnswer:
    """Moves a whole transfer back in the caller's transaction, with whatever else is to be true from then on."""
    parameters = {"transfer_id": transfer_id, "reference": reference, "note": note}
    return PostingAnswer(*session.connection().execute(_CORRECT, parameters).one())


def set_debits_frozen(session: Session, account_id: int, *, frozen: bool) -> None:
    """From now on the account gives nothing, or may give again. What it is credited lands either way."""
    moment = func.coalesce(col(Account.debits_frozen_at), func.clock_timestamp()) if frozen else None
    session.connection().execute(update(Account).where(col(Account.id) == account_id).values(debits_frozen_at=moment))


def _translated(error: psycopg.Error) -> Exception:
    return AccountMissing(str(error)) if error.sqlstate == ACCOUNT_MISSING_STATE else error
