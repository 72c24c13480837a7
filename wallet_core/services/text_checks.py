"""What text that is kept for ever may be made of."""

import unicodedata
from typing import Final

#: Joiners are of Unicode's class Cf, as are the marks that turn text around; Indic scripts and emoji need the joiners.
_JOINERS: Final = "\u200c\u200d"
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})

#: Letters and signs by their category that show nothing: the fillers of Hangul, the blank pattern of Braille, and the
#: note head of nothing.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")

#: What somebody can see by itself: letters, numbers, punctuation, symbols. Marks are seen on a letter only.
_SEEN: Final = frozenset("LNPS")


def has_unfit_characters(text: str) -> bool:
    """Whether it holds characters that show nothing or turn the line around."""
    return any(unicodedata.category(c) in _REFUSED_CATEGORIES and c not in _JOINERS for c in text)


def shows_something(text: str) -> bool:
    """Whether there is anything in it to see: not joiners, fillers, marks and spaces alone."""
    return any(unicodedata.category(character)[0] in _SEEN and character not in _BLANK for character in text)


def has_blank_letters(text: str) -> bool:
    """Whether it holds letters that look like a space, and are none."""
    return not _BLANK.isdisjoint(text)


def tidy(text: str) -> str:
    """The same text with a space for each of those."""
    return "".join(" " if has_unfit_characters(character) else character for character in text).strip()
