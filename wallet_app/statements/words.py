"""What stands around the rows of a statement, the same in every kind of file."""

from datetime import date, timedelta
from typing import Final

from wallet_app.formatting import plain_day
from wallet_app.state.history_filter import HistoryFilter
from wallet_app.words.saying import say
from wallet_core.clock import IST
from wallet_core.money import format_rupees
from wallet_core.views import Statement, StatementFrame

_MICROSECOND: Final = timedelta(microseconds=1)


def first_day(statement: StatementFrame) -> date:
    """In IST."""
    return statement.begins_at.astimezone(IST).date()


def last_day(statement: StatementFrame) -> date:
    """In IST; a month that still runs ends today."""
    last_moment = max(statement.begins_at, statement.ends_at - _MICROSECOND)
    return last_moment.astimezone(IST).date()


def period(statement: StatementFrame) -> str:
    """``1 Nov 2026 to 23 Nov 2026``."""
    return say("date.period", first=plain_day(first_day(statement)), last=plain_day(last_day(statement)))


def filter_words(chosen: HistoryFilter) -> str:
    """``Money out, completed, with “tea”``; "" where everything of the period is shown."""
    parts = [say(f"statement.show_{chosen.show}") if chosen.show != "all" else ""]
    parts.append(say(f"statement.status_{chosen.status}") if chosen.status else "")
    parts.append(say("statement.with_text", text=chosen.text) if chosen.text else "")
    words = ", ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def shown_words(statement: Statement, chosen: HistoryFilter) -> str:
    """What of the period is listed, as a sentence or two."""
    narrowed = filter_words(chosen)
    if not narrowed:
        return say("statement.everything")
    count = len(statement.rows)
    sums = {"in": format_rupees(statement.shown_in_paise), "out": format_rupees(statement.shown_out_paise)}
    key = "statement.part_one" if count == 1 else "statement.part"
    return say(key, filter=f"{narrowed[:1].lower()}{narrowed[1:]}", count=f"{count:,}", **sums)


def file_name(statement: StatementFrame, chosen: HistoryFilter, ending: str) -> str:
    """``wallet-statement-2026-11.pdf``; without a month ``wallet-statement-to-2026-11-23.pdf``."""
    when = chosen.month or f"to-{last_day(statement)}"
    return f"wallet-statement-{when}{'-filtered' if filter_words(chosen) else ''}.{ending}"
