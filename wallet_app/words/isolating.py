"""Names and notes within sentences: one that is written from the right must not carry along the numbers beside it.

The bidirectional algorithm of Unicode (UAX 9) gives digits after such a name to it, so that an amount or a phone number
would be shown in another place, or from its end. Isolates keep a name to itself.
"""

import unicodedata
from typing import Final

FIRST_STRONG_ISOLATE: Final = "\u2068"
END_OF_ISOLATE: Final = "\u2069"

#: The classes of letters that are written from the right: Hebrew and its like, Arabic and its like.
_FROM_THE_RIGHT: Final = frozenset({"R", "AL"})

#: What turns text around by itself. No name or note is stored with it; what somebody searches for may have it.
_CONTROLS: Final = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def isolated(text: str) -> str:
    """The text, kept to itself where it needs that; most texts stay as they are."""
    plain = text.translate(_CONTROLS)
    if _FROM_THE_RIGHT.isdisjoint(map(unicodedata.bidirectional, plain)):
        return plain
    return f"{FIRST_STRONG_ISOLATE}{plain}{END_OF_ISOLATE}"
