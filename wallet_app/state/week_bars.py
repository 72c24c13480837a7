"""The bars of the last seven days: where each stands and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wallet_core.money import format_rupees
from wallet_core.views import DayFlow
from wallet_core.week import WeekSummary, share_of

#: The drawing's own units: it is as wide as its card, whatever that is.
WIDTH: Final = 364
HEIGHT: Final = 120
BAR_WIDTH: Final = 10

#: Half the room between the two bars of a day.
_HALF_GAP: Final = 1

#: A small amount is still seen.
_LEAST_HEIGHT: Final = 3


@dataclass(frozen=True, slots=True)
class WeekBar:
    """A day. Places and heights are text, as SVG takes them."""

    day: str
    words: str
    in_x: str
    in_y: str
    in_height: str
    out_x: str
    out_y: str
    out_height: str


def draw_week(days: Sequence[DayFlow], week: WeekSummary) -> list[WeekBar]:
    """One bar a day, oldest first, in equal steps over the whole width."""
    return [_bar(day, week, centre=(2 * place + 1) * WIDTH // (2 * len(days))) for place, day in enumerate(days)]


def _bar(flow: DayFlow, week: WeekSummary, centre: int) -> WeekBar:
    in_height, out_height = _height(flow.in_paise, week), _height(flow.out_paise, week)
    return WeekBar(
        day=f"{flow.day:%a}",
        words=f"{flow.day:%A}: {format_rupees(flow.in_paise)} in, {format_rupees(flow.out_paise)} out",
        in_x=str(centre - BAR_WIDTH - _HALF_GAP),
        in_y=str(HEIGHT - in_height),
        in_height=str(in_height),
        out_x=str(centre + _HALF_GAP),
        out_y=str(HEIGHT - out_height),
        out_height=str(out_height),
    )


def _height(amount_paise: int, week: WeekSummary) -> int:
    return max(_LEAST_HEIGHT, share_of(amount_paise, week.top_paise, HEIGHT)) if amount_paise else 0
