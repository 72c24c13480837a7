"""Statements on paper in the scripts of India: shaped rightly, in their order, and words for who copies or listens."""

import io
import unicodedata
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject

from tests.interface.test_a_statement_is_a_file import NOVEMBER, row, statement, words_of
from wallet_app.statements import letters
from wallet_app.statements.letters import BOLD, MISSING, REGULAR, drawable, runs, width_of, wrap
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
}


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


@pytest.mark.parametrize("script", NAMES)
@pytest.mark.parametrize("weight", [REGULAR, BOLD])
def test_a_name_of_india_is_one_shaped_run(script: str, weight: str) -> None:
    (run,) = runs(NAMES[script], weight)
    assert run.is_shaped
    assert run.text == unicodedata.normalize("NFC", NAMES[script])
    assert script in run.font
    assert MISSING not in run.glyphs


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


@pytest.mark.parametrize("letter", ["🙂", "李", "\ue000", "\x00", "\u0b84"])
def test_what_no_typeface_has_is_seen_to_be_missing(letter: str) -> None:
    assert drawable(f"a{letter}b") == f"a{MISSING}b"


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
    assert len(fonts) >= 13
    for font in fonts:
        family = font.stem.removesuffix("-regular").removesuffix("-semibold")
        licence = font.with_name(f"{family}-OFL.txt").read_text()
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence
        assert licence.startswith("Copyright")
