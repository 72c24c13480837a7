"""What an amount field has to say while somebody is typing into it, and when it is sent."""

import re
from typing import Final

from wallet_app.sentences import sentence
from wallet_core.errors import AmountNotPositive, WalletError
from wallet_core.money import parse_amount_paise

#: What an amount may begin with: not wrong yet.
_BEGINNINGS: Final = frozenset({"", "+", ".", "₹"})

#: A group of digits behind a comma that may still become one of three.
_OPEN_GROUP: Final = re.compile(r"[+₹]*[0-9][0-9,]*,[0-9]{0,2}")


def read_amount(text: str) -> tuple[int | None, str]:
    """The paise and no error, or no paise and the sentence beside the field."""
    try:
        return parse_amount_paise(text), ""
    except WalletError as error:
        return None, sentence(error)


def read_unfinished_amount(text: str) -> tuple[int | None, str]:
    """The same while it is being typed: what more typing may still mend is no error yet."""
    bare = text.strip()
    if bare in _BEGINNINGS or _OPEN_GROUP.fullmatch("".join(bare.split())):
        return None, ""
    try:
        return parse_amount_paise(text), ""
    except AmountNotPositive as error:
        return None, sentence(error) if bare.startswith(("-", "\u2212")) else ""
    except WalletError as error:
        return None, sentence(error)
