"""The history page: everything that ever moved, newest first, narrowed by a filter that stands in the address."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_app import formatting
from wallet_app.asking import ask, signed_in
from wallet_app.cookies import read_flash
from wallet_app.paths import HISTORY
from wallet_app.sentences import sentence, sentence_for
from wallet_app.state.activity_lines import ActivityLine, timed_line
from wallet_app.state.history_filter import (
    Choice,
    HistoryFilter,
    month_choices,
    read_filter,
    read_month,
    read_show,
    read_status,
    read_text,
)
from wallet_app.state.opened_form import field_text, fill_fields, keep_in_address
from wallet_app.words.saying import say
from wallet_core.errors import InvalidCursor, WalletError
from wallet_core.services.activity import list_activity
from wallet_core.views import ActivityPage, ActivityRow

#: Rows that one "Show more" adds.
PAGE_ROWS: Final = 25

#: Rows that one page keeps. A live change reads them all anew and sends them all, so there is an end;
#: who looks for older ones is quicker with the month or the search.
MAX_ROWS: Final = 500

#: A search of a very long history answers in pieces, some of them empty. So many are looked through before the person
#: is asked whether to look further back.
MAX_READS: Final = 40

#: What the search field is called in the page, for the focus after "Clear filters".
SEARCH_FIELD: Final = "history-search"


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """A day heading and its lines."""

    key: str
    heading: str
    lines: list[ActivityLine]


class TransactionsState(rx.State):
    days: list[HistoryDay] = []
    months: list[Choice] = []
    show: str = "all"
    status: str = ""
    month: str = ""
    #: A new number whenever the search field is filled by us: what was typed before that is not from this field.
    search_round: int = 0
    has_filter: bool = False
    has_more: bool = False
    is_full: bool = False
    is_loaded: bool = False
    #: How many are shown, told to screen readers after a change of the filter.
    summary: str = ""
    error: str = ""
    #: The filter as it stands in the address, for links to the same rows as a file.
    query: str = ""
    #: Why there was no statement.
    statement_error: str = ""

    _text: str = ""
    _rows: list[ActivityRow] = []
    _cursor: str | None = None
    _refusal_shown: str = ""

    @rx.event
    def open(self) -> EventSpec:
        """The page was opened: the address says what to show. The pages loaded before stay where it is the same."""
        chosen = read_filter(self.router.url.query_parameters)
        if chosen != _filter_of(self):
            _apply(self, chosen)
            self._rows = []
        self.summary = ""
        _show_refused_statement(self)
        return _fill_search(self, chosen.text)

    @rx.event
    async def take_search(self, fields: dict[str, str]) -> EventSpec | None:
        """What stood in the field when the page was ready: from the address, or typed before."""
        text = read_text(field_text(fields, SEARCH_FIELD))
        return None if text == self._text else await _narrow(self, replace(_filter_of(self), text=text))

    @rx.event
    async def load(self) -> None:
        """Reads all that is shown anew: it keeps the filter and as many rows as were loaded."""
        wanted = _whole_pages(len(self._rows))
        page = await _read(signed_in().person_id, _filter_of(self), wanted)
        self.months = month_choices(self.month)
        self.error = ""
        _show(self, page)
        self.summary = _summary(page) if self.has_filter else ""

    @rx.event
    async def search(self, text: str, search_round: int) -> EventSpec | None:
        """What was typed just before "Clear filters" comes after it, from a field that is not there any more."""
        if search_round != self.search_round:
            return None
        return await _narrow(self, replace(_filter_of(self), text=read_text(text)))

    @rx.event
    async def choose_show(self, show: str) -> EventSpec:
        return await _narrow(self, replace(_filter_of(self), show=read_show(show)))

    @rx.event
    async def choose_status(self, status: str) -> EventSpec:
        return await _narrow(self, replace(_filter_of(self), status=read_status(status)))

    @rx.event
    async def choose_month(self, month: str) -> EventSpec:
        return await _narrow(self, replace(_filter_of(self), month=read_month(month)))

    @rx.event
    async def clear(self) -> list[EventSpec]:
        keep_address = await _narrow(self, HistoryFilter())
        return [keep_address, _fill_search(self, ""), rx.set_focus(SEARCH_FIELD)]

    @rx.event
    async def show_more(self) -> None:
        person_id = signed_in().person_id
        if self._cursor is None or len(self._rows) >= MAX_ROWS:
            return
        try:
            page = await _read(person_id, _filter_of(self), PAGE_ROWS, self._cursor)
        except InvalidCursor:
            page = await _read(person_id, _filter_of(self), len(self._rows))
            self._rows = []
        except WalletError as error:
            self.error = sentence(error)
            return
        self.error = ""
        _show(self, ActivityPage([*self._rows, *page.rows], page.next_cursor))
        self.summary = say("history.shown", count=len(self._rows))


def _whole_pages(rows: int) -> int:
    """So that a row that arrives does not push the last one out of a list that was shown to its end."""
    return max(1, -(-rows // PAGE_ROWS)) * PAGE_ROWS


def _filter_of(state: TransactionsState) -> HistoryFilter:
    return HistoryFilter(text=state._text, show=state.show, status=state.status, month=state.month)


def _apply(state: TransactionsState, chosen: HistoryFilter) -> None:
    state._text, state.show, state.status, state.month = chosen.text, chosen.show, chosen.status, chosen.month
    state.has_filter = not chosen.is_empty()
    state.query = chosen.query()
    state.statement_error = ""


def _show_refused_statement(state: TransactionsState) -> None:
    """The refusal of a statement that led back to this page. The browser keeps telling it, so each is shown once."""
    flash = read_flash(state.router.headers.cookie, "statement")
    mark = flash.fields.get("mark", "") if flash else ""
    is_new = flash is not None and mark != state._refusal_shown
    state.statement_error = sentence_for(flash.code, flash.details) if flash and is_new else ""
    state._refusal_shown = mark or state._refusal_shown


async def _narrow(state: TransactionsState, chosen: HistoryFilter) -> EventSpec:
    """Shows the first page of another filter and writes it into the address, with no navigation and no reload."""
    person_id = signed_in().person_id
    _apply(state, chosen)
    try:
        page = await _read(person_id, chosen, PAGE_ROWS)
    except WalletError as error:
        state.error = sentence(error)
    else:
        state.error = ""
        _show(state, page)
        state.summary = _summary(page)
    return keep_in_address(HISTORY, f"{HISTORY}{chosen.query()}")


def _fill_search(state: TransactionsState, text: str) -> EventSpec:
    """The field is the browser's own, or a slow answer would overwrite what somebody types."""
    state.search_round += 1
    return fill_fields(str(state.search_round), {SEARCH_FIELD: text}, TransactionsState.take_search)


def _summary(page: ActivityPage) -> str:
    if not page.rows:
        return say("history.further_back" if page.next_cursor else "history.no_match")
    return say("history.shown_and_more" if page.next_cursor else "history.shown", count=len(page.rows))


async def _read(person_id: UUID, chosen: HistoryFilter, wanted: int, cursor: str | None = None) -> ActivityPage:
    """The newest rows below ``cursor``: ``wanted`` of them where there are as many and they are not too far back.

    Raises: WalletError.
    """
    rows: list[ActivityRow] = []
    for _ in range(MAX_READS):
        page = await ask(
            list_activity, person_id=person_id, filter=chosen.for_core(), cursor=cursor, limit=wanted - len(rows)
        )
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None or len(rows) >= wanted:
            break
    return ActivityPage(rows, cursor)


def _show(state: TransactionsState, page: ActivityPage) -> None:
    state._rows, state._cursor = page.rows, page.next_cursor
    state.days = _days(page.rows)
    state.is_full = page.next_cursor is not None and len(page.rows) >= MAX_ROWS
    state.has_more = page.next_cursor is not None and not state.is_full
    state.is_loaded = True


def _days(rows: Sequence[ActivityRow]) -> list[HistoryDay]:
    """Rows stand in the order of the books, so about midnight a day may begin twice: its key counts that."""
    times: Counter[str] = Counter()
    days = []
    for heading, lines in groupby(rows, key=lambda row: formatting.day_of(row.at)):
        times[heading] += 1
        days.append(HistoryDay(f"{heading} {times[heading]}", heading, [timed_line(row) for row in lines]))
    return days
