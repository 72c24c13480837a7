"""What stands around the rows of a statement, the same in every kind of file."""

from datetime import date, timedelta
from typing import Final

from wallet_app.state.activity_lines import STATUS_WORDS
from wallet_app.state.history_filter import HistoryFilter
from wallet_core.clock import IST
from wallet_core.money import format_rupees
from wallet_core.views import ActivityStatus, Statement

OPENING: Final = "Opening balance"
CLOSING: Final = "Closing balance"

_SHOWN: Final = {
    "in": "money in",
    "out": "money out",
    "bank": "to and from banks",
    "people": "to and from people",
}

_MICROSECOND: Final = timedelta(microseconds=1)


def first_day(statement: Statement) -> date:
    """In IST."""
    return statement.begins_at.astimezone(IST).date()


def last_day(statement: Statement) -> date:
    """In IST; a month that still runs ends today."""
    last_moment = max(statement.begins_at, statement.ends_at - _MICROSECOND)
    return last_moment.astimezone(IST).date()


def day(on: date) -> str:
    """``20 Nov 2026``."""
    return f"{on.day} {on:%b %Y}"


def period(statement: Statement) -> str:
    """``1 Nov 2026 to 23 Nov 2026``."""
    return f"{day(first_day(statement))} to {day(last_day(statement))}"


def filter_words(chosen: HistoryFilter) -> str:
    """``Money out, completed, with “tea”``; "" where everything of the period is shown."""
    parts = [_SHOWN.get(chosen.show, "")]
    parts.append(STATUS_WORDS[ActivityStatus(chosen.status)].lower() if chosen.status else "")
    parts.append(f"with “{chosen.text}”" if chosen.text else "")
    words = ", ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def shown_words(statement: Statement, chosen: HistoryFilter) -> str:
    """What of the period is listed, as a sentence or two."""
    narrowed = filter_words(chosen)
    if not narrowed:
        return "Every payment of the period, oldest first."
    count = len(statement.rows)
    shown_in, shown_out = format_rupees(statement.shown_in_paise), format_rupees(statement.shown_out_paise)
    return (
        f"Only a part of the period is listed: {narrowed[:1].lower()}{narrowed[1:]}. "
        f"{count:,} {'payment' if count == 1 else 'payments'}, {shown_in} in and {shown_out} out. "
        "The balances above are of every payment."
    )


def file_name(statement: Statement, chosen: HistoryFilter, ending: str) -> str:
    """``wallet-statement-2026-11.pdf``; without a month ``wallet-statement-to-2026-11-23.pdf``."""
    when = chosen.month or f"to-{last_day(statement)}"
    return f"wallet-statement-{when}{'-filtered' if filter_words(chosen) else ''}.{ending}"
