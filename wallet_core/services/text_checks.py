"""What text that is kept for ever may be made of."""

import unicodedata
from typing import Final

#: Joiners are of Unicode's class Cf, as are the marks that turn text around; Indic scripts and emoji need the joiners.
_JOINERS: Final = "\u200c\u200d"
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def has_unfit_characters(text: str) -> bool:
    """Whether it holds characters that show nothing or turn the line around."""
    return any(unicodedata.category(c) in _REFUSED_CATEGORIES and c not in _JOINERS for c in text)


def tidy(text: str) -> str:
    """The same text with a space for each of those."""
    return "".join(" " if has_unfit_characters(character) else character for character in text).strip()
