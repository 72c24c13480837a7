"""Money in and out of the last days or months in India, for a picture of where it goes."""

from datetime import date, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Select, bindparam, cast, func, select
from sqlmodel import Session, col

from wallet_core import clock, db
from wallet_core.flows import Flow, FlowRange
from wallet_core.models import Transfer
from wallet_core.models.base import BIGINT
from wallet_core.services import moments, sides
from wallet_core.views import Direction

_DAYS: Final = {FlowRange.WEEK: 7, FlowRange.MONTH: 30}

MONTHS_OF_A_YEAR: Final = 12


def read_flows(*, person_id: UUID, over: FlowRange = FlowRange.WEEK) -> list[Flow]:
    """Money in and out of each day, or each month, of a range in IST: the oldest first and the one that runs last.
    Quiet ones are zero; holds and releases are neither in nor out.

    Raises: AccountMissing, DatabaseUnavailable.
    """
    begins = _begins(over, clock.now().astimezone(clock.IST).date())

    def work(session: Session) -> list[Flow]:
        sides.check_accounts(session, person_id)
        low_id = moments.first_number_at(session, moments.midnight(begins[0]) - moments.CLOCK_MARGIN)
        flows = {side: _sum_by_period(session, person_id, side, over, begins[0], low_id) for side in Direction}
        return [Flow(begin, flows[Direction.IN].get(begin, 0), flows[Direction.OUT].get(begin, 0)) for begin in begins]

    return db.read(work)


def _begins(over: FlowRange, today: date) -> list[date]:
    """The first day of each period, oldest first."""
    if over != FlowRange.YEAR:
        return [today - timedelta(days=back) for back in reversed(range(_DAYS[over]))]
    latest = today.year * MONTHS_OF_A_YEAR + today.month - 1
    months = (latest - back for back in reversed(range(MONTHS_OF_A_YEAR)))
    return [date(month // MONTHS_OF_A_YEAR, month % MONTHS_OF_A_YEAR + 1, 1) for month in months]


def _sum_by_period(
    session: Session, person_id: UUID, direction: Direction, over: FlowRange, begin: date, low_id: int
) -> dict[date, int]:
    """By the first day of each period."""
    values = {"person_id": person_id, "low_id": low_id, "begin": moments.midnight(begin)}
    return {row.period: row.sum_paise for row in session.connection().execute(_sums(direction, over), values)}


@cache
def _sums(direction: Direction, over: FlowRange) -> Select[*tuple[Any, ...]]:
    """It is read from the index of one side, from the first number that may fit."""
    unit = "month" if over == FlowRange.YEAR else "day"
    period = cast(func.date_trunc(unit, func.timezone(clock.IST.key, col(Transfer.created_at))), Date)
    return (
        select(period.label("period"), cast(func.sum(col(Transfer.amount_paise)), BIGINT).label("sum_paise"))
        .where(sides.side(direction)[0] == sides.available_account(sides.PERSON))
        .where(col(Transfer.id) >= bindparam("low_id"), col(Transfer.created_at) >= bindparam("begin"))
        .where(col(Transfer.kind).not_in(sides.OWN_KINDS))
        .group_by(period)
    )
