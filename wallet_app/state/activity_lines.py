"""Movements of money as lines to draw: every word and every look decided here, once, for all pages."""

from dataclasses import dataclass
from typing import Final

from wallet_app import formatting
from wallet_app.paths import HISTORY
from wallet_app.words.isolating import isolated
from wallet_app.words.saying import say
from wallet_core.money import format_rupees
from wallet_core.views import ActivityKind, ActivityRow, ActivityStatus

#: Green is for money that has arrived and for nothing else.
_LOOKS: Final = {
    ActivityStatus.PROCESSING: "pending",
    ActivityStatus.FAILED: "ended",
    ActivityStatus.EXPIRED: "ended",
}

#: What a person is led to outside the wallet is a page of the web and nothing else.
_WEB_SCHEMES: Final = ("https://", "http://")

_HAS_ARRIVED: Final = (ActivityKind.ONRAMP, ActivityKind.RECEIVED)


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One line of a list."""

    reference: str
    address: str  # of its receipt
    title: str
    detail: str  # the kind and when
    note: str
    amount: str  # signed
    status: str  # the code that components.base.status_badge takes
    look: str  # arrived, plain, pending or ended
    icon: str  # onramp, sent, received, hold, release or correction
    balance_after: str  # "" where no money moved


def kind_words(kind: ActivityKind) -> str:
    """What kind of movement it is. The status is said beside it."""
    return say(f"kind.{kind}")


def status_words(status: ActivityStatus) -> str:
    return say(f"status.{status}")


def other_side(counterparty: str) -> str:
    """A name, as it is; where it is nobody's, the other side is money of their own that is locked."""
    return counterparty or say("receipt.locked_money")


def look_of(kind: ActivityKind, status: ActivityStatus, amount_paise: int) -> str:
    """``arrived`` (green), ``plain``, ``pending`` (grey) or ``ended`` (grey and struck)."""
    if status != ActivityStatus.SUCCEEDED:
        return _LOOKS[status]
    return "arrived" if kind in _HAS_ARRIVED and amount_paise > 0 else "plain"


def bank_page(url: str) -> str:
    """The bank's page of an order; "" where there is none, or what the bank has told is no page."""
    return url if url.startswith(_WEB_SCHEMES) else ""


def line(row: ActivityRow, *, when: str) -> ActivityLine:
    """``when`` is the time of day under a day heading, or the day in a short list."""
    return ActivityLine(
        reference=row.reference,
        address=f"{HISTORY}/{row.reference}",
        title=other_side(row.counterparty),
        detail=f"{kind_words(row.kind)} · {when}",
        note=isolated(row.note),
        amount=format_rupees(row.amount_paise, signed=True),
        status=row.status.value,
        look=look_of(row.kind, row.status, row.amount_paise),
        icon=row.kind.value,
        balance_after="" if row.balance_after_paise is None else format_rupees(row.balance_after_paise),
    )


def short_line(row: ActivityRow) -> ActivityLine:
    """For a list without day headings."""
    return line(row, when=formatting.short_when(row.at))


def timed_line(row: ActivityRow) -> ActivityLine:
    """For a list under day headings."""
    return line(row, when=formatting.clock_time(row.at))
