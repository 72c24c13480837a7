"""The home page: what happened lately, money in and out, and whom one has paid."""

from dataclasses import dataclass
from typing import Final

import reflex as rx

from wallet_app import formatting
from wallet_app.asking import ask, signed_in
from wallet_app.paths import SEND
from wallet_app.state.activity_lines import ActivityLine, short_line
from wallet_app.state.flow_bars import RANGES, FlowBar, draw_flows
from wallet_app.words.saying import say
from wallet_core.flows import FlowRange, summarise
from wallet_core.money import format_rupees
from wallet_core.services.activity import list_activity
from wallet_core.services.directory import list_recent_payees
from wallet_core.services.flows import read_flows
from wallet_core.views import PersonCard

#: As many as fit beside the chart without scrolling.
RECENT_ROWS: Final = 6

#: One row of faces, on a phone too.
AGAIN_PEOPLE: Final = 5


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A face under "Send again"."""

    name: str
    short_name: str
    initials: str
    tone: str
    address: str


class DashboardState(rx.State):
    lines: list[ActivityLine] = []
    #: What of money in and out is drawn: a ``FlowRange``, which a change of the money leaves as it is.
    flow_range: str = FlowRange.WEEK.value
    bars: list[FlowBar] = []
    flow_in: str = ""
    flow_out: str = ""
    flow_top: str = ""
    is_flow_empty: bool = False
    #: Told to screen readers after a choice.
    flow_words: str = ""
    paid_before: list[PaidBefore] = []
    is_loaded: bool = False

    @rx.event
    async def load(self) -> None:
        person_id = signed_in().person_id
        page = await ask(list_activity, person_id=person_id, limit=RECENT_ROWS)
        people = await ask(list_recent_payees, person_id=person_id, limit=AGAIN_PEOPLE)
        self.lines = [short_line(row) for row in page.rows]
        await _show_flows(self)
        self.paid_before = [_paid_before(person) for person in people]
        self.is_loaded = True

    @rx.event
    async def choose_flow_range(self, range_code: str) -> None:
        """Draws the bars of 7 days, 30 days or 12 months."""
        if range_code not in tuple(FlowRange):
            return
        self.flow_range = range_code
        await _show_flows(self)
        sums = {"in": self.flow_in, "out": self.flow_out}
        self.flow_words = say("chart.sums", period=say(RANGES[FlowRange(range_code)]), **sums)


async def _show_flows(state: DashboardState) -> None:
    over = FlowRange(state.flow_range)
    flows = await ask(read_flows, person_id=signed_in().person_id, over=over)
    summary = summarise(flows)
    state.bars = draw_flows(flows, summary, over)
    state.flow_in = format_rupees(summary.in_paise)
    state.flow_out = format_rupees(summary.out_paise)
    state.flow_top = format_rupees(summary.top_paise).removesuffix(".00")
    state.is_flow_empty = summary.in_paise == 0 and summary.out_paise == 0
    state.flow_words = ""


def _paid_before(person: PersonCard) -> PaidBefore:
    return PaidBefore(
        name=person.name,
        short_name=formatting.first_name(person.name),
        initials=formatting.initials(person.name),
        tone=formatting.tone(person.person_id),
        address=f"{SEND}?to={person.person_id}",
    )
