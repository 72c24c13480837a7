"""The history page: newest first, under days as they are in India, in pages, narrowed by what the address says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.interface.handlers import call, state_at
from wallet_app.paths import HISTORY
from wallet_app.state import transactions
from wallet_app.state.transactions import PAGE_ROWS, TransactionsState
from wallet_core.views import ActivityFilter, ActivityKind, ActivityPage, ActivityRow, ActivityStatus, Direction

#: 18:30 in UTC: midnight in India, where 2 January 2025 begins.
MIDNIGHT = datetime(2025, 1, 1, 18, 30, tzinfo=UTC)


def row(number: int, at: datetime) -> ActivityRow:
    return ActivityRow(
        reference=f"P-{number}",
        kind=ActivityKind.SENT,
        counterparty="Bob Verma",
        amount_paise=-1_00,
        status=ActivityStatus.SUCCEEDED,
        at=at,
        balance_after_paise=0,
        note="",
    )


class Books:
    """Answers pages as the core does, and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rows: list[ActivityRow]) -> None:
        self.rows = rows
        self.asked: list[ActivityFilter] = []
        monkeypatch.setattr(transactions, "list_activity", self.list_activity)

    def list_activity(self, *, filter: ActivityFilter, cursor: str | None, limit: int, **_: Any) -> ActivityPage:
        self.asked.append(filter)
        start = int(cursor or 0)
        end = start + limit
        return ActivityPage(self.rows[start:end], str(end) if end < len(self.rows) else None)


def test_a_day_is_a_day_in_india(monkeypatch: pytest.MonkeyPatch) -> None:
    Books(monkeypatch, [row(2, MIDNIGHT), row(1, MIDNIGHT - timedelta(minutes=1))])
    state = state_at(TransactionsState, HISTORY)
    call(state, "open")
    call(state, "load")
    assert [(day.heading, [line.detail for line in day.lines]) for day in state.days] == [
        ("2\N{NO-BREAK SPACE}Jan 2025", ["Sent · 12:00\N{NO-BREAK SPACE}am"]),
        ("1\N{NO-BREAK SPACE}Jan 2025", ["Sent · 11:59\N{NO-BREAK SPACE}pm"]),
    ]


def test_more_is_read_page_by_page_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 2 * PAGE_ROWS + 3
    Books(monkeypatch, [row(count - back, MIDNIGHT - timedelta(minutes=back)) for back in range(count)])
    state = state_at(TransactionsState, HISTORY)
    call(state, "load")
    shown = [len(state._rows)]
    while state.has_more:
        call(state, "show_more")
        shown.append(len(state._rows))
    assert shown == [PAGE_ROWS, 2 * PAGE_ROWS, count]
    lines = [line.reference for day in state.days for line in day.lines]
    assert lines == [f"P-{number}" for number in range(count, 0, -1)]


def test_the_address_narrows_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    books = Books(monkeypatch, [])
    state = state_at(TransactionsState, f"{HISTORY}?show=in&month=2025-01&q=tea")
    call(state, "open")
    call(state, "load")
    assert books.asked == [ActivityFilter(text="tea", direction=Direction.IN, month=date(2025, 1, 1))]
