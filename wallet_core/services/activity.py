"""What a person sees of their money: the balance, the history, and one receipt."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, and_, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from wallet_core import db
from wallet_core.banks import bank_name
from wallet_core.errors import AccountMissing, TransferNotFound
from wallet_core.ids import may_be_reference
from wallet_core.models import Account, AccountKind, Onramp, OnrampStatus, OnrampUnmoved, Person, Transfer, TransferKind
from wallet_core.models.base import BIGINT
from wallet_core.services import history, sides
from wallet_core.services.sides import AnyRow
from wallet_core.views import (
    ActivityFilter,
    ActivityKind,
    ActivityPage,
    ActivityStatus,
    Balance,
    Direction,
    Receipt,
    TimelineStep,
)

#: An export reads page after page; larger ones would hold a snapshot and memory for long.
MAX_PAGE_ROWS: Final = 500

_EVERYTHING: Final = ActivityFilter()

_BALANCES: Final = select(col(Account.kind), col(Account.balance_paise)).where(col(Account.person_id) == sides.PERSON)

_ON_THE_WAY: Final = (
    select(col(Onramp.bank_code), cast(func.sum(col(Onramp.amount_paise)), BIGINT).label("sum_paise"))
    .join(OnrampUnmoved, col(OnrampUnmoved.reference) == col(Onramp.reference))
    .where(col(OnrampUnmoved.person_id) == sides.PERSON, col(OnrampUnmoved.ended_at).is_(None))
    .group_by(col(Onramp.bank_code))
    .order_by(func.min(col(Onramp.created_at)))
)


def read_balance(*, person_id: UUID) -> Balance:
    """Raises: AccountMissing, DatabaseUnavailable."""

    def work(session: Session) -> Balance:
        whose = {"person_id": person_id}
        balances = {row.kind: row.balance_paise for row in session.connection().execute(_BALANCES, whose)}
        if len(balances) != 2:
            raise AccountMissing(f"person {person_id} has not two accounts")
        on_the_way = session.connection().execute(_ON_THE_WAY, whose).all()
        return Balance(
            available_paise=balances[AccountKind.AVAILABLE],
            locked_paise=balances[AccountKind.LOCKED],
            on_the_way_paise=sum(row.sum_paise for row in on_the_way),
            on_the_way_banks=[bank_name(row.bank_code) for row in on_the_way],
        )

    return db.read(work)


def list_activity(
    *, person_id: UUID, filter: ActivityFilter = _EVERYTHING, cursor: str | None = None, limit: int = 25
) -> ActivityPage:
    """A page of the history, newest first; at most ``limit`` rows (1 to MAX_PAGE_ROWS).

    Holds and releases are neither money in nor money out. With a text or a source, a page of a very long history may
    have fewer rows, even none, and still a ``next_cursor`` (see ``history.SCANNED_ROWS``).
    Raises: InvalidCursor, InvalidInput (a month out of the calendar), AccountMissing, DatabaseUnavailable.
    """
    start = history.NEWEST if cursor is None else history.read_position(cursor)
    rows = max(1, min(limit, MAX_PAGE_ROWS))
    return db.read(lambda session: history.read_page(session, person_id, filter, start, rows))


def read_receipt(*, person_id: UUID, reference: str) -> Receipt:
    """One movement, or one order that moved nothing, as this person sees it.

    Raises: TransferNotFound (no such reference, or somebody else's: one answer for both), DatabaseUnavailable.
    """
    if not may_be_reference(reference):
        raise TransferNotFound

    def work(session: Session) -> Receipt:
        found = session.connection().execute(_own_sides(person_id, reference)).all()
        if found:
            # A hold has the person on both sides: it is told from the available one.
            return _transfer_receipt(min(found, key=lambda row: row.own_kind != AccountKind.AVAILABLE))
        order = select(Onramp).where(
            col(Onramp.reference) == reference,
            col(Onramp.person_id) == person_id,
            col(Onramp.status) != OnrampStatus.SUCCEEDED,
        )
        onramp = session.scalars(order).first()
        if onramp is None:
            raise TransferNotFound
        return _onramp_receipt(onramp)

    return db.read(work)


def _own_sides(person_id: UUID, reference: str) -> CompoundSelect[*tuple[Any, ...]]:
    """A row for each side of the transfer that is an account of this person."""
    return union_all(*(_own_side(person_id, reference, direction) for direction in Direction))


def _own_side(person_id: UUID, reference: str, direction: Direction) -> Select[*tuple[Any, ...]]:
    own_id, other_id, balance_after = sides.side(direction)
    own, other, corrected = aliased(Account), aliased(Account), aliased(Transfer)
    return (
        select(
            col(Transfer.reference),
            col(Transfer.kind),
            col(Transfer.amount_paise),
            literal(direction.value).label("direction"),
            balance_after.label("balance_after_paise"),
            col(Transfer.note),
            col(Transfer.created_at),
            col(own.kind).label("own_kind"),
            col(other.kind).label("other_kind"),
            col(other.bank_code),
            col(Person.id).label("other_person_id"),
            col(Person.name),
            col(Person.phone),
            col(Onramp.payment_id),
            col(Onramp.created_at).label("ordered_at"),
            col(Onramp.settled_at),
            col(corrected.reference).label("corrects_reference"),
        )
        .select_from(Transfer)
        .join(own, and_(col(own.id) == own_id, col(own.person_id) == person_id))
        .join(other, col(other.id) == other_id)
        .outerjoin(Person, col(Person.id) == col(other.person_id))
        .outerjoin(Onramp, col(Onramp.reference) == col(Transfer.reference))
        .outerjoin(corrected, col(corrected.id) == col(Transfer.corrects_transfer_id))
        .where(col(Transfer.reference) == reference)
    )


def _transfer_receipt(row: AnyRow) -> Receipt:
    direction = Direction(row.direction)
    has_person = row.other_kind == AccountKind.AVAILABLE
    return Receipt(
        reference=row.reference,
        kind=sides.activity_kind(row.kind, direction),
        status=ActivityStatus.SUCCEEDED,
        amount_paise=row.amount_paise if direction == Direction.IN else -row.amount_paise,
        counterparty=sides.counterparty_name(row.other_kind, row.name, row.bank_code),
        counterparty_phone=row.phone if has_person else "",
        counterparty_id=row.other_person_id if has_person else None,
        note=row.note,
        at=row.created_at,
        balance_after_paise=row.balance_after_paise,
        failure_code="",
        bank_page_url="",
        bank_payment_id=row.payment_id or "",
        corrects_reference=row.corrects_reference or "",
        timeline=_transfer_timeline(row, direction),
    )


def _transfer_timeline(row: AnyRow, direction: Direction) -> list[TimelineStep]:
    if row.kind == TransferKind.PAYMENT:
        return [TimelineStep("credited" if direction == Direction.IN else "sent", row.created_at)]
    if row.kind == TransferKind.ONRAMP:
        return [
            TimelineStep("created", row.ordered_at),
            TimelineStep("bank-confirmed", row.settled_at),
            TimelineStep("credited", row.created_at),
        ]
    return [TimelineStep("created", row.created_at)]


def _onramp_receipt(onramp: Onramp) -> Receipt:
    is_waiting = onramp.status == OnrampStatus.PROCESSING
    created = TimelineStep("created", onramp.created_at)
    waiting = [TimelineStep("waiting", None), TimelineStep("credited", None)]
    return Receipt(
        reference=onramp.reference,
        kind=ActivityKind.ONRAMP,
        status=ActivityStatus(onramp.status),
        amount_paise=onramp.amount_paise,
        counterparty=bank_name(onramp.bank_code),
        counterparty_phone="",
        counterparty_id=None,
        note="",
        at=onramp.created_at,
        balance_after_paise=None,
        failure_code=onramp.failure_code,
        bank_page_url=(onramp.page_url or "") if is_waiting else "",
        bank_payment_id=onramp.payment_id or "",
        corrects_reference="",
        timeline=[created, *(waiting if is_waiting else [TimelineStep(onramp.status, onramp.settled_at)])],
    )
