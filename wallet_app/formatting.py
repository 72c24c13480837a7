"""How moments, names and people look. Amounts are formatted by wallet_core/money.py."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from wallet_core.clock import IST, now

#: The avatar colours of assets/app.css, --t1 to --t5.
TONES: Final = ("t1", "t2", "t3", "t4", "t5")

NOON: Final = 12


def clock_time(at: datetime) -> str:
    """``7:42 pm``, in IST."""
    local = at.astimezone(IST)
    half = "am" if local.hour < NOON else "pm"
    return f"{local.hour % NOON or NOON}:{local.minute:02d} {half}"


def day(on: date, today: date | None = None) -> str:
    """``Today``, ``Yesterday``, ``Mon 20 Nov`` or, in another year, ``20 Nov 2025``."""
    today = today or now().astimezone(IST).date()
    if on == today:
        return "Today"
    if on == today - timedelta(days=1):
        return "Yesterday"
    return f"{on:%a} {on.day} {on:%b}" if on.year == today.year else f"{on.day} {on:%b %Y}"


def day_of(at: datetime) -> str:
    """The day heading of a moment, in IST."""
    return day(at.astimezone(IST).date())


def short_when(at: datetime) -> str:
    """``7:42 pm`` today, the day before that."""
    name = day_of(at)
    return clock_time(at) if name == "Today" else name


def full_when(at: datetime) -> str:
    """``20 Nov 2026, 7:42 pm IST``."""
    local = at.astimezone(IST)
    return f"{local.day} {local:%b %Y}, {clock_time(at)} IST"


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
    return "Good morning" if hour < NOON else "Good afternoon" if hour < 17 else "Good evening"
