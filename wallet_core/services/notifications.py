"""What a person is told: money that came, requests, on-ramps, sign-ins.

Nothing is written for it. The list is worked out, when somebody looks, from the rows that say what happened, so that it
cannot disagree with them, and a payment costs what it did. All that is kept is until when a person has looked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlmodel import Session, col

from wallet_core import db
from wallet_core.banks import bank_name
from wallet_core.models import Person
from wallet_core.notifications import notify_person
from wallet_core.services.sides import AnyRow
from wallet_core.views import Notification, NotificationKind, NotificationPage

#: More than this is "99+": nobody reads the number, and counting on would cost time for each of them.
MAX_UNREAD: Final = 99

MAX_PAGE_NOTIFICATIONS: Final = 100

#: What came into the account, in the order of its numbers, which are given while the account is locked. A payment of a
#: request is told as that, below.
_MONEY: Final = """
    SELECT t.id, t.created_at AS at, 't:' || t.reference AS key,
           CASE t.kind WHEN 'onramp' THEN 'money-added' ELSE 'money-received' END AS kind,
           coalesce(other.bank_code, payer.name) AS counterparty, other.bank_code IS NOT NULL AS is_bank,
           t.amount_paise, t.note, t.reference, true AS is_current
    FROM (
        SELECT i.* FROM transfer i
        WHERE i.credit_account_id = (SELECT a.id FROM account a WHERE a.person_id = :person_id AND a.kind = 'available')
          AND i.kind IN ('onramp', 'payment')
          AND NOT EXISTS (SELECT FROM payment_request r WHERE r.transfer_id = i.id)
        ORDER BY i.id DESC LIMIT :rows
    ) t
    JOIN account other ON other.id = t.debit_account_id
    LEFT JOIN person payer ON payer.id = other.person_id
    ORDER BY t.id DESC
"""

#: Everything else, in the order of its moments; of one moment, in that of the keys. Each part reads an index.
#: Sign-up opens a session in the transaction that makes the person, hence at its moment: that is no news.
_OTHERS: Final = """
    SELECT others.* FROM (
        (SELECT u.ended_at AS at, ('o:' || o.reference) COLLATE "C" AS key, 'onramp-failed' AS kind,
                o.bank_code AS counterparty, true AS is_bank, o.amount_paise, '' AS note, o.reference,
                true AS is_current
         FROM onramp_unmoved u JOIN onramp o ON o.reference = u.reference
         WHERE u.person_id = :person_id AND u.ended_at IS NOT NULL
         ORDER BY u.ended_at DESC, 2 DESC LIMIT :rows)
        UNION ALL
        (SELECT r.created_at, ('q:' || r.reference) COLLATE "C", 'request-received',
                p.name, false, r.amount_paise, r.note, r.reference,
                r.status = 'open' AND r.expires_at > clock_timestamp()
         FROM payment_request r JOIN person p ON p.id = r.requester_id
         WHERE r.payer_id = :person_id
         ORDER BY r.created_at DESC, 2 DESC LIMIT :rows)
        UNION ALL
        (SELECT r.ended_at, ('r:' || r.reference) COLLATE "C", 'request-' || r.status,
                p.name, false, r.amount_paise, r.note, coalesce(t.reference, r.reference), true
         FROM payment_request r JOIN person p ON p.id = r.payer_id LEFT JOIN transfer t ON t.id = r.transfer_id
         WHERE r.requester_id = :person_id AND r.status IN ('paid', 'declined')
         ORDER BY r.ended_at DESC, 2 DESC LIMIT :rows)
        UNION ALL
        (SELECT s.created_at, ('s:' || s.id) COLLATE "C", 'signed-in', s.user_agent, false, 0, '', '', true
         FROM session s
         WHERE s.person_id = :person_id AND s.id <> :session_id
           AND s.created_at > (SELECT p.created_at FROM person p WHERE p.id = :person_id)
         ORDER BY s.created_at DESC, 2 DESC LIMIT :rows)
    ) others
    ORDER BY others.at DESC, others.key DESC LIMIT :rows
"""

_PAGE_OF_MONEY: Final = text(_MONEY)
_PAGE_OF_OTHERS: Final = text(_OTHERS)

_UNREAD: Final = text(f"""
    SELECT count(*) FROM (
        SELECT FROM (
            (SELECT money.at, money.is_current FROM ({_MONEY}) money)
            UNION ALL
            (SELECT others.at, others.is_current FROM ({_OTHERS}) others)
        ) latest
        WHERE latest.is_current
          AND latest.at > (SELECT p.notifications_seen_until FROM person p WHERE p.id = :person_id)
        LIMIT :rows
    ) unread
""")  # noqa: S608 - constants of this module


def list_notifications(*, person_id: UUID, session_id: UUID, limit: int = 25) -> NotificationPage:
    """The newest of what this person was told. The session that asks is not told of itself.

    Raises: DatabaseUnavailable.
    """
    limit = max(1, min(limit, MAX_PAGE_NOTIFICATIONS))
    values = _values(person_id, session_id, rows=limit + 1)

    def work(session: Session) -> NotificationPage:
        connection = session.connection()
        mark = select(col(Person.notifications_seen_until)).where(col(Person.id) == person_id)
        seen_until = connection.execute(mark).scalar_one()
        money = connection.execute(_PAGE_OF_MONEY, values).all()
        others = connection.execute(_PAGE_OF_OTHERS, values).all()
        return _merge(money, others, seen_until, limit)

    return db.read(work)


def unread_count(*, person_id: UUID, session_id: UUID) -> int:
    """How many of them are new, counted no further than one above MAX_UNREAD.

    Raises: DatabaseUnavailable.
    """
    values = _values(person_id, session_id, rows=MAX_UNREAD + 1)

    def work(session: Session) -> int:
        count: int = session.connection().execute(_UNREAD, values).scalar_one()
        return count

    return db.read(work)


def mark_seen(*, person_id: UUID, until: datetime) -> None:
    """This person has looked at everything up to ``until``, the moment of the newest that was shown: what has come
    since stays new. Never back, and never into the future. Other tabs hear of it.

    Raises: DatabaseUnavailable.
    """
    mark = func.least(until, func.clock_timestamp())

    def work(session: Session) -> None:
        moved = session.connection().execute(
            update(Person)
            .where(col(Person.id) == person_id, col(Person.notifications_seen_until) < mark)
            .values(notifications_seen_until=mark)
            .returning(col(Person.id))
        )
        if moved.first() is not None:
            notify_person(session, person_id)

    db.in_transaction(work)


def _values(person_id: UUID, session_id: UUID, *, rows: int) -> dict[str, Any]:
    return {"person_id": person_id, "session_id": session_id, "rows": rows}


def _merge(
    money: Sequence[AnyRow], others: Sequence[AnyRow], seen_until: datetime | None, limit: int
) -> NotificationPage:
    """The newer head of the two streams, again and again."""
    rows: list[AnyRow] = []
    paid, told = 0, 0  # how many of each stream are on the page
    while len(rows) < limit and (paid < len(money) or told < len(others)):
        has_both = paid < len(money) and told < len(others)
        if told == len(others) or (has_both and money[paid].at >= others[told].at):
            rows.append(money[paid])
            paid += 1
        else:
            rows.append(others[told])
            told += 1
    return NotificationPage([_view(row, seen_until) for row in rows], has_more=len(money) + len(others) > limit)


def _view(row: AnyRow, seen_until: datetime | None) -> Notification:
    return Notification(
        key=row.key,
        kind=NotificationKind(row.kind),
        at=row.at,
        is_new=row.is_current and (seen_until is None or row.at > seen_until),
        counterparty=bank_name(row.counterparty) if row.is_bank else row.counterparty,
        amount_paise=row.amount_paise,
        note=row.note,
        reference=row.reference,
    )
