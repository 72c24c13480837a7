"""Words that the server says: in the language of whoever asked for them."""

from contextvars import ContextVar
from typing import Final

from wallet_app.words.books import BOOKS, DEFAULT, Language
from wallet_app.words.isolating import isolated

#: Set by the guard at the start of every event and by the edge at the start of every request, as ``person_asking`` is.
language_asking: Final[ContextVar[Language]] = ContextVar("language_asking", default=DEFAULT)


def say(key: str, /, **details: object) -> str:
    """The words of this key with their places filled, in the language of the event that is being answered."""
    return say_in(language_asking.get(), key, **details)


def say_in(language: Language, key: str, /, **details: object) -> str:
    """The same in a language that is named. Raises: KeyError for a key or a place that does not exist."""
    apart = {name: isolated(value) if type(value) is str else value for name, value in details.items()}
    return BOOKS[language][key].format(**apart)
