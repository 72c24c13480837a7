"""What people type to search with."""

import unicodedata
from typing import Final

#: The longest name has as many. A longer search finds nothing that a shorter one would not.
MAX_TEXT_CHARACTERS: Final = 80

#: They show nothing, yet names in many Indian scripts are written with them.
_JOINERS: Final = "\u200c\u200d"


def clean_text(typed: object) -> str:
    """What was typed to search for, as names and notes are stored: NFC, nothing that does not print, not too long."""
    # A browser may send anything at all.
    if not isinstance(typed, str):
        return ""
    cut = typed[: 4 * MAX_TEXT_CHARACTERS]
    spaced = "".join(" " if character.isspace() else character for character in cut)
    printable = "".join(character for character in spaced if character.isprintable() or character in _JOINERS)
    return unicodedata.normalize("NFC", printable).strip()[:MAX_TEXT_CHARACTERS]
