"""Finding the person to pay. Phones stay masked until somebody is chosen (docs/decisions/0002-search-people.md)."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlmodel import Session, col

from wallet_core import db
from wallet_core.cursors import read_cursor, write_cursor
from wallet_core.errors import InvalidCursor, InvalidPhone, PayeeIsPayer, PayeeNotFound
from wallet_core.models import Account, Person, Transfer, TransferKind
from wallet_core.phones import mask_phone, normalise_phone
from wallet_core.rate_limit import Limit
from wallet_core.search_text import clean_text
from wallet_core.services.sides import PERSON, AnyRow, available_account, check_accounts
from wallet_core.views import Direction, LastPayment, Payee, PeoplePage, PersonCard

MAX_PAGE_PEOPLE: Final = 100

#: More words than a name has; each costs a look into the index.
MAX_WORDS: Final = 8

#: Fewer digits are in nearly every number.
MIN_PHONE_DIGITS: Final = 3

#: Whoever chooses sees whole numbers: enough for a busy day, too few to read out the directory.
CHOICES_OF_PERSON: Final = Limit("choose-payee", capacity=120, refill_every_s=30)  # 120 an hour

#: A search with at most so many matches sorts them for each page, some 20 ms of work.
SORTED_PEOPLE: Final = 10_000

#: "Send again" offers people from so many of the latest movements out of the wallet, however many there were.
RECENT_PAYMENTS: Final = 100

_CURSOR_KIND: Final = "people"

#: What a number is typed with.
_PHONE_LIKE: Final = re.compile(r"[0-9+() .\-]+")

#: The country of numbers that begin with 0 (which stands for it in India) or with no country at all.
_COUNTRY: Final = "+91"

#: For every person of a page the newest payment between the two, in one query. Each branch takes one row of an index.
_LAST_PAYMENTS: Final = text("""
    SELECT theirs.person_id, last.direction, last.amount_paise, last.created_at
    FROM account mine
    JOIN account theirs ON theirs.person_id = ANY(:others) AND theirs.kind = 'available'
    CROSS JOIN LATERAL (
        SELECT both_ways.* FROM (
            (SELECT 'out' AS direction, t.id, t.amount_paise, t.created_at FROM transfer t
             WHERE t.debit_account_id = mine.id AND t.credit_account_id = theirs.id AND t.kind = 'payment'
             ORDER BY t.id DESC LIMIT 1)
            UNION ALL
            (SELECT 'in', t.id, t.amount_paise, t.created_at FROM transfer t
             WHERE t.debit_account_id = theirs.id AND t.credit_account_id = mine.id AND t.kind = 'payment'
             ORDER BY t.id DESC LIMIT 1)
        ) both_ways
        ORDER BY both_ways.id DESC LIMIT 1
    ) last
    WHERE mine.person_id = :person_id AND mine.kind = 'available'
""")


def search_people(*, person_id: UUID, query: str = "", cursor: str | None = None, limit: int = 20) -> PeoplePage:
    """People by name, a page at a time: everybody, or those who match; never oneself, never somebody who is blocked.

    Every word of ``query`` must begin a word of the name, in any order and case, accents as they are. Digits, three or
    more, typed as one types a number (spaces, +91, a leading 0), are looked for in the phone instead.
    Raises: InvalidCursor, AccountMissing, DatabaseUnavailable.
    """
    start = None if cursor is None else _read_position(cursor)
    limit = max(1, min(limit, MAX_PAGE_PEOPLE))
    wanted = clean_text(query)

    def work(session: Session) -> PeoplePage:
        check_accounts(session, person_id)
        found = _read_page(session, person_id, wanted, start, limit)
        cards = _cards(session, person_id, found[:limit])
        has_more = len(found) > limit
        return PeoplePage(cards, _write_position(found[limit - 1]) if has_more else None)

    return db.read(work)


def list_recent_payees(*, person_id: UUID, limit: int = 5) -> list[PersonCard]:
    """Whom this person paid last, each once, the last one first.

    Raises: AccountMissing, DatabaseUnavailable.
    """

    def work(session: Session) -> list[PersonCard]:
        values = {"person_id": person_id, "rows": max(1, min(limit, MAX_PAGE_PEOPLE))}
        return _cards(session, person_id, session.connection().execute(_recent_payees(), values).all())

    return db.read(work)


@cache
def _recent_payees() -> Select[*tuple[Any, ...]]:
    # Not asked for payments alone: the index of pairs has only these, and would be read for all that was ever paid.
    latest = (
        select(col(Transfer.id), col(Transfer.credit_account_id), col(Transfer.kind))
        .where(col(Transfer.debit_account_id) == available_account(PERSON))
        .order_by(col(Transfer.id).desc())
        .limit(RECENT_PAYMENTS)
        .subquery()
    )
    return (
        _cards_query()
        .join(Account, col(Account.person_id) == col(Person.id))
        .join(latest, latest.c.credit_account_id == col(Account.id))
        .where(latest.c.kind == TransferKind.PAYMENT)
        .group_by(col(Person.id))
        .order_by(func.max(latest.c.id).desc())
        .limit(bindparam("rows", type_=Integer))
    )


def choose_payee(*, person_id: UUID, payee_id: UUID) -> Payee:
    """The person who is about to be paid, with the whole phone.

    Raises: PayeeIsPayer, TooManyAttempts, PayeeNotFound (also for somebody who is blocked), DatabaseUnavailable.
    """
    # A link or a QR code may carry anything at all, whatever the annotation says.
    if not isinstance(payee_id, UUID):
        raise PayeeNotFound
    if payee_id == person_id:
        raise PayeeIsPayer
    CHOICES_OF_PERSON.take(str(person_id))

    def work(session: Session) -> Payee:
        found = session.connection().execute(_cards_query().where(col(Person.id) == payee_id)).first()
        if found is None:
            raise PayeeNotFound
        last = _last_payments(session, person_id, [payee_id])
        return Payee(person_id=found.id, name=found.name, phone=found.phone, last_payment=last.get(payee_id))

    return db.read(work)


def _read_page(
    session: Session, person_id: UUID, wanted: str, start: tuple[str, UUID] | None, limit: int
) -> Sequence[AnyRow]:
    """One more than a page."""
    people = _cards_query()
    if digits := _phone_digits(wanted):
        people = people.where(_has_phone(wanted, digits))
    elif wanted:
        people = _narrowed(session, people.where(_has_words(wanted)))
    found = people.subquery()
    page = select(found).where(found.c.id != person_id).order_by(found.c.key, found.c.id).limit(limit + 1)
    if start is not None:
        page = page.where(tuple_(found.c.key, found.c.id) > tuple_(literal(start[0]), literal(start[1])))
    return session.connection().execute(page).all()


def _narrowed(session: Session, people: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Few matches are found by the index of words and then sorted; of many, the index of names meets the next ones
    soon. The planner cannot tell, for it takes every word that it has not seen for a common one.
    """
    some = people.limit(SORTED_PEOPLE + 1).subquery()
    count: int = session.connection().execute(select(func.count()).select_from(some)).scalar_one()
    return people.offset(0) if count <= SORTED_PEOPLE else people  # the offset is a wall: first find, then sort


def _cards_query() -> Select[*tuple[Any, ...]]:
    key = func.lower(col(Person.name)).label("key")
    return select(col(Person.id), col(Person.name), col(Person.phone), key).where(col(Person.blocked_at).is_(None))


def _phone_digits(wanted: str) -> str:
    """The digits of what is typed like a number, or nothing where it is typed like a name."""
    digits = re.sub(r"[^0-9]", "", wanted) if _PHONE_LIKE.fullmatch(wanted) else ""
    return digits if len(digits) >= MIN_PHONE_DIGITS else ""


def _has_words(wanted: str) -> ColumnElement[bool]:
    words = wanted.split()[:MAX_WORDS]
    # Each word goes through the same parser as the names did; quoted, no character of it is an operator.
    quoted = ("'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in words)
    name: SQLColumnExpression[Any] = func.to_tsvector(text("'simple'::regconfig"), col(Person.name))
    return name.op("@@")(func.to_tsquery(text("'simple'::regconfig"), " & ".join(quoted)))


def _has_phone(typed: str, digits: str) -> ColumnElement[bool]:
    phone = col(Person.phone)
    try:
        return phone == normalise_phone(typed)
    except InvalidPhone:
        pass  # a part of a number
    if typed.startswith("+"):
        return phone.startswith(f"+{digits}")
    # Past the sign and the two digits of the country: "198" is not in +91 98..., and 91 first means the country.
    ways = [phone.like(f"{'_' * len(_COUNTRY)}%{digits}%"), phone.startswith(f"+{digits}")]
    if digits.startswith("0") and len(digits) > MIN_PHONE_DIGITS:
        ways.append(phone.startswith(f"{_COUNTRY}{digits[1:]}"))
    return or_(*ways)


def _cards(session: Session, person_id: UUID, found: Sequence[AnyRow]) -> list[PersonCard]:
    last = _last_payments(session, person_id, [row.id for row in found])
    return [PersonCard(row.id, row.name, mask_phone(row.phone), last.get(row.id)) for row in found]


def _last_payments(session: Session, person_id: UUID, others: list[UUID]) -> dict[UUID, LastPayment]:
    if not others:
        return {}
    rows = session.connection().execute(_LAST_PAYMENTS, {"person_id": person_id, "others": others})
    return {
        other_id: LastPayment(Direction(direction), amount_paise, created_at)
        for other_id, direction, amount_paise, created_at in rows
    }


def _read_position(cursor: str) -> tuple[str, UUID]:
    key, last_id = read_cursor(cursor, _CURSOR_KIND, str, str)
    try:
        return str(key), UUID(str(last_id))
    except ValueError:
        raise InvalidCursor from None


def _write_position(row: AnyRow) -> str:
    return write_cursor(_CURSOR_KIND, row.key, str(row.id))
