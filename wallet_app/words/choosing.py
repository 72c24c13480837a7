"""Which language somebody reads: what they chose, else what their browser asks for (RFC 9110), else English."""

import re
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from wallet_app.cookies import CHOICE_LIFETIME_S, read_cookie
from wallet_app.words.books import DEFAULT, Language
from wallet_core.config import get_settings

#: A browser names a handful of languages; a longer header is somebody's experiment.
MAX_HEADER_CHARACTERS: Final = 500

_COOKIE: Final = "wallet_language"

#: ``hi-IN;q=0.8``; weights have at most three decimals.
_RANGE: Final = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]{1,8})*(?:\s*;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?", re.IGNORECASE)


def language_of(headers: Mapping[str, str]) -> Language:
    """The language for these headers, of a request or of a websocket."""
    return chosen_language(headers) or wished_language(headers.get("accept-language", ""))


def chosen_language(headers: Mapping[str, str]) -> Language | None:
    """What the cookie says, or None."""
    return known_language(read_cookie(headers.get("cookie", ""), _COOKIE))


def known_language(code: object) -> Language | None:
    return Language(code) if isinstance(code, str) and code in set(Language) else None


def wished_language(header: str) -> Language:
    """The one of ours that the browser likes best; what is not understood is as if it were not there."""
    best, best_weight = DEFAULT, 0
    for part in header[:MAX_HEADER_CHARACTERS].split(","):
        found = _RANGE.fullmatch(part.strip())
        language = known_language(found[1].lower()) if found else None
        weight = _thousandths(found[2]) if found else 0
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _thousandths(weight: str | None) -> int:
    whole, _, part = (weight or "1").partition(".")
    return min(int(whole) * 1000 + int(part.ljust(3, "0") or 0), 1000)


def language_cookie(language: Language, *, is_choice: bool) -> str:
    """Keeps a choice; or, for as long as the browser is open, the language that its pages were written in.

    The second is for the websocket of those pages: not every browser names its languages there.
    """
    response = Response()
    response.set_cookie(
        _COOKIE,
        language.value,
        max_age=CHOICE_LIFETIME_S if is_choice else None,
        path="/",
        httponly=True,
        samesite="lax",
        secure=get_settings().cookies_secure,
    )
    return response.headers["set-cookie"]
