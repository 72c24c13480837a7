"""The words of the interface: one book a language, and all of them hold the same keys (``send.button``)."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Final


class Language(StrEnum):
    ENGLISH = "en"
    HINDI = "hi"


#: For whoever asks for a language that we do not speak, or for none.
DEFAULT: Final = Language.ENGLISH

#: As HTML, HTTP and PDF name them: both as they are written in India.
TAGS: Final = {Language.ENGLISH: "en-IN", Language.HINDI: "hi-IN"}

#: Each in its own letters, so that whoever reads only one of them finds it.
NAMES: Final = {Language.ENGLISH: "English", Language.HINDI: "हिन्दी"}

_FILES: Final = {Language.ENGLISH: "english.toml", Language.HINDI: "hindi.toml"}


def _read(file: str) -> dict[str, str]:
    sections = tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return {f"{section}.{name}": words for section, entries in sections.items() for name, words in entries.items()}


BOOKS: Final[dict[Language, dict[str, str]]] = {language: _read(file) for language, file in _FILES.items()}
