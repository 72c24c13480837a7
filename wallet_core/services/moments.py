"""Where a moment lies among the numbers of transfers, which are read in their order and not by the clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from wallet_core.clock import IST
from wallet_core.errors import InvalidInput

#: The numbers of transfers follow the clock, but not to the microsecond: whoever waits for a lock, or a clock that is
#: set, makes a difference far below this.
CLOCK_MARGIN: Final = timedelta(hours=1)

#: By halves, on the primary key: some 25 looks at 10 million rows, and no second index to keep for every payment.
_FIRST_NUMBER_AT: Final = text("""
    WITH RECURSIVE search (low, high) AS (
        SELECT CAST(1 AS bigint), coalesce(max(id), 0) + 1 FROM transfer
        UNION ALL
        SELECT CASE WHEN probe.created_at < :moment THEN probe.id + 1 ELSE search.low END,
               CASE WHEN probe.created_at < :moment THEN search.high ELSE (search.low + search.high) / 2 END
        FROM search
        CROSS JOIN LATERAL (
            SELECT t.id, t.created_at FROM transfer t WHERE t.id >= (search.low + search.high) / 2 ORDER BY t.id LIMIT 1
        ) probe
        WHERE search.low < search.high
    )
    SELECT low FROM search WHERE low >= high
""")


def first_number_at(session: Session, moment: datetime) -> int:
    """The lowest number of a transfer posted at ``moment`` or later; one above the highest where there is none."""
    number: int = session.connection().execute(_FIRST_NUMBER_AT, {"moment": moment}).scalar_one()
    return number


def midnight(day: date) -> datetime:
    """The beginning of a day in IST."""
    return datetime.combine(day, time(), tzinfo=IST)


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month in IST and that of the next one. Raises: InvalidInput (out of the calendar)."""
    first = month.replace(day=1)
    try:
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        # A moment before the year 1 or after 9999 in UTC is none.
        return midnight(first).astimezone(UTC), (midnight(following) + CLOCK_MARGIN).astimezone(UTC) - CLOCK_MARGIN
    except (ValueError, OverflowError):
        raise InvalidInput from None
