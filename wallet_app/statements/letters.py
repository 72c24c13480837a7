"""The typefaces of a statement on paper: which letters they have, how they are shaped, and where lines break.

Inter is the typeface of the interface, and drawn letter by letter. The scripts of India and Arabic need shaping: signs
change places, letters melt into one, and so do emoji. HarfBuzz does that for each stretch of one script.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont, shapeStr

#: The two weights, named by the typeface that most of a statement is drawn with (fonts/README.md says how the files
#: were made).
REGULAR: Final = "Inter"
BOLD: Final = "Inter-SemiBold"

_WEIGHTS: Final = {REGULAR: "regular", BOLD: "semibold"}
_FOLDER: Final = Path(__file__).parent / "fonts"

#: Stands for a letter that no typeface has: a box, which nobody takes for a part of the name.
MISSING: Final = "\ufffd"

#: Emoji have blocks of their own, and places in those of signs, some of which Inter has as well, and draws.
_EMOJI: Final = "emoji"

#: What a script is written with, by the first and the last letter of its block.
_SCRIPTS: Final = (
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"),
    (0x0750, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0A00, 0x0A7F, "gurmukhi"),
    (0x0A80, 0x0AFF, "gujarati"),
    (0x0B00, 0x0B7F, "oriya"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0C00, 0x0C7F, "telugu"),
    (0x0C80, 0x0CFF, "kannada"),
    (0x0D00, 0x0D7F, "malayalam"),
    (0x0D80, 0x0DFF, "sinhala"),
    (0x0E00, 0x0E7F, "thai"),
    (0x1C50, 0x1C7F, "ol-chiki"),
    (0x2300, 0x23FF, _EMOJI),
    (0x24C2, 0x24C2, _EMOJI),
    (0x2600, 0x27BF, _EMOJI),
    (0x2934, 0x2935, _EMOJI),
    (0x2B00, 0x2BFF, _EMOJI),
    (0x3030, 0x303D, _EMOJI),
    (0x3297, 0x3299, _EMOJI),
    (0xA8E0, 0xA8FF, "devanagari"),
    (0xAAE0, 0xAAFF, "meetei-mayek"),
    (0xABC0, 0xABFF, "meetei-mayek"),
    (0xFDF0, 0xFDFD, "arabic"),
    (0x1F000, 0x1FAFF, _EMOJI),
)

#: In place of the name of a script: letters that no typeface has.
_NONE: Final = "none"

#: Between two letters of a script they say whether those join; elsewhere they say nothing.
_JOINERS: Final = "\u200c\u200d"

#: Sentences of every script of India end with them.
_DANDAS: Final = "\u0964\u0965"

#: The canonical combining class of what ties a letter to the next one, such as the virama of Devanagari.
_VIRAMA: Final = 9

#: They choose between a picture and a sign, or between two shapes of a letter; here there is one of each.
_VARIANTS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))

#: A digit before it and it are one emoji, a key.
_KEY: Final = "\u20e3"
_ON_KEYS: Final = frozenset("0123456789#*")

#: Each belongs to the person or the hand before it.
_SKIN_TONES: Final = frozenset(map(chr, range(0x1F3FB, 0x1F400)))

#: Two of them are a flag.
_FLAG_LETTERS: Final = frozenset(map(chr, range(0x1F1E6, 0x1F200)))

#: A statement repeats its names and words: each is shaped once.
_SHAPED_KEPT: Final = 2048

#: Widths of letters are in thousandths of the size.
_UNITS: Final = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one typeface. ``glyphs`` is what reportlab draws; ``text`` is what a person reads."""

    text: str
    font: str
    glyphs: str
    width: float  # at size 1

    @property
    def is_shaped(self) -> bool:
        return self.text != self.glyphs or self.font not in _WEIGHTS


def _register(name: str, file: str) -> frozenset[int]:
    """The code points that it has, before shaping adds to them."""
    font = TTFont(name, str(_FOLDER / file))
    registerFont(font)
    return frozenset(font.face.charToGlyph)


_KNOWN: Final = frozenset.intersection(*(_register(name, f"inter-{file}.ttf") for name, file in _WEIGHTS.items()))


@cache
def _letters_of(script: str) -> frozenset[int]:
    """Loads a script when it is first met: most statements need none."""
    names = {_name(script, weight): _file(script, weight) for weight in _WEIGHTS}
    return frozenset.intersection(*(_register(name, file) for name, file in names.items()))


@cache
def _file(script: str, weight: str) -> str:
    """A script of one weight is drawn with that in headings, too."""
    family = "noto" if script == _EMOJI else "noto-sans"
    file = f"{family}-{script}-{_WEIGHTS[weight]}.ttf"
    return file if (_FOLDER / file).exists() else f"{family}-{script}-{_WEIGHTS[REGULAR]}.ttf"


def _name(script: str, weight: str) -> str:
    return _file(script, weight).removesuffix(".ttf")


def _script_of(letter: str) -> str:
    """The script whose typeface has this letter; "" for one of Inter, or of none."""
    code = ord(letter)
    script = next((name for first, last, name in _SCRIPTS if first <= code <= last), "")
    if not script or (script == _EMOJI and code in _KNOWN):
        return ""
    return script if code in _letters_of(script) else ""


def drawable(text: str) -> str:
    """The text with a box for what is no letter at all. Marks that only steer the writing are left out, but for those
    that join letters of a script.
    """
    kept: list[str] = []
    script = ""
    for letter in unicodedata.normalize("NFC", text):
        if letter in _JOINERS:
            kept += [letter] if script else []
        elif (kind := unicodedata.category(letter)) != "Cf" and letter not in _VARIANTS:
            script = _script_of(letter)
            kept.append(MISSING if kind.startswith("C") else letter)
    return "".join(kept)


def runs(text: str, weight: str) -> list[Run]:
    """The text as it is drawn, from left to right."""
    if _KNOWN.issuperset(map(ord, text)) and unicodedata.is_normalized("NFC", text):
        return [Run(text, weight, text, stringWidth(text, weight, 1))]
    return [_run(script, part, weight) for script, part in _stretches(drawable(text))]


def _run(script: str, part: str, weight: str) -> Run:
    if script == _NONE:
        boxes = MISSING * sum(1 for _ in _whole_letters(part))
        return Run(part, weight, boxes, stringWidth(boxes, weight, 1))
    if script:
        return _shape(part, _name(script, weight))
    return Run(part, weight, part, stringWidth(part, weight, 1))


def _stretches(text: str) -> list[tuple[str, str]]:
    """Each stretch of one script. Spaces between two words of a script are part of it, so that one that is written
    from the right comes in its order; between two emoji they are those of the text.
    """
    found: list[tuple[str, str]] = []
    spaces = ""
    for letter in text:
        before = found[-1][0] if found else ""
        if letter == " " and before not in ("", _NONE, _EMOJI):
            spaces += letter
            continue
        script = _script_after(before, letter)
        if letter == _KEY and found and not before and found[-1][1][-1] in _ON_KEYS:
            _turn_into_key(found)
            script = _EMOJI
        if spaces and script != before:
            found.append(("", spaces))
            spaces = ""
        if found and found[-1][0] == script:
            found[-1] = (script, found[-1][1] + spaces + letter)
        else:
            found.append((script, letter))
        spaces = ""
    return [*found, ("", spaces)] if spaces else found


def _script_after(before: str, letter: str) -> str:
    """The script of a letter, where one of ``before`` stands before it."""
    if letter in _JOINERS or (letter in _DANDAS and before not in ("", _NONE) and ord(letter) in _letters_of(before)):
        return before
    return _script_of(letter) or ("" if ord(letter) in _KNOWN else _NONE)


def _turn_into_key(found: list[tuple[str, str]]) -> None:
    """The digit that stands last is one of a key."""
    text = found.pop()[1]
    found += [("", text[:-1])] if text[:-1] else []
    found.append((_EMOJI, text[-1]))


@lru_cache(maxsize=_SHAPED_KEPT)
def _shape(text: str, font: str) -> Run:
    glyphs = shapeStr(text, font, _UNITS, force=True)
    return Run(text, font, glyphs, sum(glyph.x_advance for glyph in glyphs.__shapeData__) / _UNITS)


def width_of(text: str, weight: str, size: float) -> float:
    """In points."""
    return sum(run.width for run in runs(text, weight)) * size


def wrap(text: str, weight: str, size: float, width: float) -> list[str]:
    """Lines no wider than ``width`` points, broken between words, and within a word that is wider by itself."""
    lines = [""]
    for word in _short_words(text, weight, size, width):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(longer, weight, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _short_words(text: str, weight: str, size: float, width: float) -> Iterator[str]:
    for word in text.split():
        if width_of(word, weight, size) <= width:
            yield word
            continue
        part = ""
        for letter in _whole_letters(word):
            if part and width_of(part + letter, weight, size) > width:
                yield part
                part = ""
            part += letter
        yield part


def _whole_letters(word: str) -> Iterator[str]:
    """Letters with the signs above, below and beside them, which no line may break apart."""
    whole = ""
    for letter in word:
        is_part = letter in _JOINERS or letter in _SKIN_TONES or unicodedata.category(letter).startswith("M")
        is_flag = letter in _FLAG_LETTERS and whole in _FLAG_LETTERS
        is_tied = whole.endswith("\u200d") or unicodedata.combining(whole[-1:] or " ") == _VIRAMA
        if whole and not (is_part or is_flag or is_tied):
            yield whole
            whole = ""
        whole += letter
    if whole:
        yield whole
