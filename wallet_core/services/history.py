"""The history of a person, page by page: two streams merged.

Transfers of the available account come in the order of their numbers, which they get while the account is locked, so
that the balances after them form an unbroken chain. Orders at banks that moved no money come in the order of their
moments. Each stream is read from an index and the heads are compared: a page costs the same wherever it lies.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlmodel import Session, col

from wallet_core.banks import BANKS, bank_name
from wallet_core.cursors import MAX_NUMBER, read_cursor, read_moment, write_cursor, write_moment
from wallet_core.models import Account, AccountKind, Onramp, OnrampUnmoved, Person, Transfer
from wallet_core.search_text import clean_text
from wallet_core.services.moments import CLOCK_MARGIN, first_number_at, month_bounds
from wallet_core.services.sides import (
    OWN_KINDS,
    PERSON,
    AnyRow,
    activity_kind,
    available_account,
    check_accounts,
    counterparty_name,
    side,
)
from wallet_core.views import (
    ActivityFilter,
    ActivityKind,
    ActivityPage,
    ActivityRow,
    ActivitySource,
    ActivityStatus,
    Direction,
)

#: A filter that no index serves (a text, a source) looks at so many transfers of each direction for one page: some
#: 10 ms of work, however long the history. A page may so have fewer rows than asked for, even none, and still have a
#: next one.
SCANNED_ROWS: Final = 1_000

_CURSOR_KIND: Final = "activity"

#: The transfers of both sides, as the statement calls them.
_BOTH: Final = "both_sides"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: below this number of transfers, and below this moment and reference of orders."""

    transfer_id: int
    onramp_at: datetime
    onramp_reference: str


_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

NEWEST: Final = Position(MAX_NUMBER, datetime.max.replace(tzinfo=UTC), "")


@dataclass(frozen=True, slots=True)
class _Window:
    """The transfers that are looked at: from ``low_id``, which was posted at ``low_at``, to below ``high_id``."""

    low_id: int
    low_at: datetime | None  # None: the history has nothing below
    high_id: int


@dataclass(frozen=True, slots=True)
class _Question:
    """A filter as the queries use it."""

    person_id: UUID
    filter: ActivityFilter
    text: str
    months: tuple[datetime, datetime] | None
    limit: int

    @property
    def looks_past_the_index(self) -> bool:
        """Whether transfers have to be read to know whether they fit."""
        return bool(self.text or self.filter.source)


def read_page(session: Session, person_id: UUID, filter: ActivityFilter, start: Position, limit: int) -> ActivityPage:
    """Raises: InvalidInput (a month out of the calendar), AccountMissing."""
    check_accounts(session, person_id)
    question = _Question(
        person_id=person_id,
        filter=filter,
        text=clean_text(filter.text),
        months=None if filter.month is None else month_bounds(filter.month),
        limit=limit,
    )
    window = _find_window(session, question, start)
    transfers = _read_transfers(session, question, window)
    onramps = _read_onramps(session, question, start, window)
    return _merge(transfers, onramps, window, limit)


def read_position(cursor: str) -> Position:
    """Raises: InvalidCursor."""
    transfer_id, microseconds, reference = read_cursor(cursor, _CURSOR_KIND, int, int, str)
    return Position(int(transfer_id), read_moment(int(microseconds)), str(reference))


def _write_position(position: Position) -> str:
    moment = write_moment(position.onramp_at)
    return write_cursor(_CURSOR_KIND, position.transfer_id, moment, position.onramp_reference)


def _find_window(session: Session, question: _Question, start: Position) -> _Window:
    low_id, high_id = 1, start.transfer_id
    if question.months is not None:
        low_id = first_number_at(session, question.months[0] - CLOCK_MARGIN)
        high_id = min(high_id, first_number_at(session, question.months[1] + CLOCK_MARGIN))
    if question.filter.status not in (None, ActivityStatus.SUCCEEDED) or not question.looks_past_the_index:
        return _Window(low_id, None, high_id)
    # The rows are counted on the index alone; only the one at the far end is fetched.
    ends = union_all(
        *(
            select(
                select(col(Transfer.id))
                .where(side(direction)[0] == available_account(question.person_id))
                .where(col(Transfer.id) >= low_id, col(Transfer.id) < high_id)
                .order_by(col(Transfer.id).desc())
                .offset(SCANNED_ROWS)
                .limit(1)
                .scalar_subquery()
                .label("id")
            )
            for direction in Direction
        )
    ).subquery()
    end = select(col(Transfer.id), col(Transfer.created_at)).where(
        col(Transfer.id) == select(func.max(ends.c.id)).scalar_subquery()
    )
    found = session.connection().execute(end).first()
    return _Window(low_id, None, high_id) if found is None else _Window(found.id, found.created_at, high_id)


def _read_transfers(session: Session, question: _Question, window: _Window) -> list[AnyRow]:
    """One more than a page of what fits, newest first: the surplus tells that there is another page."""
    wanted = question.filter
    if wanted.status not in (None, ActivityStatus.SUCCEEDED):
        return []
    shape = _transfers_query(wanted.direction, wanted.source, has_months=question.months is not None)
    query = shape.where(_is_named(question.text)) if question.text else shape
    begin, end = question.months or (None, None)
    values = {
        "person_id": question.person_id,
        "low_id": window.low_id,
        "high_id": window.high_id,
        "begin": begin,
        "end": end,
        "rows_of_side": SCANNED_ROWS + 1 if question.looks_past_the_index else question.limit + 1,
        "rows": question.limit + 1,
    }
    return list(session.connection().execute(query, values).all())


@cache
def _transfers_query(
    direction: Direction | None, source: ActivitySource | None, *, has_months: bool
) -> Select[*tuple[Any, ...]]:
    directions = list(Direction) if direction is None else [direction]
    sides = (_transfers_of_side(one, has_months=has_months, is_one_way=direction is not None) for one in directions)
    both = union_all(*(select(side.subquery()) for side in sides)).subquery(_BOTH)
    # Who stands on the other side is looked up for these few alone.
    query = (
        select(both, col(Account.kind).label("other_kind"), col(Account.bank_code), col(Person.name))
        .join(Account, col(Account.id) == both.c.other_id)
        .outerjoin(Person, col(Person.id) == col(Account.person_id))
        .order_by(both.c.id.desc())
        .limit(bindparam("rows", type_=Integer))
    )
    if source is None:
        return query
    return query.where(
        col(Account.kind) == (AccountKind.BANK if source == ActivitySource.BANK else AccountKind.AVAILABLE)
    )


def _is_named(part: str) -> ColumnElement[bool]:
    """What a text finds in a transfer: its reference, its note, or who stands on the other side."""
    return or_(
        _contains(literal_column(f"{_BOTH}.reference", String), part),
        _contains(literal_column(f"{_BOTH}.note", String), part),
        and_(_contains(col(Person.name), part), col(Account.kind) == AccountKind.AVAILABLE),
        col(Account.bank_code).in_(_banks_named(part)),
    )


def _transfers_of_side(direction: Direction, *, has_months: bool, is_one_way: bool) -> Select[*tuple[Any, ...]]:
    """What an index answers by itself. The limit also keeps the planner from beginning at the other side."""
    own, other, balance_after = side(direction)
    query: Select[*tuple[Any, ...]] = (
        select(
            col(Transfer.id),
            col(Transfer.reference),
            col(Transfer.kind),
            col(Transfer.amount_paise),
            literal(direction.value).label("direction"),
            other.label("other_id"),
            balance_after.label("balance_after_paise"),
            col(Transfer.note),
            col(Transfer.created_at),
        )
        .where(own == available_account(PERSON))
        .where(col(Transfer.id) >= bindparam("low_id"), col(Transfer.id) < bindparam("high_id"))
        .order_by(col(Transfer.id).desc())
        .limit(bindparam("rows_of_side", type_=Integer))
    )
    if has_months:
        query = query.where(*_within(col(Transfer.created_at), bindparam("begin"), bindparam("end")))
    if is_one_way:
        query = query.where(col(Transfer.kind).not_in(OWN_KINDS))
    return query


_ONRAMPS: Final[Select[*tuple[Any, ...]]] = (
    select(
        col(Onramp.reference),
        col(Onramp.bank_code),
        col(Onramp.amount_paise),
        col(Onramp.status),
        col(Onramp.created_at),
    )
    .join(OnrampUnmoved, col(OnrampUnmoved.reference) == col(Onramp.reference))
    .where(col(OnrampUnmoved.person_id) == PERSON)
    .order_by(col(OnrampUnmoved.created_at).desc(), col(OnrampUnmoved.reference).desc())
    .limit(bindparam("rows", type_=Integer))
)


def _read_onramps(session: Session, question: _Question, start: Position, window: _Window) -> list[AnyRow]:
    """Orders that moved no money, newest first, one more than a page; none from below what is looked at."""
    wanted = question.filter
    if wanted.status == ActivityStatus.SUCCEEDED:
        return []
    if wanted.direction == Direction.OUT or wanted.source == ActivitySource.PEOPLE:
        return []
    query = _ONRAMPS
    if start.onramp_at != NEWEST.onramp_at:
        place = tuple_(literal(start.onramp_at), literal(start.onramp_reference))
        query = query.where(tuple_(col(OnrampUnmoved.created_at), col(OnrampUnmoved.reference)) < place)
    if window.low_at is not None:
        query = query.where(col(OnrampUnmoved.created_at) >= window.low_at)
    if question.months is not None:
        query = query.where(*_within(col(OnrampUnmoved.created_at), *question.months))
    if wanted.status is not None:
        query = query.where(col(Onramp.status) == wanted.status)
    if question.text:
        named = col(Onramp.bank_code).in_(_banks_named(question.text))
        query = query.where(or_(_contains(col(Onramp.reference), question.text), named))
    values = {"person_id": question.person_id, "rows": question.limit + 1}
    return list(session.connection().execute(query, values).all())


def _within(moment: SQLColumnExpression[Any], begin: Any, end: Any) -> tuple[ColumnElement[bool], ...]:
    return moment >= begin, moment < end


def _contains(column: SQLColumnExpression[Any], part: str) -> ColumnElement[bool]:
    """Case-insensitive; ``%`` and ``_`` are letters like others."""
    return column.icontains(part, autoescape=True)


def _banks_named(part: str) -> list[str]:
    return [code for code, name in BANKS.items() if part.casefold() in name.casefold()]


def _merge(transfers: list[AnyRow], onramps: list[AnyRow], window: _Window, limit: int) -> ActivityPage:
    """The newer head of the two streams, again and again. Which one that is depends on the heads alone, so that reading
    in pages of any size gives the same history.
    """
    rows: list[ActivityRow] = []
    sent, asked = 0, 0  # how many of each stream are on the page
    while len(rows) < limit and (sent < len(transfers) or asked < len(onramps)):
        has_both = sent < len(transfers) and asked < len(onramps)
        if asked == len(onramps) or (has_both and transfers[sent].created_at >= onramps[asked].created_at):
            rows.append(_transfer_row(transfers[sent]))
            sent += 1
        else:
            rows.append(_onramp_row(onramps[asked]))
            asked += 1
    if window.low_at is None and sent == len(transfers) and asked == len(onramps):
        return ActivityPage(rows, None)
    return ActivityPage(rows, _write_position(_end_of_page(transfers, sent, onramps, asked, window)))


def _end_of_page(transfers: list[AnyRow], sent: int, onramps: list[AnyRow], asked: int, window: _Window) -> Position:
    """Just above the first row of each stream that is not on the page, or at the far end of what was looked at.

    Not below the last row that is: a stream of which the page has none would go on from its newest row, and rows that
    arrive between two pages would come in the wrong place.
    """
    transfer_id = transfers[sent].id + 1 if sent < len(transfers) else window.low_id
    if asked == len(onramps):
        return Position(transfer_id, window.low_at or _LONG_AGO, "")
    # All of one moment come together, so those that are on the page already are told by their reference.
    moment = onramps[asked].created_at
    if asked > 0 and onramps[asked - 1].created_at == moment:
        return Position(transfer_id, moment, onramps[asked - 1].reference)
    return Position(transfer_id, moment + timedelta(microseconds=1), "")


def _transfer_row(row: AnyRow) -> ActivityRow:
    return ActivityRow(
        reference=row.reference,
        kind=activity_kind(row.kind, Direction(row.direction)),
        counterparty=counterparty_name(row.other_kind, row.name, row.bank_code),
        amount_paise=row.amount_paise if row.direction == Direction.IN else -row.amount_paise,
        status=ActivityStatus.SUCCEEDED,
        at=row.created_at,
        balance_after_paise=row.balance_after_paise,
        note=row.note,
    )


def _onramp_row(row: AnyRow) -> ActivityRow:
    return ActivityRow(
        reference=row.reference,
        kind=ActivityKind.ONRAMP,
        counterparty=bank_name(row.bank_code),
        amount_paise=row.amount_paise,
        status=ActivityStatus(row.status),
        at=row.created_at,
        balance_after_paise=None,
        note="",
    )
