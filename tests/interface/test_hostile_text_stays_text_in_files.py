"""Whatever a name or a note is: no cell of a CSV runs, every sheet of a PDF is drawn, and no number changes place."""

import csv
import io
import unicodedata

import pytest
from pypdf import PdfReader

from tests.hostile import ALLOWED, ARABIC, HEBREW, MARKUP, REFUSED, STORED_ONCE
from tests.interface.test_a_statement_is_a_file import NOVEMBER, csv_of, row, statement, words_of
from wallet_app.state.history_filter import HistoryFilter
from wallet_app.statements.letters import drawable
from wallet_app.statements.pdf_file import draw_pdf
from wallet_app.words.isolating import END_OF_ISOLATE, FIRST_STRONG_ISOLATE, isolated
from wallet_app.words.saying import say
from wallet_core.errors import InvalidName, InvalidNote
from wallet_core.services.payments import check_note
from wallet_core.services.people import check_name

#: What a spreadsheet takes for the beginning of something to calculate.
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("text", [*ALLOWED, *STORED_ONCE], ids=ascii)
def test_no_cell_runs(text: str) -> None:
    content = csv_of(statement([row(-1_00, name=text, note=text)]))
    line = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[2]
    for cell in line[3:6]:
        assert not cell.lstrip().startswith(RUNS)
        assert not cell.startswith(RUNS)
    assert [cell.removeprefix("'") for cell in line[3:5]] == [text, text]
    # A number of ours is a number.
    assert line[7] == "-1.00"


@pytest.mark.parametrize("text", [*ALLOWED, *STORED_ONCE], ids=ascii)
def test_every_sheet_is_drawn_and_no_amount_moves(text: str) -> None:
    content = draw_pdf(statement([row(-1_23, name=text, note=text[:60])], name=text), HistoryFilter(text=text[:80]))
    for page in PdfReader(io.BytesIO(content)).pages:
        assert page.mediabox.width < page.mediabox.height
    words = words_of(content)
    assert "−₹1.23" in words
    assert "₹1,23,456.78" in words
    assert not any(unicodedata.category(letter) == "Cf" and letter not in "\u200c\u200d" for letter in drawable(text))


def test_markup_is_words_on_paper() -> None:
    assert MARKUP in words_of(draw_pdf(statement([row(1, name=MARKUP)]), NOVEMBER))


@pytest.mark.parametrize("text", ALLOWED, ids=ascii)
def test_odd_is_not_forbidden(text: str) -> None:
    assert check_name(text) == check_note(text) == text


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_deceives_is_refused(text: str) -> None:
    with pytest.raises(InvalidName):
        check_name(text)
    with pytest.raises(InvalidNote):
        check_note(text)


@pytest.mark.parametrize("start", ["\t", "\r", "\n", " ", "\u00a0"])
def test_space_before_a_formula_is_not_stored(start: str) -> None:
    assert check_name(f"{start}=1+1") == check_note(f"{start}=1+1") == "=1+1"


@pytest.mark.parametrize("name", [ARABIC, HEBREW])
def test_a_name_from_the_right_is_kept_to_itself(name: str) -> None:
    words = say("notifications.money_received", name=name, amount="₹5.00")
    assert words == f"{FIRST_STRONG_ISOLATE}{name}{END_OF_ISOLATE} sent you ₹5.00"


def test_what_closes_an_isolate_is_taken_out_of_it() -> None:
    assert isolated(f"א{END_OF_ISOLATE}1\u202e") == f"{FIRST_STRONG_ISOLATE}א1{END_OF_ISOLATE}"
    assert isolated("Bob\u202e Verma") == "Bob Verma"


@pytest.mark.parametrize("name", ["Bob Verma", "अनिल कुमार", "🙂", "", "李小龙"])
def test_any_other_name_stays_as_it_is(name: str) -> None:
    assert isolated(name) == name
