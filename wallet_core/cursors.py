"""Paging positions as text that a browser can carry. A position says where a page ended, and nothing about whose it is:
whoever changes one only turns to another page of what they may see anyway.
"""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Final

from wallet_core.errors import InvalidCursor
from wallet_core.money import MAX_BIGINT

#: The longest position (a name of 80 characters of four bytes, and an id) needs about 600.
MAX_CURSOR_CHARACTERS: Final = 1024

#: The highest number that a row may have.
MAX_NUMBER: Final = MAX_BIGINT

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

#: The last moment of the year 9999, which is as far as ``datetime`` goes.
_MAX_MICROSECONDS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def write_cursor(kind: str, *parts: int | str) -> str:
    """The text of a position; ``kind`` keeps the cursor of one list from being read by another."""
    return _write([kind, *parts])


def read_cursor(cursor: str, kind: str, *types: type[int] | type[str]) -> list[int | str]:
    """The parts of a position that ``write_cursor`` wrote, of these types in this order.

    Raises: InvalidCursor on anything else, down to another spelling of the same position.
    """
    # A browser may send anything at all, whatever the annotation says.
    if not isinstance(cursor, str) or len(cursor) > MAX_CURSOR_CHARACTERS:  # type: ignore[redundant-expr]
        raise InvalidCursor
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidCursor from None
    if not isinstance(parts, list) or len(parts) != len(types) + 1 or parts[0] != kind:
        raise InvalidCursor
    for part, expected in zip(parts[1:], types, strict=True):
        if type(part) is not expected or not _fits(part):
            raise InvalidCursor
    if _write(parts) != cursor:
        raise InvalidCursor
    return parts[1:]


def write_moment(moment: datetime) -> int:
    """Microseconds since 1970, exactly: what PostgreSQL keeps."""
    return (moment - _EPOCH) // _MICROSECOND


def read_moment(microseconds: int) -> datetime:
    """Raises: InvalidCursor."""
    if not 0 <= microseconds <= _MAX_MICROSECONDS:
        raise InvalidCursor
    return _EPOCH + microseconds * _MICROSECOND


def _fits(part: int | str) -> bool:
    if isinstance(part, int):
        return 0 <= part <= MAX_NUMBER
    # A text column takes neither a NUL nor half a surrogate pair.
    return "\x00" not in part and not any("\ud800" <= character <= "\udfff" for character in part)


def _write(parts: list[int | str]) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8", "replace")).rstrip(b"=").decode()
