"""The bank's statement: every payment that succeeded, in the order in which it did, page by page."""

from collections.abc import Sequence
from typing import Any, Final

from bank_simulator.payments import Payment, utc_text

#: A page of 40 kB.
STATEMENT_LINES: Final = 200

#: Choices of one moment are written one after another: what is younger than this might still get company before it.
STATEMENT_LAGS_S: Final = 2

#: Before every payment.
_BEGINNING: Final = (0, "")

_MAX_POSITION_CHARACTERS: Final = 64

#: Milliseconds until the year 33658, and no more than SQLite's whole numbers hold.
_MAX_MOMENT_DIGITS: Final = 15


def read_position(text: str) -> tuple[int, str]:
    """What ``statement_page`` called next; the beginning for "". Raises: ValueError."""
    if not text:
        return _BEGINNING
    moment, _, payment_id = text.partition(".")
    is_moment = moment.isascii() and moment.isdigit() and len(moment) <= _MAX_MOMENT_DIGITS
    if len(text) > _MAX_POSITION_CHARACTERS or not is_moment or not payment_id:
        raise ValueError(text[:_MAX_POSITION_CHARACTERS])
    return int(moment), payment_id


def statement_page(paid: Sequence[Payment], after: tuple[int, str], *, has_more: bool) -> dict[str, Any]:
    """The answer's JSON. ``next`` stays the same where nothing has come."""
    last = (paid[-1].decided_at_ms or 0, paid[-1].payment_id) if paid else after
    return {
        "lines": [_line(payment) for payment in paid],
        "next": f"{last[0]}.{last[1]}" if last[1] else "",
        "has_more": has_more,
    }


def _line(payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.payment_id,
        "reference": payment.request.reference,
        "amount_paise": payment.request.amount_paise,
        "currency": payment.request.currency,
        "bank": payment.request.bank,
        "paid_at": utc_text(payment.decided_at_ms or 0),
    }
