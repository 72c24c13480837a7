"""The books of words: the same keys, the same places to fill, in the letters of their language, and no key too many."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, parse, place, python_files
from wallet_app.words.books import BOOKS, DEFAULT, Language

PLACE = re.compile(r"\{(\w*)\}")
LATIN_WORD = re.compile(r"[A-Za-z]{2,}")

#: What Hindi, too, writes in Latin letters.
LATIN_IN_HINDI = {"IST", "CSV", "QR", "INR", "am", "pm"}

#: How the keys of a book are asked for.
ASKING = {"say", "write", "title_of"}

OTHERS = [language for language in Language if language != DEFAULT]


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys(language: Language) -> None:
    assert BOOKS[language].keys() == BOOKS[DEFAULT].keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_places(language: Language) -> None:
    book = BOOKS[language]
    other = [key for key, words in BOOKS[DEFAULT].items() if set(PLACE.findall(words)) != set(PLACE.findall(book[key]))]
    assert other == []


@pytest.mark.parametrize("language", Language)
def test_no_words_are_empty(language: Language) -> None:
    assert [key for key, words in BOOKS[language].items() if not words.strip() or words != words.strip()] == []


def test_hindi_is_in_its_own_letters() -> None:
    for key, words in BOOKS[Language.HINDI].items():
        assert set(LATIN_WORD.findall(PLACE.sub("", words))) <= LATIN_IN_HINDI, (key, words)


def test_every_language_has_the_days_and_the_months() -> None:
    for book in BOOKS.values():
        assert [len(book[key].split()) for key in ("date.days", "date.days_short")] == [7, 7]
        assert [len(book[key].split()) for key in ("date.months", "date.months_short")] == [12, 12]


def asked_keys(path: Path) -> list[tuple[str, str]]:
    """Each key that a file asks for in so many letters, and where."""
    calls = [node for node in ast.walk(parse(path)) if isinstance(node, ast.Call) and node.args]
    keys = [
        (node, call)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in ASKING and not isinstance(call.args[0], ast.JoinedStr)
        for node in ast.walk(call.args[0])
    ]
    return [
        (node.value, place(path, call))
        for node, call in keys
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value
    ]


def test_nobody_asks_for_words_that_are_in_no_book() -> None:
    asked = [pair for path in python_files("wallet_app") for pair in asked_keys(path)]
    assert len(asked) > 200
    assert [pair for pair in asked if pair[0] not in BOOKS[DEFAULT]] == []


def test_no_book_holds_words_that_nobody_asks_for() -> None:
    constants = {
        node.value
        for path in python_files("wallet_app")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    #: ``f"receipt.{kind}_done"`` asks for every key that begins like its first part; refusals are found by their codes.
    beginnings = tuple(
        text for text in constants if re.fullmatch(r"[a-z_]+\.[a-z_]*", text) and text not in BOOKS[DEFAULT]
    )
    unused = [key for key in BOOKS[DEFAULT] if key not in constants and not key.startswith((*beginnings, "refusal."))]
    assert unused == []


def test_the_books_are_the_only_files_with_words() -> None:
    assert sorted(path.name for path in (ROOT / "wallet_app" / "words").glob("*.toml")) == [
        "english.toml",
        "hindi.toml",
    ]
