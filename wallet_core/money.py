"""Rupees and paise. Inside, money is an ``int`` of paise; text is read once, here, and written once, here."""

import re
from decimal import Decimal
from typing import Final

from wallet_core.errors import AmountAboveLimit, AmountNotPositive, AmountTooPrecise, InvalidAmount

PAISE_PER_RUPEE: Final = 100

#: One movement may carry at most one lakh rupees: the limit of UPI for a payment between people (NPCI), and
#: far below what bigint holds.
MAX_MOVEMENT_PAISE: Final = 1_00_000_00

#: What a column of PostgreSQL's bigint holds at most: amounts and the numbers of rows.
MAX_BIGINT: Final = 2**63 - 1

#: Nobody types a longer amount; a bound keeps hostile text from costing time.
MAX_AMOUNT_CHARACTERS: Final = 32

#: ASCII digits only: ``\\d`` would take other scripts' digits, which people could not tell apart in a receipt.
_AMOUNT = re.compile(r"(?P<sign>[+\-\u2212]?)(?P<rupees>[0-9]*)(?:\.(?P<paise>[0-9]*))?")
_SPACES = re.compile(r"[\s\u00a0]")

#: Commas group digits by twos or threes, with three at the end. Any other may be one that means a point (12,50), as
#: half of the world writes it and some keypads have it: taken for a group it would be a hundred times as much.
_COMMA: Final = ","
_GROUPED = re.compile(r"[^0-9]?[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?")


def parse_amount_paise(text: object) -> int:
    """Reads an amount as a person types it: ``500``, ``1,23,456.78``, ``₹ 500.5``.

    Returns: paise, above zero and at most ``MAX_MOVEMENT_PAISE``.
    Raises: InvalidAmount, AmountTooPrecise, AmountNotPositive, AmountAboveLimit.
    """
    if not isinstance(text, str) or len(text) > MAX_AMOUNT_CHARACTERS:
        raise InvalidAmount
    typed = _SPACES.sub("", text.strip().removeprefix("₹"))
    if _COMMA in typed and _GROUPED.fullmatch(typed) is None:
        raise InvalidAmount
    match = _AMOUNT.fullmatch(typed.replace(_COMMA, ""))
    if match is None or not (match["rupees"] or match["paise"]):
        raise InvalidAmount
    if len(match["paise"] or "") > 2:
        raise AmountTooPrecise
    amount_paise = int(Decimal(f"{match['rupees'] or 0}.{match['paise'] or 0}") * PAISE_PER_RUPEE)
    if match["sign"] in ("-", "\u2212"):
        raise AmountNotPositive
    return check_amount_paise(amount_paise)


def check_amount_paise(amount_paise: object) -> int:
    """The same limits for an amount that is already a number; a service calls it whatever the form did.

    Raises: InvalidAmount (not an int), AmountNotPositive, AmountAboveLimit.
    """
    if type(amount_paise) is not int:
        raise InvalidAmount
    if amount_paise <= 0:
        raise AmountNotPositive
    if amount_paise > MAX_MOVEMENT_PAISE:
        raise AmountAboveLimit(limit_paise=MAX_MOVEMENT_PAISE)
    return amount_paise


def format_rupees(amount_paise: int, *, signed: bool = False) -> str:
    """``12345678`` becomes ``₹1,23,456.78`` (Indian grouping). With ``signed``, money in has a plus.

    The minus is the true minus sign, U+2212.
    """
    rupees, paise = divmod(abs(amount_paise), PAISE_PER_RUPEE)
    digits = str(rupees)
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    sign = "\u2212" if amount_paise < 0 else "+" if signed and amount_paise > 0 else ""
    return f"{sign}₹{','.join([*groups, tail])}.{paise:02d}"


def plain_rupees(amount_paise: int) -> str:
    """``-12345678`` becomes ``-123456.78``: for spreadsheets and programs, in ASCII with no sign but the minus."""
    rupees, paise = divmod(abs(amount_paise), PAISE_PER_RUPEE)
    return f"{'-' if amount_paise < 0 else ''}{rupees}.{paise:02d}"
