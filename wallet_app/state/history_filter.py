"""What the history shows, as the address says it: read strictly, because an address is typed by anybody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from wallet_app import formatting
from wallet_app.words.saying import say
from wallet_core.clock import IST, now
from wallet_core.search_text import MAX_TEXT_CHARACTERS
from wallet_core.views import ActivityFilter, ActivitySource, ActivityStatus, Direction

#: Two years are at hand in the list; an address may name any older month.
MONTHS_OFFERED: Final = 24

MONTHS_IN_YEAR: Final = 12

#: The chips, in the order they stand. The codes stand in the address.
SHOWS: Final = ("all", "in", "out", "bank", "people")

_DIRECTIONS: Final = {"in": Direction.IN, "out": Direction.OUT}
_SOURCES: Final = {"bank": ActivitySource.BANK, "people": ActivitySource.PEOPLE}

#: A month of this century.
_MONTH: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a select."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """The filter in the words of the address; the default shows everything."""

    text: str = ""
    show: str = "all"
    status: str = ""
    month: str = ""  # 2026-11

    def is_empty(self) -> bool:
        return self == HistoryFilter()

    def query(self) -> str:
        """``?show=in&month=2026-11``, or "" where everything is shown."""
        named = {"q": self.text, "show": self.show, "status": self.status, "month": self.month}
        chosen = {name: value for name, value in named.items() if value and (name, value) != ("show", "all")}
        return f"?{urlencode(chosen)}" if chosen else ""

    def for_core(self) -> ActivityFilter:
        return ActivityFilter(
            text=self.text,
            direction=_DIRECTIONS.get(self.show),
            source=_SOURCES.get(self.show),
            status=ActivityStatus(self.status) if self.status else None,
            month=date.fromisoformat(f"{self.month}-01") if self.month else None,
        )


def read_filter(values: Mapping[str, object]) -> HistoryFilter:
    """What is not understood is as if it were not there."""
    return HistoryFilter(
        text=read_text(values.get("q")),
        show=read_show(values.get("show")),
        status=read_status(values.get("status")),
        month=read_month(values.get("month")),
    )


def read_text(value: object) -> str:
    """What does not print is dropped by the core; halves of characters would not even go into an address."""
    text = value[:MAX_TEXT_CHARACTERS] if isinstance(value, str) else ""
    return text.encode("utf-8", "ignore").decode().strip()


def read_show(value: object) -> str:
    return value if isinstance(value, str) and value in SHOWS else "all"


def read_status(value: object) -> str:
    return value if isinstance(value, str) and value in set(ActivityStatus) else ""


def read_month(value: object) -> str:
    return value if isinstance(value, str) and _MONTH.fullmatch(value) else ""


def month_choices(chosen: str) -> list[Choice]:
    """The latest months in India, newest first, and the chosen one where it is older."""
    today = now().astimezone(IST).date()
    latest = today.year * MONTHS_IN_YEAR + today.month - 1
    months = [date(count // MONTHS_IN_YEAR, count % MONTHS_IN_YEAR + 1, 1) for count in _back_from(latest)]
    choices = [Choice(f"{month:%Y-%m}", formatting.month(month)) for month in months]
    if chosen and chosen not in {choice.code for choice in choices}:
        choices.append(Choice(chosen, formatting.month(date.fromisoformat(f"{chosen}-01"))))
    return [Choice("", say("history.any_month")), *choices]


def _back_from(latest: int) -> range:
    return range(latest, latest - MONTHS_OFFERED, -1)
