"""Makes the typefaces of statements on paper: ``python wallet_app/statements/fonts/make.py``. Needs npm and fontTools.

Each is fetched with npm in a fixed version, cut down to the letters of its script, and written beside this file with
its licence. Nothing of it runs with the wallet.
"""

import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FOLDER: Final = Path(__file__).parent

#: Every weight of a statement: the text, and what is above or before it.
WEIGHTS: Final = {"regular": 400, "semibold": 600}

#: Letters of the interface's own look, and digits of one width, so that amounts stand in columns without shaping.
INTER_FEATURES: Final = ("tnum", "cv11", "ss03")

#: Latin with what Vietnamese needs, Greek, Cyrillic, punctuation, currencies, arrows, and signs of sums.
INTER_LETTERS: Final = (
    *((0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF)),
    *((0x2010, 0x2027), (0x2030, 0x205E), (0x2070, 0x20C0), (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x21FF)),
    *((0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2605, 0x2606), (0x2713, 0x2717), (0xFFFD, 0xFFFD)),
)

#: Joiners, and the ring that carries a vowel sign which has no letter: every script of India shapes with them.
SHAPING: Final = ((0x20, 0x20), (0x200C, 0x200D), (0x25CC, 0x25CC))
DANDAS: Final = (0x964, 0x965)

#: For a letter that no typeface has: a box, which nobody takes for a part of the name.
MISSING: Final = 0xFFFD


@dataclass(frozen=True)
class Script:
    """A typeface of Noto. ``ranges``: its letters. ``typeface``: its name in the files of its package."""

    name: str
    typeface: str
    version: str
    ranges: tuple[tuple[int, int], ...]
    weights: tuple[str, ...] = ("regular",)
    family: str = "noto-sans"


#: In one colour. The last are what flags and keys are put together from.
EMOJI: Final = (
    *((0x2300, 0x23FF), (0x24C2, 0x24C2), (0x2600, 0x27BF), (0x2934, 0x2935), (0x2B00, 0x2BFF), (0x3030, 0x303D)),
    *((0x3297, 0x3299), (0x1F000, 0x1FAFF), (0x20E3, 0x20E3)),
)

SCRIPTS: Final = (
    Script("devanagari", "Devanagari", "0.4.1", ((0x900, 0x97F), (0xA8E0, 0xA8FF)), ("regular", "semibold")),
    Script("bengali", "Bengali", "0.4.4", ((0x980, 0x9FF),)),
    Script("gurmukhi", "Gurmukhi", "0.4.1", ((0xA00, 0xA7F),)),
    Script("gujarati", "Gujarati", "0.4.2", ((0xA80, 0xAFF),)),
    Script("oriya", "Oriya", "0.4.2", ((0xB00, 0xB7F),)),
    Script("tamil", "Tamil", "0.4.3", ((0xB80, 0xBFF),)),
    Script("telugu", "Telugu", "0.4.2", ((0xC00, 0xC7F),)),
    Script("kannada", "Kannada", "0.4.3", ((0xC80, 0xCFF),)),
    Script("malayalam", "Malayalam", "0.4.2", ((0xD00, 0xD7F),)),
    Script("arabic", "Arabic", "0.4.3", ((0x600, 0x6FF), (0x750, 0x77F), (0xFDF0, 0xFDFD))),
    Script("ol-chiki", "OlChiki", "0.4.2", ((0x1C50, 0x1C7F),)),
    Script("meetei-mayek", "MeeteiMayek", "0.4.2", ((0xAAE0, 0xAAFF), (0xABC0, 0xABFF))),
    Script("sinhala", "Sinhala", "0.4.2", ((0xD80, 0xDFF),)),
    Script("thai", "Thai", "0.4.2", ((0xE00, 0xE7F),)),
    Script("hebrew", "Hebrew", "0.4.1", ((0x590, 0x5FF),)),
    # Digits only for the keys made of them; what of it Inter has, Inter draws.
    Script("emoji", "Emoji", "0.4.7", ((0x23, 0x39), *EMOJI), family="noto"),
)

INTER_VERSION: Final = "4.1.1"


def main() -> None:
    """Writes every typeface anew."""
    with tempfile.TemporaryDirectory() as folder:
        inter = _fetch(f"inter-ui@{INTER_VERSION}", Path(folder))
        for weight, number in WEIGHTS.items():
            _make_inter(next(inter.rglob("InterVariable.woff2")), number).save(FOLDER / f"inter-{weight}.ttf")
        for script in SCRIPTS:
            name = f"{script.family}-{script.name}"
            noto = _fetch(f"@expo-google-fonts/{name}@{script.version}", Path(folder))
            shutil.copy(noto / "package" / "LICENSE_FONT", FOLDER / f"{name}-OFL.txt")
            for weight in script.weights:
                source = next(noto.rglob(f"Noto*{script.typeface}_{WEIGHTS[weight]}*.ttf"))
                _make_script(source, script).save(FOLDER / f"{name}-{weight}.ttf")


def _fetch(package: str, folder: Path) -> Path:
    """The unpacked package."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    unpacked = folder / packed.removesuffix(".tgz")
    with tarfile.open(folder / packed) as archive:
        archive.extractall(unpacked, filter="data")
    return unpacked


def _make_inter(source: Path, weight: int) -> TTFont:
    """One weight, unshaped: what a feature would put in place of a letter stands in its place at once."""
    font = instancer.instantiateVariableFont(TTFont(source), {"wght": weight, "opsz": 14}, updateFontNames=True)
    swaps: dict[str, str] = {}
    for feature in INTER_FEATURES:
        swaps.update(_single_swaps(font, feature))
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap = {code: swaps.get(glyph, glyph) for code, glyph in table.cmap.items()}
    return _cut(font, INTER_LETTERS, features=[])


def _single_swaps(font: TTFont, feature: str) -> dict[str, str]:
    rules = font["GSUB"].table
    numbers = {
        number
        for record in rules.FeatureList.FeatureRecord
        if record.FeatureTag == feature
        for number in record.Feature.LookupListIndex
    }
    swaps: dict[str, str] = {}
    for number in sorted(numbers):
        for part in rules.LookupList.Lookup[number].SubTable:
            swaps.update(getattr(getattr(part, "ExtSubTable", part), "mapping", {}))
    return swaps


def _make_script(source: Path, script: Script) -> TTFont:
    """With everything that shapes it."""
    return _cut(TTFont(source), (*script.ranges, *SHAPING, DANDAS), features=["*"])


def _cut(font: TTFont, ranges: tuple[tuple[int, int], ...], *, features: list[str]) -> TTFont:
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # who made it, its names, and its licence
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes={code for first, last in ranges for code in range(first, last + 1)})
    subsetter.subset(font)
    if any(first <= MISSING <= last for first, last in ranges):
        _draw_missing(font)
    font.flavor = None
    # The same letters make the same file.
    font.recalcTimestamp = False
    font["head"].modified = font["head"].created
    return font


def _draw_missing(font: TTFont) -> None:
    """A hollow box, as high as a capital."""
    height, width = font["OS/2"].sCapHeight, font["OS/2"].sCapHeight * 2 // 3
    edge, stroke = height // 10, height // 12
    pen: Any = TTGlyphPen(None)
    for left, low, right, high, is_inside in (
        (edge, 0, edge + width, height, False),
        (edge + stroke, stroke, edge + width - stroke, height - stroke, True),
    ):
        corners = [(left, low), (left, high), (right, high), (right, low)]
        pen.moveTo(corners[0])
        for corner in reversed(corners[1:]) if is_inside else corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    font["glyf"]["missing"] = pen.glyph()
    font["hmtx"]["missing"] = (width + 2 * edge, edge)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[MISSING] = "missing"


if __name__ == "__main__":
    main()
