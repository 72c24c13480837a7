"""Money in and out of a time as a picture needs it: sums, a round amount to draw against, heights in proportion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from wallet_core.money import PAISE_PER_RUPEE

#: The top line of a chart is so many tenths of a power of ten: an amount that reads at a glance, and of which the
#: largest bar takes three quarters or more.
_ROUND_STEPS_TENTHS: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)
_TENTHS: Final = 10


class FlowRange(StrEnum):
    """How far back money in and out is told, to this day or month."""

    WEEK = "week"  # 7 days
    MONTH = "month"  # 30 days
    YEAR = "year"  # 12 months


@dataclass(frozen=True, slots=True)
class Flow:
    """Money in and out of one day or one month in IST; holds and releases are neither."""

    begins_on: date
    in_paise: int
    out_paise: int


@dataclass(frozen=True, slots=True)
class FlowSummary:
    in_paise: int
    out_paise: int
    top_paise: int  # a round amount, at least the largest flow of a period; never zero


def summarise(flows: Sequence[Flow]) -> FlowSummary:
    """Sums of all periods, and the round amount that the largest bar stays below."""
    largest_paise = max((max(flow.in_paise, flow.out_paise) for flow in flows), default=0)
    return FlowSummary(
        in_paise=sum(flow.in_paise for flow in flows),
        out_paise=sum(flow.out_paise for flow in flows),
        top_paise=_round_up(largest_paise),
    )


def share_of(amount_paise: int, top_paise: int, whole: int) -> int:
    """How much of ``whole`` (a height in pixels) this amount takes where ``top_paise`` takes all of it."""
    return whole * amount_paise // top_paise


def _round_up(amount_paise: int) -> int:
    power = PAISE_PER_RUPEE
    while True:
        for step_tenths in _ROUND_STEPS_TENTHS:
            top_paise = step_tenths * power // _TENTHS
            if top_paise >= amount_paise:
                return top_paise
        power *= 10
