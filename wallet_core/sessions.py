"""Who is asking: an opaque random token in a cookie stands for a row here, and the row for a person.

Only the SHA-256 of the token is stored. A session ends when it was not used for a while, when it is old, and when
somebody revokes it; each revocation wakes the person's open tabs, which ask again and find themselves signed out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeGuard
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlmodel import Session, col

from wallet_core.db import call_function, in_transaction, read
from wallet_core.errors import SessionNotFound
from wallet_core.ids import new_token, sha256
from wallet_core.models import StoredSession
from wallet_core.notifications import notify_person
from wallet_core.views import Client, NewSession, OpenSession, SignedIn

#: A browser left alone over a working day is signed out; one used now and then stays.
IDLE_EXPIRY: Final = timedelta(hours=12)

#: Whatever happens, a stolen cookie is worth nothing after this.
ABSOLUTE_EXPIRY: Final = timedelta(days=30)

#: Every event of every tab resolves its session: the moment of the last one is written this seldom.
LAST_SEEN_EVERY: Final = timedelta(minutes=1)

#: More than anybody's browsers. The longest unused ends when one more is opened, so that lists stay short.
MAX_OPEN_SESSIONS: Final = 100

#: An ended session is of use for a while: its owner is told of sign-ins, and an operator may be asked about one. With
#: the thirty days above, what a browser said of itself, and its address, are gone after ninety.
KEPT_AFTER_EXPIRY: Final = timedelta(days=60)

#: Rows in one transaction: no lock is held for long, however many there are.
PRUNED_AT_ONCE: Final = 1000

#: Cookies are up to 4 KiB; our tokens have 43 characters. Nothing longer is even hashed.
MAX_TOKEN_CHARACTERS: Final = 64

#: What is kept of a browser's description: enough to recognise it by.
MAX_USER_AGENT_CHARACTERS: Final = 256
MAX_ADDRESS_CHARACTERS: Final = 64

_RESOLVE: Final = """
    SELECT session.id AS session_id, person.id AS person_id, person.name, person.phone,
           session.last_seen_at < now() - %(last_seen_every)s AS is_stale
    FROM session JOIN person ON person.id = session.person_id
    WHERE session.token_sha256 = %(token_sha256)s
      AND session.revoked_at IS NULL
      AND session.expires_at > now()
      AND session.last_seen_at > now() - %(idle_expiry)s
      AND person.blocked_at IS NULL
"""

#: The condition stands here again: of many tabs that find the row stale at once, one writes.
_TOUCH: Final = """
    UPDATE session SET last_seen_at = now()
    WHERE id = %(session_id)s AND last_seen_at < now() - %(last_seen_every)s
    RETURNING id AS session_id
"""


@dataclass(frozen=True, slots=True)
class _Found:
    session_id: UUID
    person_id: UUID
    name: str
    phone: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class _Touched:
    session_id: UUID


def resolve_session(token: str | None) -> SignedIn | None:
    """The person a token stands for, read anew; None for no, a false, an expired, a revoked or a blocked one's token.

    Raises: DatabaseUnavailable.
    """
    if not is_token(token):
        return None
    found = call_function(
        _RESOLVE,
        {"token_sha256": sha256(token), "idle_expiry": IDLE_EXPIRY, "last_seen_every": LAST_SEEN_EVERY},
        _Found,
    )
    if not found:
        return None
    (row,) = found
    if row.is_stale:
        call_function(_TOUCH, {"session_id": row.session_id, "last_seen_every": LAST_SEEN_EVERY}, _Touched)
    return SignedIn(person_id=row.person_id, session_id=row.session_id, name=row.name, phone=row.phone)


def is_token(token: object) -> TypeGuard[str]:
    """Whether this could be a token at all; what cannot be one does not reach the database."""
    return isinstance(token, str) and 0 < len(token) <= MAX_TOKEN_CHARACTERS and token.isascii()


def open_session(session: Session, person_id: UUID, client: Client) -> NewSession:
    """Opens a session with a token of its own, always a new one, in the caller's transaction; open tabs hear of it."""
    token = new_token()
    inserted = session.connection().execute(
        insert(StoredSession)
        .values(
            id=uuid4(),
            token_sha256=sha256(token),
            person_id=person_id,
            # The database's clock, which also decides when the session has expired: machines may disagree.
            created_at=func.now(),
            last_seen_at=func.now(),
            expires_at=func.now() + ABSOLUTE_EXPIRY,
            user_agent=_printable(client.user_agent)[:MAX_USER_AGENT_CHARACTERS],
            address=_printable(client.address)[:MAX_ADDRESS_CHARACTERS],
        )
        .returning(col(StoredSession.expires_at))
    )
    _end_surplus(session, person_id)
    notify_person(session, person_id)
    return NewSession(token=token, person_id=person_id, expires_at=inserted.scalar_one())


def sign_out(token: str) -> None:
    """Ends the session of this token; a token that stands for none is no error."""
    if not is_token(token):
        return

    def work(session: Session) -> None:
        _revoke(session, col(StoredSession.token_sha256) == sha256(token))

    in_transaction(work)


def sign_out_everywhere(*, person_id: UUID) -> None:
    """Ends every session of the person, the asking one too."""

    def work(session: Session) -> None:
        revoke_all(session, person_id)

    in_transaction(work)


def revoke_all(session: Session, person_id: UUID) -> None:
    """The same in the caller's transaction."""
    _revoke(session, col(StoredSession.person_id) == person_id)


def end_session(*, person_id: UUID, session_id: UUID) -> None:
    """Ends one session of the person's own.

    Raises: SessionNotFound, also for a session of somebody else.
    """

    def work(session: Session) -> None:
        mine = and_(col(StoredSession.id) == session_id, col(StoredSession.person_id) == person_id)
        if _revoke(session, mine) == 0:
            raise SessionNotFound

    in_transaction(work)


def list_sessions(*, person_id: UUID, current_session_id: UUID) -> list[OpenSession]:
    """The person's open sessions, the current one first, then the last used first."""

    def work(session: Session) -> list[OpenSession]:
        query = (
            select(StoredSession)
            .where(
                col(StoredSession.person_id) == person_id,
                col(StoredSession.revoked_at).is_(None),
                col(StoredSession.expires_at) > func.now(),
                col(StoredSession.last_seen_at) > func.now() - IDLE_EXPIRY,
            )
            .order_by(
                (col(StoredSession.id) == current_session_id).desc(),
                col(StoredSession.last_seen_at).desc(),
                col(StoredSession.id),
            )
            .limit(MAX_OPEN_SESSIONS)
        )
        return [
            OpenSession(
                session_id=stored.id,
                user_agent=stored.user_agent,
                address=stored.address,
                created_at=stored.created_at,
                last_seen_at=stored.last_seen_at,
                is_current=stored.id == current_session_id,
            )
            for stored in session.scalars(query)
        ]

    return read(work)


def prune_sessions(is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Removes sessions that expired long ago, whether they were ended before that or not, some at a time and asking
    ``is_stopped`` before each. Answers how many.

    Raises: DatabaseUnavailable (some may be gone).
    """
    old = (
        select(col(StoredSession.id))
        .where(col(StoredSession.expires_at) < func.now() - KEPT_AFTER_EXPIRY)
        .limit(PRUNED_AT_ONCE)
        # Another machine's sweeper may be at it, too.
        .with_for_update(skip_locked=True)
    )

    def work(session: Session) -> int:
        removed = session.connection().execute(delete(StoredSession).where(col(StoredSession.id).in_(old)))
        return removed.rowcount

    pruned = 0
    while not is_stopped() and (removed := in_transaction(work)):
        pruned += removed
    return pruned


def _revoke(session: Session, which: ColumnElement[bool]) -> int:
    """Ends those of the sessions that are open, and wakes their people's tabs once this is committed."""
    revoked = session.connection().execute(
        update(StoredSession)
        .where(which, col(StoredSession.revoked_at).is_(None))
        .values(revoked_at=func.now())
        .returning(col(StoredSession.person_id))
    )
    person_ids = revoked.scalars().all()
    for person_id in set(person_ids):
        notify_person(session, person_id)
    return len(person_ids)


def _end_surplus(session: Session, person_id: UUID) -> None:
    surplus = (
        select(col(StoredSession.id))
        .where(col(StoredSession.person_id) == person_id, col(StoredSession.revoked_at).is_(None))
        .order_by(col(StoredSession.last_seen_at).desc(), col(StoredSession.id))
        .offset(MAX_OPEN_SESSIONS)
    )
    _revoke(session, col(StoredSession.id).in_(surplus))


def _printable(text: str) -> str:
    """What a browser says of itself comes from anybody: without control characters, which PostgreSQL or a page mind."""
    return "".join(character if character.isprintable() else " " for character in text).strip()
