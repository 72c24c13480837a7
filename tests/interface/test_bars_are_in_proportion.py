"""The bars of money in and out: as high as their amounts, all in their card, and said in words."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from tests.interface.handlers import call, state_at
from wallet_app.paths import HOME
from wallet_app.state import dashboard
from wallet_app.state.dashboard import DashboardState
from wallet_app.state.flow_bars import HEIGHT, WIDTH, FlowBar, draw_flows
from wallet_core.flows import Flow, FlowRange, summarise
from wallet_core.views import ActivityPage

COUNTS = {FlowRange.WEEK: 7, FlowRange.MONTH: 30, FlowRange.YEAR: 12}
FIRST = date(2026, 1, 1)


def flows_of(over: FlowRange, *, in_paise: int = 0, out_paise: int = 0) -> list[Flow]:
    """Quiet periods, and a last one with these amounts."""
    days = [FIRST + timedelta(days=number) for number in range(COUNTS[over])]
    months = [FIRST.replace(month=number + 1) for number in range(12)]
    begins = months if over == FlowRange.YEAR else days
    return [*(Flow(begin, 0, 0) for begin in begins[:-1]), Flow(begins[-1], in_paise, out_paise)]


def draw(over: FlowRange, flows: list[Flow]) -> list[FlowBar]:
    return draw_flows(flows, summarise(flows), over)


@pytest.mark.parametrize("over", FlowRange)
def test_bars_stand_side_by_side_in_the_card(over: FlowRange) -> None:
    bars = draw(over, flows_of(over, in_paise=10_00))
    edges = [(int(bar.in_x), int(bar.out_x) + int(bar.width)) for bar in bars]
    assert edges[0][0] >= 0
    assert edges[-1][1] <= WIDTH
    assert all(right <= left for (_, right), (left, _) in itertools.pairwise(edges))
    assert sum(int(bar.room) for bar in bars) == WIDTH


def test_heights_are_in_proportion_and_a_paisa_is_seen() -> None:
    last = draw(FlowRange.WEEK, flows_of(FlowRange.WEEK, in_paise=50_00, out_paise=25_00))[-1]
    assert (last.in_height, last.out_height) == (str(HEIGHT), str(HEIGHT // 2))
    assert (last.in_y, last.out_y) == ("0", str(HEIGHT // 2))
    last = draw(FlowRange.WEEK, flows_of(FlowRange.WEEK, in_paise=1, out_paise=50_00))[-1]
    assert 0 < int(last.in_height) < HEIGHT // 10


@pytest.mark.parametrize("largest_paise", [1_00, 1_01, 11_99, 12_01, 1_020_50, 2_000_01, 99_999_99, 3_00_00_001_00])
def test_the_largest_bar_fills_the_picture(largest_paise: int) -> None:
    flows = flows_of(FlowRange.WEEK, in_paise=largest_paise)
    assert summarise(flows).top_paise >= largest_paise
    assert HEIGHT * 3 // 4 <= int(draw(FlowRange.WEEK, flows)[-1].in_height) <= HEIGHT


def test_quiet_times_have_no_bars() -> None:
    for bar in draw(FlowRange.MONTH, flows_of(FlowRange.MONTH)):
        assert (bar.in_height, bar.out_height) == ("0", "0")


def test_a_bar_is_said_in_words() -> None:
    amounts = {"in_paise": 1_23_456_78, "out_paise": 5}
    assert draw(FlowRange.WEEK, flows_of(FlowRange.WEEK, **amounts))[-1].words == (
        "Wednesday 7\N{NO-BREAK SPACE}January: ₹1,23,456.78 in, ₹0.05 out"
    )
    december = draw(FlowRange.YEAR, flows_of(FlowRange.YEAR, **amounts))[-1]
    assert (december.period, december.money_in, december.money_out) == ("December 2026", "₹1,23,456.78", "₹0.05")


@pytest.mark.parametrize("over", FlowRange)
def test_the_last_period_is_named_and_names_have_room(over: FlowRange) -> None:
    bars = draw(over, flows_of(over))
    named = [place for place, bar in enumerate(bars) if bar.label]
    assert named[-1] == len(bars) - 1
    assert len(named) <= 7


def open_home(monkeypatch: pytest.MonkeyPatch) -> tuple[DashboardState, list[FlowRange]]:
    """Home, and the ranges that it asks for."""
    asked: list[FlowRange] = []

    def read_flows(*, over: FlowRange, **_: Any) -> list[Flow]:
        asked.append(over)
        return flows_of(over, in_paise=7_00)

    monkeypatch.setattr(dashboard, "list_activity", lambda **_: ActivityPage([], None))
    monkeypatch.setattr(dashboard, "list_recent_payees", lambda **_: [])
    monkeypatch.setattr(dashboard, "read_flows", read_flows)
    state = state_at(DashboardState, HOME)
    call(state, "load")
    return state, asked


def test_a_choice_stays_when_money_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    state, asked = open_home(monkeypatch)
    assert (state.flow_range, len(state.bars)) == ("week", 7)
    call(state, "choose_flow_range", "year")
    assert state.flow_words == "12 months: ₹7.00 in, ₹0.00 out"
    call(state, "load")
    assert (state.flow_range, len(state.bars), state.flow_words) == ("year", 12, "")
    assert asked == [FlowRange.WEEK, FlowRange.YEAR, FlowRange.YEAR]


@pytest.mark.parametrize("code", ["", "century", "WEEK", 7, None, ["week"], {"week": 1}])
def test_what_is_no_range_changes_nothing(monkeypatch: pytest.MonkeyPatch, code: Any) -> None:
    state, asked = open_home(monkeypatch)
    call(state, "choose_flow_range", code)
    assert (state.flow_range, asked) == ("week", [FlowRange.WEEK])
