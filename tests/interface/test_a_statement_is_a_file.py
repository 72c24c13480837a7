"""A statement as CSV and as PDF: every row, exact amounts, words that stay words, and names in any script."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from tests.interface.handlers import ORIGIN, call, state_at
from wallet_app.cookies import Flash, set_flash
from wallet_app.paths import HISTORY
from wallet_app.state import transactions
from wallet_app.state.history_filter import HistoryFilter, read_filter
from wallet_app.state.transactions import TransactionsState
from wallet_app.statements.csv_file import CsvFile
from wallet_app.statements.letters import MISSING, REGULAR, drawable, runs, wrap
from wallet_app.statements.pdf_file import draw_pdf
from wallet_app.statements.words import file_name, filter_words, period, shown_words
from wallet_core.clock import IST
from wallet_core.money import plain_rupees
from wallet_core.views import ActivityKind, ActivityPage, ActivityRow, ActivityStatus, Statement

EVERYTHING = HistoryFilter()
NOVEMBER = HistoryFilter(month="2026-11")

FIRST = datetime(2026, 10, 31, 18, 30, tzinfo=UTC)  # midnight in India
LAST = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)


def row(
    amount_paise: int,
    *,
    name: str = "Bob Verma",
    note: str = "",
    status: ActivityStatus = ActivityStatus.SUCCEEDED,
    at: datetime = FIRST + timedelta(minutes=73),
    balance_paise: int = 100_00,
) -> ActivityRow:
    return ActivityRow(
        reference="P-8K2F41QFZ09XYA",
        kind=ActivityKind.SENT if amount_paise < 0 else ActivityKind.RECEIVED,
        counterparty=name,
        amount_paise=amount_paise,
        status=status,
        at=at,
        balance_after_paise=balance_paise if status == ActivityStatus.SUCCEEDED else None,
        note=note,
    )


def statement(rows: Sequence[ActivityRow] = (), *, name: str = "Alice Nair", held_paise: int = 0) -> Statement:
    return Statement(
        name=name,
        phone="+919876543210",
        begins_at=FIRST,
        ends_at=LAST,
        made_at=LAST + timedelta(days=3),
        opening_balance_paise=1_23_456_78,
        closing_balance_paise=100_05,
        money_in_paise=9_00,
        money_out_paise=8_00,
        held_paise=held_paise,
        shown_in_paise=2_00,
        shown_out_paise=1_00,
        rows=list(rows),
    )


def csv_of(whole: Statement) -> bytes:
    file = CsvFile()
    file.begin(whole, len(whole.rows))
    file.write(whole.rows)
    file.end()
    content = file.read(0)
    file.close()
    return content


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def words_of(content: bytes) -> str:
    """The text of every sheet, with single spaces."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


# CSV


def test_a_csv_has_a_line_for_each_row_between_the_balances() -> None:
    failed = row(7_00, name="HDFC Bank", status=ActivityStatus.FAILED)
    lines = lines_of(csv_of(statement([row(-1_23, note="tea"), failed])))
    assert lines == [
        [
            *("Date", "Time (IST)", "Type", "Name", "Note", "Reference", "Status"),
            *("Amount (INR)", "Balance (INR)"),
        ],
        ["2026-11-01", "", "Opening balance", "", "", "", "", "", "123456.78"],
        ["2026-11-01", "01:13:00", "Sent", "Bob Verma", "tea", "P-8K2F41QFZ09XYA", "Completed", "-1.23", "100.00"],
        ["2026-11-01", "01:13:00", "Received", "HDFC Bank", "", "P-8K2F41QFZ09XYA", "Failed", "7.00", ""],
        ["2026-11-30", "", "Closing balance", "", "", "", "", "", "100.05"],
    ]


def test_a_csv_opens_in_excel() -> None:
    content = csv_of(statement([row(1, name="अनिल कुमार")]))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert "अनिल कुमार" in content.decode("utf-8-sig")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " =", "\u00a0+"])
def test_words_of_others_never_become_a_formula(start: str) -> None:
    bad = f'{start}HYPERLINK("https://evil.example","x")'
    line = lines_of(csv_of(statement([row(1, name=bad, note=bad)])))[2]
    assert line[3] == line[4] == f"'{bad}"


@given(st.text(min_size=1, max_size=80), st.text(max_size=60))
def test_any_words_come_back_as_they_were(name: str, note: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in name + note):
        return
    line = lines_of(csv_of(statement([row(1, name=name, note=note)])))[2]
    for cell, words in zip(line[3:5], (name, note), strict=True):
        assert cell.removeprefix("'") == words or cell == words
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.integers(-(2**63), 2**63 - 1))
def test_plain_amounts_are_exact(amount_paise: int) -> None:
    text = plain_rupees(amount_paise)
    assert re.fullmatch(r"-?[0-9]+\.[0-9]{2}", text)
    assert int(text.replace(".", "")) == amount_paise


# PDF


def test_a_pdf_shows_whose_it_is_the_balances_and_every_row() -> None:
    rows = [
        row(-1_23_00, note="tea"),
        row(7_00, name="HDFC Bank", status=ActivityStatus.FAILED),
        row(8_00, name="Axis Bank", status=ActivityStatus.PROCESSING),
    ]
    words = words_of(draw_pdf(statement(rows), NOVEMBER))
    for part in (
        "Wallet",
        "Statement",
        "Alice Nair",
        "+91 98765 43210",
        "1 Nov 2026 to 30 Nov 2026",
        "Opening balance",
        "₹1,23,456.78",
        "Closing balance",
        "₹100.05",
        "Money in",
        "₹9.00",
        "Money out",
        "₹8.00",
        "Every payment of the period",
        "Bob Verma",
        "Sent · tea · P-8K2F41QFZ09XYA",
        "−₹123.00",
        "1:13 am",
        "Failed",
        "Pending",
        "Lines in grey moved no money.",
        "(IST)",
        "Page 1 of 1",
    ):
        assert part in words, part
    assert "Locked" not in words


def test_locked_money_is_told() -> None:
    assert "Locked −₹6.00" in words_of(draw_pdf(statement(held_paise=-6_00), NOVEMBER))
    assert "Released +₹6.00" in words_of(draw_pdf(statement(held_paise=6_00), NOVEMBER))


def test_a_pdf_says_what_it_is() -> None:
    reader = PdfReader(io.BytesIO(draw_pdf(statement(), NOVEMBER)))
    assert reader.metadata is not None
    assert reader.metadata.title == "Wallet statement, 1\N{NO-BREAK SPACE}Nov 2026 to 30\N{NO-BREAK SPACE}Nov 2026"
    assert reader.metadata.author == "Wallet"
    assert reader.root_object["/Lang"] == "en-IN"


def test_every_row_stands_on_one_sheet_below_its_headings() -> None:
    rows = [row(-100 - number, note=f"number {number:03}") for number in range(200)]
    reader = PdfReader(io.BytesIO(draw_pdf(statement(rows), NOVEMBER)))
    sheets = [" ".join(page.extract_text().split()) for page in reader.pages]
    found = [number for sheet in sheets for number in re.findall(r"number (\d{3})", sheet)]
    assert found == [f"{number:03}" for number in range(200)]
    for number, sheet in enumerate(sheets, start=1):
        assert f"Page {number} of {len(sheets)}" in sheet
        assert "Date (IST) Details Amount Balance" in sheet
    assert "Closing balance" in sheets[-1]


@pytest.mark.parametrize("count", range(10, 34))
def test_the_end_fits_its_sheet_whatever_comes_before(count: int) -> None:
    content = draw_pdf(statement([row(1, note="x " * (number % 4) * 40) for number in range(count)]), NOVEMBER)
    heights: list[float] = []

    def note(text: str, _current: Any, place: Sequence[float], *_: object) -> None:
        if text.strip() and not text.startswith(("Alice Nair ·", "Page ")):
            heights.append(place[5])

    for page in PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=note)
    assert min(height for height in heights if height > 0) > 50  # above the foot's rule


@pytest.mark.parametrize("name", ["अनिल कुमार", "Łukasz Żółć", "李小龙", "🙂" * 20, "\u202eevil", "W" * 80, "", "ﷺ"])
def test_names_in_any_script_are_drawn_or_seen_to_be_missing(name: str) -> None:
    words = words_of(draw_pdf(statement([row(1, name=name, note=name)], name=name), HistoryFilter(text=name)))
    if any(MISSING in run.glyphs for run in runs(name, REGULAR)):
        assert f"{MISSING} stands for a letter that this typeface lacks" in words
    else:
        assert "typeface" not in words


@given(st.text(max_size=60))
def test_no_text_breaks_the_drawing(text: str) -> None:
    for line in wrap(drawable(text), REGULAR, 8.5, 120):
        line.encode()


def test_a_box_stands_for_each_missing_letter() -> None:
    glyphs = [run.glyphs for run in runs("Anil 小龙 ₹−–…", REGULAR)]
    assert glyphs == ["Anil ", MISSING * 2, " ₹−–…"]
    assert drawable("Jose\u0301\u200d") == "José"


# Words around it


def test_a_filter_in_words() -> None:
    assert filter_words(HistoryFilter()) == filter_words(NOVEMBER) == ""
    assert filter_words(HistoryFilter(show="out", status="succeeded", text="tea")) == "Money out, completed, with “tea”"
    words = shown_words(statement([row(1)]), HistoryFilter(show="bank"))
    assert "to and from banks. 1 payment, ₹2.00 in and ₹1.00 out." in words


def test_a_file_is_named_by_its_period() -> None:
    assert file_name(statement(), NOVEMBER, "pdf") == "wallet-statement-2026-11.pdf"
    assert file_name(statement(), EVERYTHING, "csv") == "wallet-statement-to-2026-11-30.csv"
    narrowed = HistoryFilter(text='"; x=/../', month="2026-11")
    assert file_name(statement(), narrowed, "csv") == "wallet-statement-2026-11-filtered.csv"


def test_the_period_is_in_indian_days() -> None:
    assert period(statement()) == "1\N{NO-BREAK SPACE}Nov 2026 to 30\N{NO-BREAK SPACE}Nov 2026"
    assert FIRST.astimezone(IST).day == 1


# The page


def open_history(state: TransactionsState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "list_activity", lambda **_: ActivityPage([], None))
    call(state, "open")
    call(state, "load")


def with_refusal(state: TransactionsState, mark: str) -> None:
    """The browser has come back from a statement that was refused."""
    from reflex.istate.data import RouterData
    from starlette.responses import Response

    response = Response()
    set_flash(response, Flash("statement", "statement-too-long", {"max_rows": 5000}, {"mark": mark}))
    cookie = response.headers["set-cookie"].partition(";")[0]
    state._get_root_state().router = RouterData.from_router_data(
        {"asPath": HISTORY, "headers": {"origin": ORIGIN, "cookie": cookie}}
    )


def test_the_links_follow_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_at(TransactionsState, f"{HISTORY}?show=in&month=2026-11")
    open_history(state, monkeypatch)
    assert state.query == "?show=in&month=2026-11"
    call(state, "search", "tea & jam", state.search_round)
    assert state.query == "?q=tea+%26+jam&show=in&month=2026-11"
    assert read_filter({"q": "tea & jam", "show": "in", "month": "2026-11"}).query() == state.query
    call(state, "clear")
    assert state.query == ""


def test_a_refused_statement_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_at(TransactionsState, HISTORY)
    with_refusal(state, "a")
    open_history(state, monkeypatch)
    assert "at most 5,000 payments" in state.statement_error
    call(state, "load")
    assert state.statement_error != ""
    call(state, "open")
    assert state.statement_error == ""
    with_refusal(state, "b")
    call(state, "open")
    assert state.statement_error != ""
    call(state, "choose_show", "in")
    assert state.statement_error == ""
