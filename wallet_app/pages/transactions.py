"""History: bank and people in one list, a line for every movement."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.activity import activity_line, activity_skeleton
from wallet_app.components.base import (
    CHOSEN,
    NOT_CHOSEN,
    button,
    card,
    empty_state,
    file_link,
    icon,
    link_button,
    search_field,
    skeleton,
)
from wallet_app.components.more import more_button
from wallet_app.components.shell import shell
from wallet_app.paths import ADD_MONEY, HISTORY, STATEMENT_CSV, STATEMENT_PDF
from wallet_app.state.history_filter import SHOWS
from wallet_app.state.transactions import SEARCH_FIELD, TransactionsState
from wallet_app.words.writing import write
from wallet_core.search_text import MAX_TEXT_CHARACTERS
from wallet_core.views import ActivityStatus

#: Long enough that a word is searched once and not letter by letter.
_TYPING_PAUSE_MS: Final = 250

_SKELETON_ROWS: Final = 8

_BAR: Final = "pl-5 pr-2 pt-2 flex flex-wrap items-center justify-between gap-x-1 sm:gap-x-3"

#: Of a day: above its lines, and on a desk beside them, or days of one line would take twice the room.
_DAY: Final = "lg:flex lg:border-t border-line"
_HEADING: Final = "px-5 pt-4 lg:w-40 shrink-0 text-sm font-medium text-ink-3"
_LINES: Final = "flex-1 min-w-0"

_CHIP: Final = (
    "inline-flex items-center justify-center gap-1.5 rounded-full border px-3.5 max-[359px]:px-1 "
    "max-[359px]:text-[13px] sm:px-4 min-h-11 min-w-11 text-sm font-medium transition-colors cursor-pointer"
)


def _search() -> rx.Component:
    return search_field(
        write("history.search"),
        id=SEARCH_FIELD,
        placeholder=write("history.search_hint"),
        max_length=MAX_TEXT_CHARACTERS,
        on_change=lambda text: TransactionsState.search(text, TransactionsState.search_round).debounce(
            _TYPING_PAUSE_MS
        ),
    )


def _chip(code: str) -> rx.Component:
    is_chosen = TransactionsState.show == code
    return rx.el.li(
        rx.el.button(
            write(f"history.{code}"),
            type="button",
            on_click=TransactionsState.choose_show(code),
            custom_attrs={"aria-pressed": rx.cond(is_chosen, "true", "false")},
            class_name=[
                _CHIP,
                rx.cond(is_chosen, CHOSEN, NOT_CHOSEN),
            ],
        )
    )


def _select(name: str, words: Any, value: Any, on_change: Any, *options: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(words, html_for=name, class_name="sr-only"),
        rx.el.select(
            *options,
            id=name,
            value=value,
            on_change=on_change,
            class_name=(
                "w-full appearance-none truncate rounded-xl border border-line-strong bg-surface text-ink min-h-11 "
                "pl-3 pr-7 max-[359px]:pl-2 max-[359px]:pr-6 text-base sm:text-sm cursor-pointer"
            ),
        ),
        icon("chevron-down", 16, "absolute right-2 top-1/2 -translate-y-1/2 text-ink-3 pointer-events-none"),
        class_name="relative flex-1 min-w-0 sm:flex-none sm:min-w-40",
    )


def _filters() -> rx.Component:
    chips = rx.el.ul(
        *[_chip(code) for code in SHOWS],
        aria_label=write("history.show"),
        class_name="flex flex-wrap gap-1.5 max-[359px]:gap-1 sm:gap-2",
    )
    status = _select(
        "history-status",
        write("history.status"),
        TransactionsState.status,
        TransactionsState.choose_status,
        rx.el.option(write("history.any_status"), value=""),
        *[rx.el.option(write(f"status.{status}"), value=status.value) for status in ActivityStatus],
    )
    month = _select(
        "history-month",
        write("history.month"),
        TransactionsState.month,
        TransactionsState.choose_month,
        rx.cond(
            TransactionsState.months.length() > 0,
            rx.foreach(TransactionsState.months, lambda choice: rx.el.option(choice.words, value=choice.code)),
            rx.el.option(write("history.any_month"), value=""),
        ),
    )
    return rx.el.div(
        _search(),
        rx.el.div(
            chips,
            rx.el.div(status, month, class_name="flex gap-2 w-full xl:w-auto"),
            class_name="flex flex-wrap items-center justify-between gap-3 mt-3",
        ),
        role="search",
        class_name="p-4 sm:p-5 border-b border-line",
    )


def _day(day: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(day.heading, class_name=_HEADING),
        rx.el.ul(rx.foreach(day.lines, lambda line: activity_line(line, has_balance=True)), class_name=_LINES),
        key=day.key,
        class_name=_DAY,
    )


def _more() -> rx.Component:
    return rx.el.div(
        rx.cond(
            TransactionsState.has_more,
            more_button(TransactionsState.show_more),
        ),
        rx.cond(
            TransactionsState.is_full,
            rx.el.p(write("history.older"), class_name="text-sm text-ink-3"),
        ),
        class_name="px-5 pt-3 pb-5 text-center",
    )


def _clear(kind: str = "quiet") -> rx.Component:
    return button(icon("x", 16), write("history.clear"), kind=kind, on_click=TransactionsState.clear)


def _statement_link(words: str, path: str) -> rx.Component:
    return file_link(
        icon("download", 16),
        rx.el.span(rx.el.span(write("history.download"), " ", class_name="sr-only"), words),
        href=f"{path}{TransactionsState.query}",
        kind="ghost",
        css="px-2.5 sm:px-3 text-sm",
        custom_attrs={"data-statement": "true"},
    )


def _progress() -> rx.Component:
    """How far a statement is, and the way out. assets/statement.js shows and fills it; without that the browser loads
    the link by itself.
    """
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    id="statement-count",
                    custom_attrs={"data-statement-part": "count"},
                    class_name="text-sm text-ink-2 num min-h-5",
                ),
                rx.el.progress(
                    custom_attrs={"data-statement-part": "bar", "aria-labelledby": "statement-count"},
                    class_name="progress block w-full mt-2",
                ),
                class_name="flex-1 min-w-0",
            ),
            button(write("history.cancel"), kind="quiet", custom_attrs={"data-statement-part": "cancel"}),
            hidden=True,
            role="group",
            aria_label=write("history.statement"),
            custom_attrs={
                "data-statement-part": "panel",
                "data-waiting": write("history.preparing"),
                # The places are filled in the browser.
                "data-counting": write("history.written", done="{done}", rows="{rows}"),
                "data-done": write("history.downloaded"),
                "data-cancelled": write("history.cancelled"),
                "data-failed": write("history.broken_off"),
            },
            class_name="flex items-center gap-4 px-5 py-3 border-b border-line",
        ),
        rx.el.p(role="status", custom_attrs={"data-statement-part": "said"}, class_name="sr-only"),
        rx.el.p(
            role="alert",
            custom_attrs={"data-statement-part": "error"},
            class_name="px-5 pt-4 text-sm text-bad empty:hidden",
        ),
        rx.el.script(src="/statement.js", custom_attrs={"async": True}),
    )


def _bar() -> rx.Component:
    """How many are shown, and the same rows as a file: one line on a phone, too, for a page that opens with a filter
    must not jump.
    """
    cleared = rx.cond(
        TransactionsState.has_filter,
        rx.el.div(
            rx.el.p(TransactionsState.summary, class_name="max-sm:hidden text-sm text-ink-3 num", aria_hidden="true"),
            _clear("ghost"),
            class_name="flex items-center gap-1 max-sm:-ml-4",
        ),
    )
    statement = rx.el.div(
        rx.el.p(
            write("history.statement"),
            class_name=["text-sm text-ink-3 mr-1", rx.cond(TransactionsState.has_filter, "max-sm:sr-only", "")],
        ),
        rx.el.div(
            _statement_link("CSV", STATEMENT_CSV), _statement_link("PDF", STATEMENT_PDF), class_name="flex items-center"
        ),
        class_name=[
            "flex flex-1 items-center sm:justify-end",
            rx.cond(TransactionsState.has_filter, "justify-end", "justify-between"),
        ],
    )
    return rx.el.div(cleared, statement, class_name=_BAR)


def _list() -> rx.Component:
    return rx.fragment(_bar(), rx.foreach(TransactionsState.days, _day), _more())


def _nothing() -> rx.Component:
    further_back = empty_state(
        "search",
        write("history.further_back"),
        write("history.further_back_hint"),
        rx.el.div(
            button(write("history.look_further_back"), on_click=TransactionsState.show_more),
            _clear(),
            class_name="flex flex-wrap justify-center gap-2",
        ),
    )
    return rx.cond(
        TransactionsState.has_more,
        further_back,
        _nothing_at_all(),
    )


def _nothing_at_all() -> rx.Component:
    return rx.cond(
        TransactionsState.has_filter,
        empty_state(
            "search-x",
            write("history.no_match"),
            write("history.no_match_hint"),
            _clear(),
        ),
        empty_state(
            "receipt-text",
            write("history.nothing"),
            write("history.nothing_hint"),
            link_button(icon("plus", 18), write("title.add"), to=ADD_MONEY),
        ),
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.el.div(skeleton("h-4 w-44"), class_name=f"{_BAR} min-h-13 justify-end"),
        rx.el.div(
            rx.el.div(skeleton("h-4 w-16 my-0.5"), class_name=_HEADING),
            rx.el.ul(*[activity_skeleton() for _ in range(_SKELETON_ROWS)], class_name=_LINES),
            class_name=_DAY,
        ),
        aria_hidden="true",
    )


def _refusal(words: Any) -> rx.Component:
    return rx.cond(
        words != "",
        rx.el.p(
            icon("circle-alert", 16, "shrink-0 mt-0.5"),
            words,
            class_name="flex gap-1.5 px-5 pt-4 text-sm text-bad",
        ),
    )


def transactions_page() -> rx.Component:
    return shell(
        HISTORY,
        write("title.history"),
        write("history.subtitle"),
        card(
            _filters(),
            rx.el.p(TransactionsState.summary, role="status", class_name="sr-only"),
            rx.el.div(
                _refusal(TransactionsState.error),
                _refusal(TransactionsState.statement_error),
                role="alert",
            ),
            _progress(),
            rx.cond(
                TransactionsState.is_loaded,
                rx.cond(TransactionsState.days.length() > 0, _list(), _nothing()),
                _waiting(),
            ),
            css="max-w-6xl",
        ),
    )
