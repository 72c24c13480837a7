"""Freezing people and unfreezing accounts, by operators, with a reason each time."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from wallet_core import account_locks, ledger
from wallet_core.db import in_transaction
from wallet_core.errors import BooksStillDisagree, DriftNotFound, OperatorIsParty, PersonNotFound
from wallet_core.models import Drift, Person
from wallet_core.notifications import notify_person
from wallet_core.services.audit_book import write_entry
from wallet_core.services.operators import check_reason, require_operator
from wallet_core.views import AuditAction, OperatorAsking


def freeze_person(asking: OperatorAsking, *, person_id: UUID, reason: str) -> None:
    """From now on the person signs in and sees, but neither pays nor asks nor adds money; what comes still lands.

    Raises: InvalidReason, PersonNotFound, OperatorIsParty, NotOperator, OperatorPasswordNeeded.
    """
    _set_frozen(asking, person_id, reason, frozen=True)


def unfreeze_person(asking: OperatorAsking, *, person_id: UUID, reason: str) -> None:
    """Raises: as ``freeze_person``."""
    _set_frozen(asking, person_id, reason, frozen=False)


def unfreeze_account(asking: OperatorAsking, *, account_id: int, reason: str) -> None:
    """Lets an account give money again that the auditor froze, once its books agree; findings about it are closed.

    Raises: InvalidReason, PersonNotFound (no such account), OperatorIsParty, BooksStillDisagree, NotOperator,
    OperatorPasswordNeeded.
    """
    clean = check_reason(reason)

    def work(session: Session) -> None:
        require_operator(session, asking)
        book = account_locks.lock_book(session, account_id) if type(account_id) is int else None
        if book is None or book.person_id is None:
            raise PersonNotFound
        if book.person_id == asking.person_id:
            raise OperatorIsParty
        if book.stored_paise != book.rows_paise:
            raise BooksStillDisagree(stored_paise=book.stored_paise, rows_paise=book.rows_paise)
        if not book.is_frozen:
            return
        ledger.set_debits_frozen(session, account_id, frozen=False)
        _clear(session, col(Drift.account_id) == account_id)
        write_entry(
            session,
            AuditAction.UNFROZE_ACCOUNT,
            asking,
            person_id=book.person_id,
            account_id=account_id,
            reason=clean,
        )
        notify_person(session, book.person_id)

    in_transaction(work)


def clear_drift(asking: OperatorAsking, *, drift_id: int, reason: str) -> None:
    """Closes a finding that froze nothing, after it was looked into outside of this program.

    Raises: InvalidReason, DriftNotFound, NotOperator, OperatorPasswordNeeded.
    """
    clean = check_reason(reason)

    def work(session: Session) -> None:
        require_operator(session, asking)
        wanted = select(col(Drift.subject)).where(col(Drift.id) == (drift_id if type(drift_id) is int else 0))
        # What froze an account ends where that is unfrozen.
        wanted = wanted.where(col(Drift.account_id).is_(None), col(Drift.cleared_at).is_(None))
        subject = session.connection().execute(wanted.with_for_update()).scalar()
        if subject is None:
            raise DriftNotFound
        _clear(session, col(Drift.id) == drift_id)
        write_entry(session, AuditAction.CLEARED, asking, reference=subject, reason=clean)

    in_transaction(work)


def _clear(session: Session, which: ColumnElement[bool]) -> None:
    still_open = update(Drift).where(which, col(Drift.cleared_at).is_(None))
    session.connection().execute(still_open.values(cleared_at=func.clock_timestamp()))


def _set_frozen(asking: OperatorAsking, person_id: UUID, reason: str, *, frozen: bool) -> None:
    clean = check_reason(reason)
    if not isinstance(person_id, UUID):
        raise PersonNotFound
    if person_id == asking.person_id:
        raise OperatorIsParty
    is_so = col(Person.frozen_at).is_not(None) if frozen else col(Person.frozen_at).is_(None)

    def work(session: Session) -> None:
        require_operator(session, asking)
        # Payments hold these locks: they come before the freeze, or find it.
        account_locks.lock_accounts_of(session, person_id)
        known = select(is_so).where(col(Person.id) == person_id).with_for_update(key_share=True)
        already = session.connection().execute(known).scalar()
        if already is None:
            raise PersonNotFound
        if already:
            return
        frozen_at = func.clock_timestamp() if frozen else None
        session.connection().execute(update(Person).where(col(Person.id) == person_id).values(frozen_at=frozen_at))
        action = AuditAction.FROZE_PERSON if frozen else AuditAction.UNFROZE_PERSON
        write_entry(session, action, asking, person_id=person_id, reason=clean)
        notify_person(session, person_id)

    in_transaction(work)
