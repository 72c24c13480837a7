"""The bars of money in and out: where each stands and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wallet_app import formatting
from wallet_app.words.saying import say
from wallet_core.flows import Flow, FlowRange, FlowSummary, share_of
from wallet_core.money import format_rupees

#: The drawing's own units: it is as wide as its card, whatever that is.
WIDTH: Final = 364
HEIGHT: Final = 120

#: Of the two bars of one period; half of that where there are many.
_BAR_WIDTH: Final = 10
_NARROW_BAR_WIDTH: Final = 4
_MANY_BARS: Final = 15

#: Half the room between the two bars of a period.
_HALF_GAP: Final = 1

#: A small amount is still seen.
_LEAST_HEIGHT: Final = 3

#: Below many bars only some have a date, so that none touches another on a small phone; the last one always has.
_DAYS_BETWEEN_DATES: Final = 7
_MONTHS_BETWEEN_NAMES: Final = 2

#: The choices, in the order they stand, with the keys of their words.
RANGES: Final = {
    FlowRange.WEEK: "chart.week",
    FlowRange.MONTH: "chart.thirty_days",
    FlowRange.YEAR: "chart.year",
}


@dataclass(frozen=True, slots=True)
class FlowBar:
    """A day or a month. Places and heights are text, as SVG takes them."""

    label: str  # below the bar, short; "" where its neighbour has one
    period: str  # in full
    money_in: str
    money_out: str
    words: str
    left: str  # of the room that is this period's
    room: str
    width: str
    in_x: str
    in_y: str
    in_height: str
    out_x: str
    out_y: str
    out_height: str


def draw_flows(flows: Sequence[Flow], summary: FlowSummary, over: FlowRange) -> list[FlowBar]:
    """Two bars a period, oldest first, in equal steps over the whole width."""
    return [_bar(flow, summary, over, place, len(flows)) for place, flow in enumerate(flows)]


def _bar(flow: Flow, summary: FlowSummary, over: FlowRange, place: int, count: int) -> FlowBar:
    left, right = place * WIDTH // count, (place + 1) * WIDTH // count
    centre = (2 * place + 1) * WIDTH // (2 * count)
    width = _NARROW_BAR_WIDTH if count > _MANY_BARS else _BAR_WIDTH
    in_height, out_height = _height(flow.in_paise, summary), _height(flow.out_paise, summary)
    period, money_in, money_out = _period(flow, over), format_rupees(flow.in_paise), format_rupees(flow.out_paise)
    return FlowBar(
        label=_label(flow, over, places_to_last=count - 1 - place),
        period=period,
        money_in=money_in,
        money_out=money_out,
        words=say("chart.sums", period=period, **{"in": money_in, "out": money_out}),
        left=str(left),
        room=str(right - left),
        width=str(width),
        in_x=str(centre - width - _HALF_GAP),
        in_y=str(HEIGHT - in_height),
        in_height=str(in_height),
        out_x=str(centre + _HALF_GAP),
        out_y=str(HEIGHT - out_height),
        out_height=str(out_height),
    )


def _label(flow: Flow, over: FlowRange, *, places_to_last: int) -> str:
    if over == FlowRange.WEEK:
        return formatting.weekday(flow.begins_on)
    if over == FlowRange.YEAR:
        return formatting.narrow_month(flow.begins_on) if places_to_last % _MONTHS_BETWEEN_NAMES == 0 else ""
    if places_to_last % _DAYS_BETWEEN_DATES:
        return ""
    return say("date.day_short", day=flow.begins_on.day, month=formatting.narrow_month(flow.begins_on))


def _period(flow: Flow, over: FlowRange) -> str:
    if over == FlowRange.YEAR:
        return formatting.month(flow.begins_on)
    return formatting.whole_day(flow.begins_on)


def _height(amount_paise: int, summary: FlowSummary) -> int:
    return max(_LEAST_HEIGHT, share_of(amount_paise, summary.top_paise, HEIGHT)) if amount_paise else 0
