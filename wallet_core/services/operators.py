"""Who is an operator, the second password, and the book of what operators did.

Being an operator is a property of a person, given at a terminal. Acting as one needs more: a session in which the
password was given a second time, not long ago. That stands in the session's own row, and every service of this kind
asks for it in the transaction in which it acts and writes down what it did: all of it is kept, or nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from wallet_core.db import in_transaction, read
from wallet_core.errors import (
    InvalidReason,
    NotOperator,
    NotSignedIn,
    OperatorPasswordNeeded,
    PersonNotFound,
    WrongPassword,
)
from wallet_core.ids import new_token, sha256
from wallet_core.models import AuditEntry, Person, StoredSession
from wallet_core.notifications import notify_person
from wallet_core.passwords import verify_password
from wallet_core.phones import normalise_phone
from wallet_core.rate_limit import Limit
from wallet_core.services.audit_book import write_entry
from wallet_core.services.people import find_credentials, lock_unchanged
from wallet_core.services.text_checks import has_unfit_characters, shows_something
from wallet_core.sessions import IDLE_EXPIRY
from wallet_core.views import AuditAction, AuditActor, NewSession, OperatorAsking

#: An operator who goes to lunch leaves an ordinary session behind.
RAISED_IDLE: Final = timedelta(minutes=15)

#: And a stolen one that is kept busy ends all the same.
RAISED_AT_MOST: Final = timedelta(hours=4)

#: As at the sign-in: five guesses, then one a minute.
PASSWORD_OF_OPERATOR: Final = Limit("operator-password", capacity=5, refill_every_s=60)

#: A word tells the next operator nothing; a page is for the ticket.
MIN_REASON_CHARACTERS: Final = 4
MAX_REASON_CHARACTERS: Final = 200

#: Entries that the page adds with each "Show more".
PAGE_ENTRIES: Final = 50

_ACT: Final = text("""
    UPDATE session s SET operator_until =
        CASE WHEN :extends THEN least(now() + :idle, s.operator_raised_at + :at_most) ELSE s.operator_until END
    WHERE s.id = :session_id AND s.person_id = :person_id AND s.operator_until > now()
      AND s.operator_raised_at + :at_most > now()
      AND s.revoked_at IS NULL AND s.expires_at > now() AND s.last_seen_at > now() - :session_idle
    RETURNING s.operator_until
""")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the book of operators."""

    entry_id: int
    at: datetime
    actor: AuditActor
    operator: str  # name and phone, "" unless an operator
    operator_phone: str
    action: AuditAction
    person: str  # on whom, "" where on nobody
    person_phone: str
    account_id: int | None
    reference: str
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    entries: list[Entry]  # newest first
    has_more: bool


def is_operator(*, person_id: UUID) -> bool:
    """Whether this person may try to act as an operator."""
    return read(lambda session: _has_role(session, person_id))


def grant_operator(*, phone: str) -> None:
    """Makes a person an operator. From a terminal only; doing it twice is doing it once.

    Raises: InvalidPhone, PersonNotFound.
    """
    _set_role(phone, AuditAction.GRANTED)


def revoke_operator(*, phone: str) -> None:
    """Takes the role, from the next event on in every open tab.

    Raises: InvalidPhone, PersonNotFound.
    """
    _set_role(phone, AuditAction.REVOKED)


def enter(asking: OperatorAsking, *, password: str) -> NewSession:
    """Raises the session for a while. The token is changed with it: a cookie that was copied before is worth nothing.

    Raises: NotOperator, TooManyAttempts, WrongPassword.
    """
    if not is_operator(person_id=asking.person_id):
        raise NotOperator
    subject = str(asking.person_id)
    PASSWORD_OF_OPERATOR.take(subject)
    credentials = find_credentials(col(Person.id) == asking.person_id)
    if not verify_password(password, credentials.password_hash if credentials else None) or credentials is None:
        in_transaction(lambda session: write_entry(session, AuditAction.REFUSED, asking))
        raise WrongPassword
    token = new_token()

    def work(session: Session) -> NewSession:
        if not lock_unchanged(session, credentials):
            raise WrongPassword
        if not _has_role(session, asking.person_id):
            raise NotOperator
        raised = session.connection().execute(
            update(StoredSession)
            .where(_own_session(asking), col(StoredSession.revoked_at).is_(None))
            .values(token_sha256=sha256(token), operator_raised_at=func.now(), operator_until=func.now() + RAISED_IDLE)
            .returning(col(StoredSession.expires_at))
        )
        expires_at = raised.scalar()
        if expires_at is None:
            raise NotSignedIn
        write_entry(session, AuditAction.ENTERED, asking)
        return NewSession(token=token, person_id=asking.person_id, expires_at=expires_at)

    opened = in_transaction(work)
    PASSWORD_OF_OPERATOR.give_back(subject)
    return opened


def leave(asking: OperatorAsking) -> None:
    """Back to an ordinary session. Leaving twice is leaving once."""

    def work(session: Session) -> None:
        lowered = session.connection().execute(
            update(StoredSession)
            .where(_own_session(asking), col(StoredSession.operator_until).is_not(None))
            .values(operator_raised_at=None, operator_until=None)
        )
        if lowered.rowcount:
            write_entry(session, AuditAction.LEFT, asking)
            notify_person(session, asking.person_id)

    in_transaction(work)


def require_operator(session: Session, asking: OperatorAsking, *, extends: bool = True) -> datetime:
    """Comes first in the transaction of everything that an operator does. Answers until when the session is raised.

    ``extends``: not for what happens without the operator, such as a page that reads itself anew. The person's row
    stays locked: whoever takes the role away does it before or after this act.
    Raises: NotOperator, OperatorPasswordNeeded.
    """
    if not _has_role(session, asking.person_id, locked=True):
        raise NotOperator
    limits: dict[str, object] = {
        "extends": extends,
        "idle": RAISED_IDLE,
        "at_most": RAISED_AT_MOST,
        "session_idle": IDLE_EXPIRY,
    }
    who: dict[str, object] = {"session_id": asking.session_id, "person_id": asking.person_id}
    until: datetime | None = session.connection().execute(_ACT, who | limits).scalar()
    if until is None:
        raise OperatorPasswordNeeded
    return until


def check_reason(reason: str) -> str:
    """Raises: InvalidReason."""
    refusal = InvalidReason(min_characters=MIN_REASON_CHARACTERS, max_characters=MAX_REASON_CHARACTERS)
    # A browser may send anything at all, whatever the annotation says.
    if not isinstance(reason, str) or len(reason) > 2 * MAX_REASON_CHARACTERS:  # type: ignore[redundant-expr]
        raise refusal
    clean = " ".join(reason.split())
    if has_unfit_characters(clean) or not shows_something(clean):
        raise refusal
    if not MIN_REASON_CHARACTERS <= len(clean) <= MAX_REASON_CHARACTERS:
        raise refusal
    return clean


def list_entries(asking: OperatorAsking, *, before_id: int | None = None) -> EntryPage:
    """The book, newest first, a page before the entry of this number.

    Raises: NotOperator, OperatorPasswordNeeded.
    """

    def work(session: Session) -> EntryPage:
        require_operator(session, asking)
        return read_entries(session, before_id)

    return in_transaction(work)


def read_entries(session: Session, before_id: int | None = None) -> EntryPage:
    """The same for a caller who has asked ``require_operator``."""
    who, whom = aliased(Person), aliased(Person)
    newest = (
        select(AuditEntry, col(who.name), col(who.phone), col(whom.name), col(whom.phone))
        .outerjoin(who, col(who.id) == col(AuditEntry.operator_id))
        .outerjoin(whom, col(whom.id) == col(AuditEntry.person_id))
        .order_by(col(AuditEntry.id).desc())
        .limit(PAGE_ENTRIES + 1)
    )
    if before_id is not None:
        newest = newest.where(col(AuditEntry.id) < before_id)
    rows = session.execute(newest).all()
    return EntryPage([_entry(*row) for row in rows[:PAGE_ENTRIES]], has_more=len(rows) > PAGE_ENTRIES)


def operator_ids(session: Session) -> list[UUID]:
    """Who is to be woken when something is wrong."""
    found = session.connection().execute(select(col(Person.id)).where(col(Person.operator_since).is_not(None)))
    return list(found.scalars())


def _entry(entry: AuditEntry, *people: Any) -> Entry:
    operator, operator_phone, person, person_phone = (text_of or "" for text_of in people)
    if entry.id is None or entry.at is None:
        raise AssertionError("a stored row has its number and its moment")
    return Entry(
        entry_id=entry.id,
        at=entry.at,
        actor=AuditActor(entry.actor),
        operator=operator,
        operator_phone=operator_phone,
        action=AuditAction(entry.action),
        person=person,
        person_phone=person_phone,
        account_id=entry.account_id,
        reference=entry.reference,
        reason=entry.reason,
        address=entry.address,
    )


def _has_role(session: Session, person_id: UUID, *, locked: bool = False) -> bool:
    mine = select(col(Person.id)).where(
        col(Person.id) == person_id,
        col(Person.operator_since).is_not(None),
        col(Person.blocked_at).is_(None),
        col(Person.frozen_at).is_(None),
    )
    return session.connection().execute(mine.with_for_update(read=True) if locked else mine).first() is not None


def _own_session(asking: OperatorAsking) -> Any:
    return (col(StoredSession.id) == asking.session_id) & (col(StoredSession.person_id) == asking.person_id)


def _set_role(phone: str, action: AuditAction) -> None:
    e164 = normalise_phone(phone)
    since = func.coalesce(col(Person.operator_since), func.now()) if action == AuditAction.GRANTED else None

    def work(session: Session) -> None:
        changed = update(Person).where(col(Person.phone) == e164).values(operator_since=since)
        person_id = session.connection().execute(changed.returning(col(Person.id))).scalar()
        if person_id is None:
            raise PersonNotFound
        lowered = update(StoredSession).where(col(StoredSession.person_id) == person_id)
        if action == AuditAction.REVOKED:
            session.connection().execute(lowered.values(operator_raised_at=None, operator_until=None))
        write_entry(session, action, actor=AuditActor.TERMINAL, person_id=person_id)
        notify_person(session, person_id)

    in_transaction(work)
