"""The typeface of a statement on paper: which letters it has, and where its lines break."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

#: The typeface of the interface, without which there would be no ₹ (fonts/README.md says how the files were made).
REGULAR: Final = "Inter"
BOLD: Final = "Inter-SemiBold"

_FILES: Final = {REGULAR: "inter-regular.ttf", BOLD: "inter-semibold.ttf"}
_FOLDER: Final = Path(__file__).parent / "fonts"

#: Stands for a letter that the typeface lacks: a box, which nobody takes for a part of the name.
MISSING: Final = "\ufffd"


def _register() -> frozenset[int]:
    """The code points that both weights have."""
    fonts = [TTFont(name, str(_FOLDER / file)) for name, file in _FILES.items()]
    for font in fonts:
        registerFont(font)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


_KNOWN: Final = _register()


def drawable(text: str) -> str:
    """The text with a box for each letter that the typeface lacks. Marks that only steer the writing are left out."""
    letters = (letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cf")
    return "".join(letter if ord(letter) in _KNOWN else MISSING for letter in letters)


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Lines no wider than ``width`` points, broken between words, and within a word that is wider by itself."""
    lines = [""]
    for word in _short_words(text, font, size, width):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if stringWidth(longer, font, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _short_words(text: str, font: str, size: float, width: float) -> Iterator[str]:
    for word in text.split():
        part = ""
        for letter in word:
            if part and stringWidth(part + letter, font, size) > width:
                yield part
                part = ""
            part += letter
        yield part
