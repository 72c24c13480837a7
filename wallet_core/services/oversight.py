"""What operators look at: what is stuck, what disagrees, what is frozen, and one person or transfer that they look for.

Each look is written down in the transaction that makes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from wallet_core.db import in_transaction
from wallet_core.errors import InvalidPhone
from wallet_core.ids import may_be_reference
from wallet_core.phones import mask_phone, normalise_phone
from wallet_core.rate_limit import Limit
from wallet_core.services.audit_book import write_entry
from wallet_core.services.auditor import Audited, audited
from wallet_core.services.corrections import Proposal, read_proposals
from wallet_core.services.operators import EntryPage, read_entries, require_operator
from wallet_core.services.reconciliation import FullReconciliation, reconcile
from wallet_core.views import AuditAction, AuditActor, DriftKind, OperatorAsking

#: An order that the bank was asked about for so long and that has not ended.
STUCK_AFTER: Final = timedelta(minutes=5)

#: Of each list on the page; somebody who has more of them needs a terminal.
MAX_ROWS: Final = 50

#: Of a person, the newest.
MAX_MOVEMENTS: Final = 20

#: An operator who looks for more people than this does not help customers.
SEARCHES_OF_OPERATOR: Final = Limit("operator-searches", capacity=60, refill_every_s=60)

#: It reads every row: one in five minutes, whoever asks.
RECONCILING: Final = Limit("reconciling", capacity=1, refill_every_s=300)

#: The last reconciliation is looked for among so many of the newest entries.
_NEWEST_ENTRIES: Final = 20_000

_STUCK: Final = text("""
    SELECT o.reference, p.name, p.phone, o.bank_code, o.amount_paise, o.created_at,
           (SELECT d.reason FROM disputed_message d
            WHERE d.reference = o.reference ORDER BY d.id DESC LIMIT 1) AS dispute
    FROM onramp_unmoved u JOIN onramp o ON o.reference = u.reference JOIN person p ON p.id = o.person_id
    WHERE u.ended_at IS NULL AND (
        u.created_at < now() - :stuck_after OR EXISTS (SELECT FROM disputed_message d WHERE d.reference = u.reference)
    )
    ORDER BY u.created_at LIMIT :max_rows
""")
_DISPUTES: Final = text("""
    SELECT d.received_at, d.reason, d.reference, d.message_id, coalesce(o.status, '') AS order_status
    FROM disputed_message d LEFT JOIN onramp o ON o.reference = d.reference ORDER BY d.id DESC LIMIT :max_rows
""")
_BOOKS: Final = text("""
    SELECT bank_code, stated_count, stated_paise, credited_count, credited_paise, returned_paise
    FROM bank_book ORDER BY bank_code
""")
_DRIFTS: Final = text("""
    SELECT d.id, d.kind, d.subject, d.account_id, coalesce(p.name, '') AS name, d.ours_paise, d.theirs_paise, d.found_at
    FROM drift d LEFT JOIN account a ON a.id = d.account_id LEFT JOIN person p ON p.id = a.person_id
    WHERE d.cleared_at IS NULL ORDER BY d.id LIMIT :max_rows
""")
_FROZEN: Final = text("""
    SELECT id, name, phone, frozen_at FROM person WHERE frozen_at IS NOT NULL ORDER BY frozen_at DESC LIMIT :max_rows
""")
_RECONCILED: Final = text("""
    SELECT at, reason FROM audit_entry
    WHERE action = 'reconciled' AND id > (SELECT coalesce(max(id), 0) FROM audit_entry) - :newest
    ORDER BY id DESC LIMIT 1
""")
_PERSON: Final = text("""
    SELECT p.id, p.name, p.phone, p.created_at, p.frozen_at, p.blocked_at IS NOT NULL AS is_blocked,
           p.operator_since IS NOT NULL AS is_operator, available.id AS account_id,
           available.balance_paise AS available_paise, locked.balance_paise AS locked_paise,
           available.debits_frozen_at IS NOT NULL OR locked.debits_frozen_at IS NOT NULL AS has_frozen_account
    FROM person p
    JOIN account available ON available.person_id = p.id AND available.kind = 'available'
    JOIN account locked ON locked.person_id = p.id AND locked.kind = 'locked'
    WHERE p.phone = :phone
""")
_MOVEMENTS: Final = text("""
    SELECT t.reference, t.kind, t.amount_paise, t.created_at, t.credit_account_id = :account_id AS is_in,
           coalesce(other_person.name, other.bank_code, 'Suspense') AS counterparty
    FROM (
        (SELECT * FROM transfer WHERE debit_account_id = :account_id ORDER BY id DESC LIMIT :max_movements)
        UNION ALL
        (SELECT * FROM transfer WHERE credit_account_id = :account_id ORDER BY id DESC LIMIT :max_movements)
    ) t
    JOIN account other ON other.id = CASE WHEN t.credit_account_id = :account_id THEN t.debit_account_id
                                          ELSE t.credit_account_id END
    LEFT JOIN person other_person ON other_person.id = other.person_id
    ORDER BY t.id DESC LIMIT :max_movements
""")
_TRANSFER: Final = text("""
    SELECT t.reference, t.kind, t.amount_paise, t.note, t.created_at,
           coalesce(dp.name, d.bank_code, 'Suspense') AS payer, coalesce(dp.phone, '') AS payer_phone,
           coalesce(cp.name, c.bank_code, 'Suspense') AS payee, coalesce(cp.phone, '') AS payee_phone,
           coalesce(first.reference, '') AS corrects_reference, coalesce(later.reference, '') AS corrected_by
    FROM transfer t
    JOIN account d ON d.id = t.debit_account_id LEFT JOIN person dp ON dp.id = d.person_id
    JOIN account c ON c.id = t.credit_account_id LEFT JOIN person cp ON cp.id = c.person_id
    LEFT JOIN transfer first ON first.id = t.corrects_transfer_id
    LEFT JOIN transfer later ON later.corrects_transfer_id = t.id
    WHERE t.reference = :reference
""")
_ORDER: Final = text("""
    SELECT o.reference, 'order, ' || o.status AS kind, o.amount_paise, o.failure_code AS note, o.created_at,
           o.bank_code AS payer, '' AS payer_phone, p.name AS payee, p.phone AS payee_phone,
           '' AS corrects_reference, '' AS corrected_by
    FROM onramp o JOIN person p ON p.id = o.person_id WHERE o.reference = :reference
""")


@dataclass(frozen=True, slots=True)
class StuckOrder:
    reference: str
    name: str
    masked_phone: str
    bank_code: str
    amount_paise: int
    created_at: datetime
    dispute: str  # "" where no message came, else why the bank's message was not believed


@dataclass(frozen=True, slots=True)
class DisputeLine:
    received_at: datetime
    reason: str
    reference: str
    message_id: str
    order_status: str  # "" where we have no such order


@dataclass(frozen=True, slots=True)
class Book:
    """One bank: what it says it sent, what we credited, and what corrections gave back."""

    bank_code: str
    stated_count: int
    stated_paise: int
    credited_count: int
    credited_paise: int
    returned_paise: int


@dataclass(frozen=True, slots=True)
class OpenDrift:
    drift_id: int
    kind: DriftKind
    subject: str
    account_id: int | None
    name: str
    ours_paise: int
    theirs_paise: int
    found_at: datetime


@dataclass(frozen=True, slots=True)
class FrozenPerson:
    person_id: UUID
    name: str
    masked_phone: str
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    raised_until: datetime
    audited: Audited
    reconciled_at: datetime | None
    reconciled: str  # how the last full reconciliation ended
    stuck: list[StuckOrder]
    disputes: list[DisputeLine]
    books: list[Book]
    drifts: list[OpenDrift]
    frozen: list[FrozenPerson]
    proposals: list[Proposal]
    entries: EntryPage


@dataclass(frozen=True, slots=True)
class Movement:
    reference: str
    kind: str
    amount_paise: int
    at: datetime
    is_in: bool
    counterparty: str


@dataclass(frozen=True, slots=True)
class FoundPerson:
    person_id: UUID
    name: str
    phone: str  # E.164
    since: datetime
    frozen_at: datetime | None
    is_blocked: bool
    is_operator: bool
    available_paise: int
    locked_paise: int
    has_frozen_account: bool
    movements: list[Movement]  # newest first


@dataclass(frozen=True, slots=True)
class FoundTransfer:
    """A transfer, or an order at a bank that moved nothing (its kind says so)."""

    reference: str
    kind: str
    amount_paise: int
    note: str
    at: datetime
    payer: str
    payer_phone: str
    payee: str
    payee_phone: str
    corrects_reference: str
    corrected_by: str


@dataclass(frozen=True, slots=True)
class Found:
    person: FoundPerson | None = None
    transfer: FoundTransfer | None = None


def look(asking: OperatorAsking, *, by_itself: bool = False) -> Overview:
    """All of the page. ``by_itself``: it reads itself anew, which is no act of the operator's.

    Raises: NotOperator, OperatorPasswordNeeded.
    """

    def work(session: Session) -> Overview:
        until = require_operator(session, asking, extends=not by_itself)
        if not by_itself:
            write_entry(session, AuditAction.LOOKED, asking)
        reconciled = session.connection().execute(_RECONCILED, {"newest": _NEWEST_ENTRIES}).first()
        return Overview(
            raised_until=until,
            audited=audited(session),
            reconciled_at=reconciled.at if reconciled else None,
            reconciled=reconciled.reason if reconciled else "",
            stuck=[_masked(StuckOrder, row) for row in _rows(session, _STUCK, stuck_after=STUCK_AFTER)],
            disputes=[DisputeLine(*row) for row in _rows(session, _DISPUTES)],
            books=[Book(*row) for row in session.connection().execute(_BOOKS)],
            drifts=[OpenDrift(row[0], DriftKind(row[1]), *row[2:]) for row in _rows(session, _DRIFTS)],
            frozen=[_masked(FrozenPerson, row) for row in _rows(session, _FROZEN)],
            proposals=read_proposals(session, asking),
            entries=read_entries(session),
        )

    return in_transaction(work)


def search(asking: OperatorAsking, *, words: str) -> Found:
    """A transfer or an order by its reference, or a person by their phone; nothing where there is none.

    Raises: TooManyAttempts, NotOperator, OperatorPasswordNeeded.
    """
    wanted = words.strip() if isinstance(words, str) else ""  # type: ignore[redundant-expr]
    try:
        phone = normalise_phone(wanted)
    except InvalidPhone:
        phone = ""
    in_transaction(lambda session: require_operator(session, asking))
    SEARCHES_OF_OPERATOR.take(str(asking.person_id))

    def work(session: Session) -> Found:
        require_operator(session, asking)
        person = _find_person(session, phone) if phone else None
        # Ours are in capitals, and read out over the telephone; a row that somebody made up may have any.
        transfer = None if phone else _find_transfer(session, wanted) or _find_transfer(session, wanted.upper())
        write_entry(
            session,
            AuditAction.SEARCHED,
            asking,
            person_id=person.person_id if person else None,
            reference=transfer.reference if transfer else mask_phone(phone) if phone else wanted,
        )
        return Found(person, transfer)

    return in_transaction(work)


def reconcile_now(asking: OperatorAsking) -> FullReconciliation:
    """Works out every balance and every order from nothing, now, and writes down what came of it.

    Raises: TooManyAttempts, NotOperator, OperatorPasswordNeeded.
    """
    in_transaction(lambda session: require_operator(session, asking))
    RECONCILING.take("everybody")
    found = reconcile()

    def work(session: Session) -> None:
        require_operator(session, asking)
        write_entry(session, AuditAction.RECONCILED, asking, reason=summary(found))

    in_transaction(work)
    return found


def record_reconciliation(found: FullReconciliation) -> None:
    """Writes down what a reconciliation at a terminal found, for those who look at the page.

    Raises: DatabaseUnavailable (a copy of the database that is only read).
    """

    def work(session: Session) -> None:
        write_entry(session, AuditAction.RECONCILED, actor=AuditActor.TERMINAL, reason=summary(found))

    in_transaction(work)


def summary(found: FullReconciliation) -> str:
    """One line for the book."""
    if found.is_right:
        return f"right: {found.accounts} accounts, {found.transfers} transfers, {found.onramps} orders"
    return (
        f"WRONG: {len(found.differences)} balances, {len(found.broken_balances)} rows,"
        f" {len(found.onramps_at_odds)} orders, sum {found.sum_of_books_paise} paise"
    )


def _rows(session: Session, query: Any, **parameters: object) -> Any:
    return session.connection().execute(query, {"max_rows": MAX_ROWS, **parameters}).all()


def _masked(kind: Any, row: Any) -> Any:
    """The third column of these lists is a phone: whole it is shown to who looks for one person."""
    return kind(row[0], row[1], mask_phone(row[2]), *row[3:-1], row[-1] or "")


def _find_person(session: Session, phone: str) -> FoundPerson | None:
    connection = session.connection()
    row = connection.execute(_PERSON, {"phone": phone}).first()
    if row is None:
        return None
    limits = {"account_id": row.account_id, "max_movements": MAX_MOVEMENTS}
    return FoundPerson(
        person_id=row.id,
        name=row.name,
        phone=row.phone,
        since=row.created_at,
        frozen_at=row.frozen_at,
        is_blocked=row.is_blocked,
        is_operator=row.is_operator,
        available_paise=row.available_paise,
        locked_paise=row.locked_paise,
        has_frozen_account=row.has_frozen_account,
        movements=[Movement(*movement) for movement in connection.execute(_MOVEMENTS, limits)],
    )


def _find_transfer(session: Session, reference: str) -> FoundTransfer | None:
    if not may_be_reference(reference):
        return None
    for query in (_TRANSFER, _ORDER):
        row = session.connection().execute(query, {"reference": reference}).first()
        if row is not None:
            return FoundTransfer(*row)
    return None
