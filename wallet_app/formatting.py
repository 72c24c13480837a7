"""How moments, names and people look. Amounts are formatted by wallet_core/money.py."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from wallet_app.words.saying import say
from wallet_core.clock import IST, now

#: The avatar colours of assets/app.css, --t1 to --t8 and the classes of the same names.
TONES: Final = ("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8")

NOON: Final = 12
EVENING: Final = 17


def clock_time(at: datetime) -> str:
    """``7:42 pm``, in IST."""
    local = at.astimezone(IST)
    half = say("date.am") if local.hour < NOON else say("date.pm")
    return say("date.time", time=f"{local.hour % NOON or NOON}:{local.minute:02d}", half=half)


def day(on: date, today: date | None = None) -> str:
    """``Today``, ``Yesterday``, ``Mon 20 Nov`` or, in another year, ``20 Nov 2025``."""
    today = today or _today()
    if on == today:
        return say("date.today")
    if on == today - timedelta(days=1):
        return say("date.yesterday")
    if on.year == today.year:
        return say("date.day_of_year", weekday=weekday(on), day=on.day, month=_month(on))
    return plain_day(on)


def plain_day(on: date) -> str:
    """``20 Nov 2026``."""
    return say("date.day", day=on.day, month=_month(on), year=on.year)


def weekday(on: date) -> str:
    """``Fri``."""
    return say("date.days_short").split()[on.weekday()]


def whole_day(on: date) -> str:
    """``Friday 20 November``."""
    return say("date.day_of_year", weekday=say("date.days").split()[on.weekday()], day=on.day, month=_whole_month(on))


def month(on: date) -> str:
    """``November 2026``."""
    return say("date.month", month=_whole_month(on), year=on.year)


def narrow_month(on: date) -> str:
    """``Nov``, as short as can be."""
    return say("date.months_narrow").split()[on.month - 1]


def _whole_month(on: date) -> str:
    return say("date.months").split()[on.month - 1]


def _month(on: date) -> str:
    return say("date.months_short").split()[on.month - 1]


def _today() -> date:
    return now().astimezone(IST).date()


def day_of(at: datetime) -> str:
    """The day heading of a moment, in IST."""
    return day(at.astimezone(IST).date())


def short_when(at: datetime) -> str:
    """``7:42 pm`` today, the day before that."""
    return clock_time(at) if is_today(at) else day_of(at)


def is_today(at: datetime) -> bool:
    return at.astimezone(IST).date() == _today()


def day_in_a_sentence(at: datetime) -> str:
    """``today``, ``yesterday``, ``on Mon 20 Nov``."""
    on = at.astimezone(IST).date()
    if on == _today():
        return say("date.on_today")
    return say("date.on_yesterday") if on == _today() - timedelta(days=1) else say("date.on_day", day=day(on))


def full_when(at: datetime) -> str:
    """``20 Nov 2026, 7:42 pm IST``."""
    return say("date.moment", day=plain_day(at.astimezone(IST).date()), time=clock_time(at))


def initials(name: str) -> str:
    """``PN`` for Priya Nair."""
    words = name.split()
    letters = [words[0][:1], words[-1][:1]] if len(words) > 1 else [name[:1]]
    return "".join(letters).upper()


def first_name(name: str) -> str:
    return name.split(" ")[0]


def tone(person_id: UUID | str) -> str:
    """The colour of a person's avatar: the same everywhere, for ever."""
    return TONES[hashlib.sha256(str(person_id).encode()).digest()[0] % len(TONES)]


def greeting() -> str:
    """By the hour in India."""
    hour = now().astimezone(IST).hour
    return say("home.morning" if hour < NOON else "home.afternoon" if hour < EVENING else "home.evening")
