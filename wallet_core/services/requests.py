"""Asking somebody for money. A request moves nothing; paying it is a payment, once for each request."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlmodel import Session, col
from sqlmodel import select as sql_select

from wallet_core import db, ledger, metrics, tracing
from wallet_core.errors import (
    InvalidInput,
    InvalidKey,
    KeyConflict,
    PersonBlocked,
    PersonCannotBeAsked,
    PersonFrozen,
    PersonIsOneself,
    PersonNotFound,
    RequestCancelled,
    RequestDeclined,
    RequestEnded,
    RequestExpired,
    RequestNotFound,
    RequestPaid,
    RequestsOfDayUsedUp,
    RequestsToPersonUsedUp,
)
from wallet_core.ids import is_key, new_reference, sha256
from wallet_core.models import PaymentRequest, Person, PersonBlock, RequestReport
from wallet_core.money import check_amount_paise
from wallet_core.notifications import notify_person
from wallet_core.services.payments import check_note, raise_refusal, receipt_of
from wallet_core.services.request_lists import IS_OPEN, checked_reference, own_side, read_own
from wallet_core.views import (
    MoneyRequest,
    Receipt,
    ReportReason,
    RequestSide,
    RequestStatus,
)

#: Long enough for a pay day to come, short enough that nobody is asked for what was settled otherwise.
EXPIRES_AFTER: Final = timedelta(days=7)

#: Asking the same person again and again is pressure: a second try and a third, then a day of peace.
MAX_TO_PERSON: Final = 3

#: A table of friends that share a bill, twice. Who asks more people than that in a day asks strangers.
MAX_OF_DAY: Final = 20

#: What the two limits above are counted over; ended requests count, or declining would invite the next one.
LIMITS_OVER: Final = timedelta(days=1)

#: One round of the sweep; the rest waits for the next one, and counts as expired meanwhile.
EXPIRED_AT_ONCE: Final = 500

_ENDED: Final[dict[str, type[RequestEnded]]] = {
    RequestStatus.PAID: RequestPaid,
    RequestStatus.DECLINED: RequestDeclined,
    RequestStatus.EXPIRED: RequestExpired,
    RequestStatus.CANCELLED: RequestCancelled,
}


def ask_for_money(*, person_id: UUID, payer_id: UUID, amount_paise: int, note: str, key: str) -> MoneyRequest:
    """Asks somebody for money. The same key and inputs answer the same request, as it is now.

    Raises: InvalidKey, InvalidAmount, AmountNotPositive, AmountAboveLimit, InvalidNote, PersonIsOneself,
    PersonCannotBeAsked, PersonBlocked, PersonFrozen, RequestsToPersonUsedUp, RequestsOfDayUsedUp, KeyConflict,
    DatabaseUnavailable.
    """
    if not is_key(key):
        raise InvalidKey
    check_amount_paise(amount_paise)
    note = check_note(note)
    # A browser may send anything at all, whatever the annotation says.
    if not isinstance(payer_id, UUID):
        raise PersonCannotBeAsked
    if payer_id == person_id:
        raise PersonIsOneself
    inputs_sha256 = sha256(json.dumps([str(payer_id), amount_paise, note]))

    def work(session: Session) -> MoneyRequest:
        blocked = _lock_people(session, person_id, payer_id)
        known = col(PaymentRequest.requester_id) == person_id, col(PaymentRequest.key) == key
        columns = select(col(PaymentRequest.reference), col(PaymentRequest.inputs_sha256)).where(*known)
        found = session.connection().execute(columns).first()
        if found is not None:
            if found.inputs_sha256 != inputs_sha256:
                raise KeyConflict
            return read_own(session, person_id, found.reference)
        if blocked.get(person_id) is not None:
            raise PersonBlocked
        # A new statement, hence a new snapshot: the row is locked, so it stays as it is here.
        if session.exec(sql_select(Person.frozen_at).where(Person.id == person_id)).one() is not None:
            raise PersonFrozen
        _check_may_ask(session, blocked, person_id, payer_id)
        reference = new_reference("Q")
        session.connection().execute(
            insert(PaymentRequest).values(
                reference=reference,
                requester_id=person_id,
                payer_id=payer_id,
                amount_paise=amount_paise,
                note=note,
                key=key,
                inputs_sha256=inputs_sha256,
                created_at=func.clock_timestamp(),
                expires_at=func.clock_timestamp() + EXPIRES_AFTER,
            )
        )
        _notify(session, person_id, payer_id)
        return read_own(session, person_id, reference)

    return db.in_transaction(work)


def pay_request(*, person_id: UUID, reference: str, key: str) -> Receipt:
    """Pays what was asked for, at once, and marks the request paid with it. Answers the payer's receipt.

    An ordinary payment with its own key: the same key again answers the same receipt; another key finds the request
    paid. A refused command changes nothing and leaves the key free.

    Raises: InvalidKey, RequestNotFound, RequestPaid, RequestDeclined, RequestExpired, RequestCancelled, PersonBlocked,
    PersonFrozen, AccountFrozen, PayeeNotFound (an operator has blocked who asked), InsufficientBalance, KeyConflict,
    DatabaseUnavailable.
    """
    with metrics.counting(metrics.SENDS), metrics.SEND_S.time(), tracing.recording("pay request"):
        return _pay(person_id, reference, key)


def _pay(person_id: UUID, reference: str, key: str) -> Receipt:
    if not is_key(key):
        raise InvalidKey
    reference = checked_reference(reference)
    answer = ledger.pay_request(
        payer_id=person_id,
        request=reference,
        key=key,
        inputs_sha256=sha256(json.dumps(["request", reference])),
        reference=new_reference("P"),
    )
    if answer.outcome == RequestNotFound.code:
        raise RequestNotFound
    for error in _ENDED.values():
        if answer.outcome == error.code:
            raise error
    raise_refusal(answer)
    return receipt_of(answer)


def decline_request(*, person_id: UUID, reference: str) -> MoneyRequest:
    """The one who was asked says no. Saying it twice is saying it once.

    Raises: RequestNotFound, RequestPaid, RequestExpired, RequestCancelled, DatabaseUnavailable.
    """
    return _end(person_id, reference, RequestSide.INCOMING, RequestStatus.DECLINED)


def cancel_request(*, person_id: UUID, reference: str) -> MoneyRequest:
    """The one who asked takes it back. Doing it twice is doing it once.

    Raises: RequestNotFound, RequestPaid, RequestDeclined, RequestExpired, DatabaseUnavailable.
    """
    return _end(person_id, reference, RequestSide.OUTGOING, RequestStatus.CANCELLED)


def expire_requests() -> int:
    """Writes down that requests have expired, and wakes both people. Answers how many.

    They count as expired from their moment on, whether or not this has run: only the telling waits for it.
    Raises: DatabaseUnavailable.
    """
    overdue = (
        select(col(PaymentRequest.id))
        .where(col(PaymentRequest.status) == RequestStatus.OPEN)
        .where(col(PaymentRequest.expires_at) <= func.clock_timestamp())
        .order_by(col(PaymentRequest.expires_at))
        .limit(EXPIRED_AT_ONCE)
        # Who is just being paid or declined ends that way; the next round looks again.
        .with_for_update(key_share=True, skip_locked=True)
    )

    def work(session: Session) -> int:
        return _end_all(session, col(PaymentRequest.id).in_(overdue), RequestStatus.EXPIRED)

    return db.in_transaction(work)


def block_requester(*, person_id: UUID, blocked_id: UUID) -> None:
    """From now on neither asks the other for money; what the blocked one has asked for is declined.

    Raises: PersonIsOneself, PersonNotFound, DatabaseUnavailable.
    """
    if not isinstance(blocked_id, UUID):
        raise PersonNotFound
    if blocked_id == person_id:
        raise PersonIsOneself

    def work(session: Session) -> None:
        # The same locks as asking: a request is either here to be declined, or comes later and is refused.
        if len(_lock_people(session, person_id, blocked_id)) != len({person_id, blocked_id}):
            raise PersonNotFound
        block = insert_or(PersonBlock).values(blocker_id=person_id, blocked_id=blocked_id)
        session.connection().execute(block.on_conflict_do_nothing())
        asked = and_(col(PaymentRequest.payer_id) == person_id, col(PaymentRequest.requester_id) == blocked_id, IS_OPEN)
        _end_all(session, asked, RequestStatus.DECLINED)
        _notify(session, person_id)

    db.in_transaction(work)


def unblock_requester(*, person_id: UUID, blocked_id: UUID) -> None:
    """Lets somebody ask again, and be asked. Somebody who is not blocked is no error.

    Raises: PersonNotFound, DatabaseUnavailable.
    """
    if not isinstance(blocked_id, UUID):
        raise PersonNotFound

    def work(session: Session) -> None:
        mine = col(PersonBlock.blocker_id) == person_id, col(PersonBlock.blocked_id) == blocked_id
        session.connection().execute(delete(PersonBlock).where(*mine))
        _notify(session, person_id)

    db.in_transaction(work)


def report_request(*, person_id: UUID, reference: str, reason: str) -> None:
    """Tells an operator about a request that this person was sent. ``reason``: one of ReportReason. The first report of
    a request stands.

    Raises: InvalidInput (no such reason), RequestNotFound, DatabaseUnavailable.
    """
    wanted = checked_reference(reference)
    try:
        known_reason = ReportReason(reason)
    except ValueError:
        raise InvalidInput from None

    def work(session: Session) -> None:
        mine = col(PaymentRequest.reference) == wanted, col(PaymentRequest.payer_id) == person_id
        request_id = session.connection().execute(select(col(PaymentRequest.id)).where(*mine)).scalar()
        if request_id is None:
            raise RequestNotFound
        report = insert_or(RequestReport).values(request_id=request_id, reporter_id=person_id, reason=known_reason)
        session.connection().execute(report.on_conflict_do_nothing())

    db.in_transaction(work)


def _lock_people(session: Session, *person_ids: UUID) -> dict[UUID, Any]:
    """Whom an operator has blocked, and when, of those who are there. The rows stay locked, in one order for everybody:
    limits are counted by one at a time, and a block between two people falls before or after a request.
    """
    people = (
        select(col(Person.id), col(Person.blocked_at))
        .where(col(Person.id).in_(person_ids))
        .order_by(col(Person.id))
        .with_for_update(key_share=True)
    )
    return {row.id: row.blocked_at for row in session.connection().execute(people)}


def _check_may_ask(session: Session, blocked: dict[UUID, Any], person_id: UUID, payer_id: UUID) -> None:
    between = or_(
        and_(col(PersonBlock.blocker_id) == person_id, col(PersonBlock.blocked_id) == payer_id),
        and_(col(PersonBlock.blocker_id) == payer_id, col(PersonBlock.blocked_id) == person_id),
    )
    is_between = session.connection().execute(select(literal(1)).where(between).select_from(PersonBlock)).first()
    if payer_id not in blocked or blocked[payer_id] is not None or is_between is not None:
        raise PersonCannotBeAsked
    to_person = col(PaymentRequest.payer_id) == payer_id
    counts = select(func.count().label("of_day"), func.count().filter(to_person).label("to_person")).where(
        col(PaymentRequest.requester_id) == person_id,
        col(PaymentRequest.created_at) > func.clock_timestamp() - LIMITS_OVER,
    )
    asked = session.connection().execute(counts).one()
    if asked.to_person >= MAX_TO_PERSON:
        raise RequestsToPersonUsedUp(max_requests=MAX_TO_PERSON)
    if asked.of_day >= MAX_OF_DAY:
        raise RequestsOfDayUsedUp(max_requests=MAX_OF_DAY)


def _end(person_id: UUID, reference: str, side: RequestSide, status: RequestStatus) -> MoneyRequest:
    wanted = checked_reference(reference)

    def work(session: Session) -> MoneyRequest:
        mine = and_(own_side(side) == person_id, col(PaymentRequest.reference) == wanted)
        has_ended = _end_all(session, and_(mine, IS_OPEN), status)
        request = read_own(session, person_id, wanted)
        if request.side != side:
            raise RequestNotFound
        if not has_ended and request.status != status:
            raise _ENDED[request.status]
        return request

    return db.in_transaction(work)


def _end_all(session: Session, which: ColumnElement[bool], status: RequestStatus) -> int:
    """Ends open requests without money, and wakes the people of each."""
    ended = (
        session.connection()
        .execute(
            update(PaymentRequest)
            .where(which, col(PaymentRequest.status) == RequestStatus.OPEN)
            .values(status=status, ended_at=func.clock_timestamp())
            .returning(col(PaymentRequest.requester_id), col(PaymentRequest.payer_id))
        )
        .all()
    )
    _notify(session, *{person_id for row in ended for person_id in (row.requester_id, row.payer_id)})
    return len(ended)


def _notify(session: Session, *person_ids: UUID) -> None:
    for person_id in person_ids:
        notify_person(session, person_id)
