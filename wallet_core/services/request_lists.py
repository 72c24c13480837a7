"""Requests for money as their two people see them, and whom one has blocked."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select
from sqlmodel import Session, col

from wallet_core import db
from wallet_core.errors import RequestNotFound
from wallet_core.ids import may_be_reference
from wallet_core.models import PaymentRequest, Person, PersonBlock, Transfer
from wallet_core.phones import mask_phone
from wallet_core.services.sides import AnyRow
from wallet_core.views import BlockedPerson, MoneyRequest, RequestPage, RequestSide, RequestStatus

MAX_PAGE_REQUESTS: Final = 100

#: Whom one has blocked, on one page of the settings.
MAX_BLOCKED_LISTED: Final = 200

#: By the database's clock, which also decides about paying: machines may disagree.
IS_OPEN: Final = and_(
    col(PaymentRequest.status) == RequestStatus.OPEN, col(PaymentRequest.expires_at) > func.clock_timestamp()
)


def list_requests(*, person_id: UUID, side: RequestSide, only_open: bool = False, limit: int = 25) -> RequestPage:
    """The newest of what this person was asked for, or has asked for.

    Raises: DatabaseUnavailable.
    """
    limit = max(1, min(limit, MAX_PAGE_REQUESTS))
    query = _requests(person_id, side)
    if only_open:
        query = query.where(IS_OPEN)
    query = query.order_by(col(PaymentRequest.created_at).desc(), col(PaymentRequest.id).desc()).limit(limit + 1)

    def work(session: Session) -> RequestPage:
        found = session.connection().execute(query).all()
        return RequestPage([_view(row, side) for row in found[:limit]], has_more=len(found) > limit)

    return db.read(work)


def read_request(*, person_id: UUID, reference: str) -> MoneyRequest:
    """A request of which this person is one of the two.

    Raises: RequestNotFound, DatabaseUnavailable.
    """
    wanted = checked_reference(reference)
    return db.read(lambda session: read_own(session, person_id, wanted))


def list_blocked(*, person_id: UUID) -> list[BlockedPerson]:
    """Whom this person has blocked, the last one first.

    Raises: DatabaseUnavailable.
    """
    query = (
        select(col(Person.id), col(Person.name), col(Person.phone), col(PersonBlock.created_at))
        .join(Person, col(Person.id) == col(PersonBlock.blocked_id))
        .where(col(PersonBlock.blocker_id) == person_id)
        .order_by(col(PersonBlock.created_at).desc(), col(Person.id))
        .limit(MAX_BLOCKED_LISTED)
    )

    def work(session: Session) -> list[BlockedPerson]:
        found = session.connection().execute(query)
        return [BlockedPerson(row.id, row.name, mask_phone(row.phone), row.created_at) for row in found]

    return db.read(work)


def own_side(side: RequestSide) -> Any:
    """The column of the person whose side this is."""
    return col(PaymentRequest.payer_id) if side == RequestSide.INCOMING else col(PaymentRequest.requester_id)


def read_own(session: Session, person_id: UUID, reference: str) -> MoneyRequest:
    """The same in the caller's transaction. Raises: RequestNotFound."""
    for side in RequestSide:
        query = _requests(person_id, side).where(col(PaymentRequest.reference) == reference)
        found = session.connection().execute(query).first()
        if found is not None:
            return _view(found, side)
    raise RequestNotFound


def checked_reference(reference: object) -> str:
    """Raises: RequestNotFound, for what cannot be one."""
    if not may_be_reference(reference):
        raise RequestNotFound
    return reference


def _requests(person_id: UUID, side: RequestSide) -> Select[*tuple[Any, ...]]:
    """The requests of one person on one side, with who stands on the other."""
    other = RequestSide.OUTGOING if side == RequestSide.INCOMING else RequestSide.INCOMING
    is_overdue = (col(PaymentRequest.status) == RequestStatus.OPEN) & ~IS_OPEN
    return (
        select(
            col(PaymentRequest.id),
            col(PaymentRequest.reference),
            col(PaymentRequest.amount_paise),
            col(PaymentRequest.note),
            col(PaymentRequest.created_at),
            col(PaymentRequest.expires_at),
            case((is_overdue, col(PaymentRequest.expires_at)), else_=col(PaymentRequest.ended_at)).label("ended_at"),
            case((is_overdue, RequestStatus.EXPIRED), else_=col(PaymentRequest.status)).label("status"),
            col(Person.id).label("person_id"),
            col(Person.name),
            col(Person.phone),
            col(Transfer.reference).label("payment_reference"),
        )
        .join(Person, col(Person.id) == own_side(other))
        .outerjoin(Transfer, col(Transfer.id) == col(PaymentRequest.transfer_id))
        .where(own_side(side) == person_id)
    )


def _view(row: AnyRow, side: RequestSide) -> MoneyRequest:
    return MoneyRequest(
        reference=row.reference,
        side=side,
        counterparty_id=row.person_id,
        counterparty=row.name,
        counterparty_phone=row.phone if side == RequestSide.INCOMING else mask_phone(row.phone),
        amount_paise=row.amount_paise,
        note=row.note,
        status=RequestStatus(row.status),
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        payment_reference=row.payment_reference or "",
    )
