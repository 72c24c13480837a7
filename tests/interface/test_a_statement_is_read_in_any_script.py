"""Statements on paper in the scripts of India: shaped rightly, in their order, and words for who copies or listens."""

import io
import unicodedata
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject
from reportlab.pdfbase.pdfmetrics import getFont

from tests.interface.test_a_statement_is_a_file import NOVEMBER, row, statement, words_of
from wallet_app.statements import letters
from wallet_app.statements.letters import BOLD, MISSING, REGULAR, Run, drawable, runs, width_of, wrap
from wallet_app.statements.pdf_file import draw_pdf

ROOT = Path(__file__).resolve().parents[2]

NAMES = {
    "devanagari": "अनिल कुमार",
    "bengali": "অনিল চক্রবর্তী",
    "gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "gujarati": "ગુજરાતી પટેલ",
    "oriya": "ଓଡ଼ିଆ ମହାନ୍ତି",
    "tamil": "தமிழ் செல்வி",
    "telugu": "తెలుగు శ్రీనివాస్",
    "kannada": "ಕನ್ನಡ ಕೃಷ್ಣ",
    "malayalam": "മലയാളം കൃഷ്ണൻ",
    "arabic": "محمد علی خان",
    "ol-chiki": "ᱥᱟᱱᱛᱟᱲᱤ ᱢᱩᱨᱢᱩ",
    "meetei-mayek": "ꯃꯤꯇꯩ ꯃꯌꯦꯛ",
    "sinhala": "සිංහල ශ්\u200dරී",
    "thai": "ภาษาไทย น้ำใจ",
    "hebrew": "דוד כהן",
    "emoji": "🙂🪔🎂",
}

#: Each is drawn as one picture: a family, a skin tone, a flag, a key, a picture that was a sign.
ONE_PICTURE = ("👨\u200d👩\u200d👧", "👍🏽", "🇮🇳", "1\ufe0f\u20e3", "❤\ufe0f", "🏳\ufe0f\u200d🌈")


def spoken_words(content: bytes) -> list[str]:
    """The words that stand for shaped letters, in their order."""
    reader = PdfReader(io.BytesIO(content))
    spans = [
        operands[1]["/ActualText"]
        for page in reader.pages
        for operands, operator in ContentStream(page.get_contents(), reader).operations
        if operator == b"BDC" and isinstance(operands[1], DictionaryObject)
    ]
    return [str(words) for words in spans]


def fonts_of(content: bytes) -> set[str]:
    pages = PdfReader(io.BytesIO(content)).pages
    return {font["/BaseFont"].partition("+")[2] for page in pages for font in page["/Resources"]["/Font"].values()}


def numbers_of(run: Run) -> list[int]:
    """Of the glyphs in the typeface; 0 is the one of letters that it does not have."""
    return [getFont(run.font).face.charToGlyph[ord(glyph)] for glyph in run.glyphs]


@pytest.mark.parametrize("script", NAMES)
@pytest.mark.parametrize("weight", [REGULAR, BOLD])
def test_a_name_of_india_is_one_shaped_run(script: str, weight: str) -> None:
    (run,) = runs(NAMES[script], weight)
    assert run.is_shaped
    assert run.text == unicodedata.normalize("NFC", NAMES[script])
    assert script in run.font
    assert MISSING not in run.glyphs
    assert 0 not in numbers_of(run)


def test_letters_melt_and_signs_change_places() -> None:
    (melted,) = runs("क्ष", REGULAR)
    assert len(melted.glyphs) == 1
    (sign_first,) = runs("कि", REGULAR)
    assert sign_first.glyphs.endswith("क")
    (reph_last,) = runs("र्क", REGULAR)
    assert len(reph_last.glyphs) == 2
    assert reph_last.glyphs.startswith("क")


def test_what_is_written_from_the_right_stands_in_its_order() -> None:
    before, name, after = runs("to محمد علی 12", REGULAR)
    assert (before.text, name.text, after.text) == ("to ", "محمد علی", " 12")
    clusters = [glyph.cluster for glyph in name.glyphs.__shapeData__]
    assert clusters == sorted(clusters, reverse=True)


@pytest.mark.parametrize("picture", ONE_PICTURE)
def test_an_emoji_of_many_signs_is_one_picture(picture: str) -> None:
    (run,) = runs(picture, REGULAR)
    assert len(run.glyphs) == 1
    assert 0 not in numbers_of(run)
    assert wrap(drawable(picture * 3), REGULAR, 9, 12) == [drawable(picture)] * 3


def test_signs_of_inter_stay_in_inter() -> None:
    assert [run.font for run in runs("★ ✓ → 12", REGULAR)] == [REGULAR]


@pytest.mark.parametrize("script", [script for script in NAMES if script != "emoji"])
def test_every_letter_of_a_script_is_there(script: str) -> None:
    blocks = [range(first, last + 1) for first, last, name in letters._SCRIPTS if name == script]
    # Python's table of Unicode may be newer than the typeface.
    lacking = [
        chr(code)
        for code in blocks[0]
        if unicodedata.category(chr(code))[0] in "LMN" and MISSING in runs(chr(code), REGULAR)[0].glyphs
    ]
    assert lacking == []


def test_a_statement_in_hindi_has_its_words() -> None:
    content = draw_pdf(statement([row(-1_00, name="अनिल कुमार", note="नमस्ते tea")], name="क्षत्रिय"), NOVEMBER)
    spoken = spoken_words(content)
    for words in ("अनिल कुमार", "नमस्ते", "क्षत्रिय"):
        assert words in spoken
    assert any("Devanagari" in font for font in fonts_of(content))
    assert "typeface" not in words_of(content)


def test_words_in_latin_load_no_other_typeface() -> None:
    assert all("Inter" in font for font in fonts_of(draw_pdf(statement([row(1, name="Łukasz Nguyễn")]), NOVEMBER)))


def test_a_shaped_letter_has_no_code_that_somebody_could_type() -> None:
    """Shaping numbers its glyphs with codes of private use: in a name those are no letters."""
    (run,) = runs("क्ष", REGULAR)
    private = run.glyphs
    assert unicodedata.category(private) == "Co"
    assert drawable(private) == MISSING
    assert drawable(f"क{private}") == f"क{MISSING}"


@pytest.mark.parametrize("letter", ["\ue000", "\x00", "\u0b84"])
def test_what_is_no_letter_is_a_box(letter: str) -> None:
    assert drawable(f"a{letter}b") == f"a{MISSING}b"


def test_what_no_typeface_has_is_seen_to_be_missing_and_can_be_copied() -> None:
    assert [run.glyphs for run in runs("a 李小龙 b", REGULAR)] == ["a ", MISSING * 3, " b"]
    content = draw_pdf(statement([row(1, name="李小龙")]), NOVEMBER)
    assert spoken_words(content) == ["李小龙"]
    assert f"{MISSING} stands for a letter that this typeface lacks" in words_of(content)


def test_joiners_join_letters_of_a_script_and_nothing_else() -> None:
    assert drawable("क्\u200dष") == "क्\u200dष"
    assert drawable("a\u200db\u202ec\u2066") == "abc"


def test_no_line_breaks_a_letter_from_its_signs() -> None:
    word = "क्षि" * 30
    lines = wrap(word, REGULAR, 9, 60)
    assert "".join(lines) == word
    assert all(line == "क्षि" * (len(line) // 4) for line in lines)
    assert all(width_of(line, REGULAR, 9) <= 60 for line in lines)


def test_a_width_is_that_of_its_parts() -> None:
    text = "Anil अनिल 12"
    parts = runs(text, BOLD)
    assert [part.text for part in parts] == ["Anil ", "अनिल", " 12"]
    assert width_of(text, BOLD, 10) == pytest.approx(10 * sum(part.width for part in parts))


def test_digits_are_all_as_wide() -> None:
    for weight in (REGULAR, BOLD):
        assert len({width_of(digit, weight, 10) for digit in "0123456789"}) == 1


def test_every_font_has_its_licence_beside_it() -> None:
    fonts = [*ROOT.glob("assets/fonts/*"), *Path(letters.__file__).parent.glob("fonts/*")]
    fonts = [font for font in fonts if font.suffix in (".ttf", ".otf", ".woff", ".woff2")]
    assert len(fonts) >= 20
    for font in fonts:
        family = font.stem.removesuffix("-regular").removesuffix("-semibold")
        licence = font.with_name(f"{family}-OFL.txt").read_text()
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence
        assert licence.startswith("Copyright")
