"""A statement: exactly what a filter of the history shows, and the balances before and after, all of one moment."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression, cast, func, not_, select, union_all
from sqlmodel import Session, col

from wallet_core import clock, db
from wallet_core.cursors import MAX_NUMBER
from wallet_core.errors import StatementTooLong
from wallet_core.models import Person, Transfer
from wallet_core.models.base import BIGINT
from wallet_core.rate_limit import Limit
from wallet_core.services import history, moments
from wallet_core.services.sides import OWN_KINDS, AnyRow, available_account, check_accounts, side
from wallet_core.views import (
    ActivityFilter,
    ActivityKind,
    ActivityPage,
    ActivityRow,
    ActivityStatus,
    Direction,
    Statement,
    StatementFrame,
)

#: More than the busiest month of a person; on paper some 150 sheets, which take a second to draw.
MAX_STATEMENT_ROWS: Final = 5_000

#: In a file for programs, which is written page by page: every row of ten busy years, and some ten seconds of work.
MAX_FILE_ROWS: Final = 50_000

#: So many movements of each direction are added up, and looked through for what a filter shows: a second of work.
MAX_PERIOD_MOVEMENTS: Final = 100_000

#: The rows come page by page, as the history reads them, within one snapshot.
PAGE_ROWS: Final = 500

#: Statements cost more than pages: enough for every month of some years at once, too few to keep a machine busy.
STATEMENTS_OF_PERSON: Final = Limit("statement", capacity=60, refill_every_s=30)  # 120 an hour

_EVERYTHING: Final = ActivityFilter()
_OWN_KINDS: Final = (ActivityKind.HOLD, ActivityKind.RELEASE)


@dataclass(frozen=True, slots=True)
class _Span:
    """Movements from one moment to below another (None: all there are), and the numbers between which they lie."""

    begins_at: datetime | None
    ends_at: datetime | None
    low_id: int
    high_id: int


_ALL_TIME: Final = _Span(None, None, 1, MAX_NUMBER)


@dataclass(frozen=True, slots=True)
class _Flows:
    in_paise: int
    out_paise: int
    held_paise: int  # signed, of holds and releases

    @property
    def change_paise(self) -> int:
        return self.in_paise - self.out_paise + self.held_paise


class StatementWriter(Protocol):
    """Takes a statement that is too long to be held."""

    def begin(self, frame: StatementFrame, row_count: int) -> None:
        """Called once, before the rows."""

    def write(self, rows: list[ActivityRow]) -> None:
        """The next rows, oldest first."""


def read_statement(*, person_id: UUID, filter: ActivityFilter = _EVERYTHING) -> Statement:
    """All that ``list_activity`` shows with this filter, and the balances of its month, or of all time without one.

    Raises: StatementTooLong, TooManyAttempts, InvalidInput (a month out of the calendar), AccountMissing,
    DatabaseUnavailable.
    """
    STATEMENTS_OF_PERSON.take(str(person_id))

    def work(session: Session) -> Statement:
        frame = _read_frame(session, person_id, filter, MAX_STATEMENT_ROWS)
        pages = _read_pages(session, person_id, filter, MAX_STATEMENT_ROWS)
        rows = [row for _, page in pages for row in page.rows][::-1]
        return Statement(
            **{field.name: getattr(frame, field.name) for field in fields(frame)},
            shown_in_paise=_sum_of(rows, Direction.IN),
            shown_out_paise=_sum_of(rows, Direction.OUT),
            rows=rows,
        )

    return db.read(work)


def write_statement(*, person_id: UUID, writer: StatementWriter, filter: ActivityFilter = _EVERYTHING) -> None:
    """The same, page by page, and up to MAX_FILE_ROWS. It is all of one moment, so the history is walked through twice:
    to count its rows and note where its pages begin, and then back from the oldest page to the newest.

    Raises: what ``read_statement`` does, before ``writer`` has begun; DatabaseUnavailable and whatever the writer
    raises at any time.
    """
    STATEMENTS_OF_PERSON.take(str(person_id))

    def work(session: Session) -> None:
        frame = _read_frame(session, person_id, filter, MAX_FILE_ROWS)
        starts, row_count = [], 0
        for start, page in _read_pages(session, person_id, filter, MAX_FILE_ROWS):
            starts.append(start)
            row_count += len(page.rows)
        writer.begin(frame, row_count)
        for start in reversed(starts):
            writer.write(history.read_page(session, person_id, filter, start, PAGE_ROWS).rows[::-1])

    db.read(work)


def _read_frame(session: Session, person_id: UUID, filter: ActivityFilter, max_rows: int) -> StatementFrame:
    check_accounts(session, person_id)
    columns = select(col(Person.name), col(Person.phone), col(Person.created_at))
    person: AnyRow = session.connection().execute(columns.where(col(Person.id) == person_id)).one()
    made_at = clock.now()
    if filter.month is None:
        span, begins_at, ends_at = _ALL_TIME, person.created_at, made_at
        opening_paise = 0
    else:
        begins_at, ends_at = moments.month_bounds(filter.month)
        span = _span(session, begins_at, ends_at)
        opening_paise = _balance_at(session, person_id, begins_at, max_rows)
        # A month that still runs ends with the last moment that is known.
        ends_at = made_at if begins_at <= made_at < ends_at else ends_at
    flows = _read_flows(session, person_id, span, max_rows)
    return StatementFrame(
        name=person.name,
        phone=person.phone,
        begins_at=begins_at,
        ends_at=ends_at,
        made_at=made_at,
        opening_balance_paise=opening_paise,
        closing_balance_paise=opening_paise + flows.change_paise,
        money_in_paise=flows.in_paise,
        money_out_paise=flows.out_paise,
        held_paise=flows.held_paise,
    )


def _read_pages(
    session: Session, person_id: UUID, filter: ActivityFilter, max_rows: int
) -> Iterator[tuple[history.Position, ActivityPage]]:
    """Each page with where it begins, the newest first. Raises: StatementTooLong."""
    row_count = 0
    position: history.Position | None = history.NEWEST
    while position is not None:
        page = history.read_page(session, person_id, filter, position, PAGE_ROWS)
        row_count += len(page.rows)
        if row_count > max_rows:
            raise StatementTooLong(max_rows=max_rows)
        yield position, page
        position = None if page.next_cursor is None else history.read_position(page.next_cursor)


def _sum_of(rows: list[ActivityRow], direction: Direction) -> int:
    """What has moved, without what only changed places within the wallet."""
    moved = [row for row in rows if row.status == ActivityStatus.SUCCEEDED and row.kind not in _OWN_KINDS]
    return sum(abs(row.amount_paise) for row in moved if (row.amount_paise > 0) == (direction == Direction.IN))


def _balance_at(session: Session, person_id: UUID, moment: datetime, max_rows: int) -> int:
    """The available balance just before a moment: the one that stands at the last movement whose number is surely
    from before, and the few movements about that moment.
    """
    about = _span(session, moment, moment)
    last = union_all(
        *(select(_last_below(person_id, direction, about.low_id).subquery()) for direction in Direction)
    ).subquery()
    query = select(last.c.balance_after_paise).order_by(last.c.id.desc()).limit(1)
    before_paise: int = session.connection().execute(query).scalar() or 0
    few = _Span(None, moment, about.low_id, about.high_id)
    return before_paise + _read_flows(session, person_id, few, max_rows).change_paise


def _last_below(person_id: UUID, direction: Direction, number: int) -> Select[*tuple[Any, ...]]:
    own, _, balance_after = side(direction)
    return (
        select(col(Transfer.id), balance_after.label("balance_after_paise"))
        .where(own == available_account(person_id), col(Transfer.id) < number)
        .order_by(col(Transfer.id).desc())
        .limit(1)
    )


def _span(session: Session, begins_at: datetime, ends_at: datetime) -> _Span:
    """The numbers follow the clock but for a margin, so the span of numbers is that much wider at both ends."""
    low_id = moments.first_number_at(session, begins_at - moments.CLOCK_MARGIN)
    high_id = moments.first_number_at(session, ends_at + moments.CLOCK_MARGIN)
    return _Span(begins_at, ends_at, low_id, high_id)


def _read_flows(session: Session, person_id: UUID, span: _Span, max_rows: int) -> _Flows:
    """Raises: StatementTooLong."""
    money_in, money_out = (_sum_side(session, person_id, side_of, span) for side_of in (Direction.IN, Direction.OUT))
    if max(money_in.movements, money_out.movements) > MAX_PERIOD_MOVEMENTS:
        raise StatementTooLong(max_rows=max_rows)
    return _Flows(money_in.flow_paise, money_out.flow_paise, money_in.held_paise - money_out.held_paise)


def _sum_side(session: Session, person_id: UUID, direction: Direction, span: _Span) -> AnyRow:
    movements = (
        select(col(Transfer.amount_paise), col(Transfer.kind).in_(OWN_KINDS).label("is_own"))
        .where(side(direction)[0] == available_account(person_id))
        .where(col(Transfer.id) >= span.low_id, col(Transfer.id) < span.high_id)
        .order_by(col(Transfer.id).desc())
        .limit(MAX_PERIOD_MOVEMENTS + 1)
    )
    if span.begins_at is not None:
        movements = movements.where(col(Transfer.created_at) >= span.begins_at)
    if span.ends_at is not None:
        movements = movements.where(col(Transfer.created_at) < span.ends_at)
    each = movements.subquery()

    def total(fits: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
        return cast(func.coalesce(func.sum(each.c.amount_paise).filter(fits), 0), BIGINT)

    query: Select[*tuple[Any, ...]] = select(
        func.count().label("movements"),
        total(not_(each.c.is_own)).label("flow_paise"),
        total(each.c.is_own).label("held_paise"),
    ).select_from(each)
    return session.connection().execute(query).one()
