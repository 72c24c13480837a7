"""Every refusal as a sentence for a person: what is wrong and what to do next. One sentence for each code."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from wallet_app.words.books import BOOKS, DEFAULT, Language
from wallet_app.words.saying import language_asking, say_in
from wallet_core.errors import WalletError
from wallet_core.money import format_rupees

#: The part of the books that holds them, each under its code.
_PART: Final = "refusal"

SECONDS_PER_MINUTE: Final = 60


def _rupees(paise: int, _language: Language) -> str:
    return format_rupees(paise)


def _count(number: int, _language: Language) -> str:
    return f"{number:,}"


def _wait(seconds: int, language: Language) -> str:
    if seconds < SECONDS_PER_MINUTE:
        return say_in(language, "wait.seconds", count=max(1, seconds))
    minutes = -(-seconds // SECONDS_PER_MINUTE)
    return say_in(language, "wait.minute") if minutes == 1 else say_in(language, "wait.minutes", count=minutes)


_SPELLED: Final[dict[str, tuple[str, Callable[[int, Language], str]]]] = {
    "limit_paise": ("limit", _rupees),
    "available_paise": ("available", _rupees),
    "retry_after_s": ("wait", _wait),
    "max_rows": ("rows", _count),
    "stored_paise": ("stored", _rupees),
    "rows_paise": ("rows_sum", _rupees),
}


class _Missing(dict[str, Any]):
    """A sentence without one of its details still reads: the place stays empty."""

    def __missing__(self, key: str) -> str:
        return ""


def sentence_for(code: str, details: Mapping[str, str | int] | None = None, *, language: Language | None = None) -> str:
    """The sentence for a stable code, in the language of whoever asks; an unknown code gets the general one."""
    language = language or language_asking.get()
    words = _Missing()
    for name, value in (details or {}).items():
        if name in _SPELLED and isinstance(value, int):
            place, spell = _SPELLED[name]
            words[place] = spell(value, language)
        else:
            words[name] = str(value)
    book = BOOKS[language]
    return book.get(f"{_PART}.{code}", book["refusal.unexpected"]).format_map(words)


def sentence(error: WalletError) -> str:
    """The sentence for a refusal."""
    return sentence_for(error.code, error.details)


def known_codes() -> frozenset[str]:
    """Every code that has a sentence of its own."""
    return frozenset(key.removeprefix(f"{_PART}.") for key in BOOKS[DEFAULT] if key.startswith(f"{_PART}."))
