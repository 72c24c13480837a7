"""A statement on paper: A4, drawn line by line, so that thousands of rows take a second and "Page 1 of 3" is known."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from wallet_app.formatting import clock_time, full_when, plain_day
from wallet_app.state.activity_lines import kind_words, look_of, other_side, status_words
from wallet_app.state.history_filter import HistoryFilter
from wallet_app.statements.letters import BOLD, MISSING, REGULAR, Run, drawable, runs, width_of, wrap
from wallet_app.statements.words import first_day, last_day, period, shown_words
from wallet_app.words.books import TAGS
from wallet_app.words.saying import language_asking, say
from wallet_core.clock import IST
from wallet_core.money import format_rupees
from wallet_core.phones import format_phone
from wallet_core.views import ActivityKind, ActivityRow, ActivityStatus, Statement

#: reportlab keeps its fonts in the module; and one drawing at a time leaves the processor to those who pay.
_DRAWING: Final = Lock()

# The colours of the light theme (assets/app.css).
_INK: Final = HexColor("#101828")
_INK_2: Final = HexColor("#475067")
_INK_3: Final = HexColor("#5d667c")
_LINE: Final = HexColor("#e3e6ec")
_LINE_STRONG: Final = HexColor("#868ea0")
_SUNKEN: Final = HexColor("#f5f6f8")
_BRAND: Final = HexColor("#1d4fd7")
_GOOD: Final = HexColor("#0a6b46")
_WHITE: Final = HexColor("#ffffff")

_AMOUNT_COLOURS: Final = {"arrived": _GOOD, "plain": _INK, "pending": _INK_3, "ended": _INK_3}

# Points, from the lower left corner of the sheet.
_WIDTH, _HEIGHT = A4
_LEFT: Final = 42
_RIGHT: Final = _WIDTH - 42
_TOP: Final = _HEIGHT - 48
_BOTTOM: Final = 58
_FOOT: Final = 34
_DETAILS: Final = _LEFT + 82
_AMOUNT: Final = _RIGHT - 96  # the right edge of the column
_DETAILS_WIDTH: Final = _AMOUNT - 96 - _DETAILS

_OVERHANG: Final = 8  # of the shade behind the balances, so that their columns stay in line
_LEADING: Final = 12.5
_PADDING: Final = 7  # above and below the words of a row
_COLUMN_HEADS: Final = 22
_SUMMARY: Final = 62
_NOTES: Final = 30  # what stands below the last row


@dataclass(frozen=True, slots=True)
class _Words:
    """One line of text."""

    text: str
    font: str
    size: float
    colour: HexColor


@dataclass(frozen=True, slots=True)
class _Row:
    when: list[_Words]
    details: list[_Words]
    amount: list[_Words]  # and the status, where no money has moved
    balance: _Words
    is_struck: bool = False
    is_shaded: bool = False

    @property
    def height(self) -> float:
        return max(len(self.when), len(self.details), len(self.amount)) * _LEADING + 2 * _PADDING


def draw_pdf(statement: Statement, chosen: HistoryFilter) -> bytes:
    """Oldest first, between the opening and the closing balance."""
    with _DRAWING:
        return _Sheets(statement, chosen).draw()


class _Sheets:
    """The sheets of one statement; ``y`` is where the next thing goes."""

    def __init__(self, statement: Statement, chosen: HistoryFilter) -> None:
        self.statement = statement
        self.chosen = chosen
        self.file = io.BytesIO()
        self.canvas = Canvas(
            self.file, pagesize=A4, pageCompression=1, lang=TAGS[language_asking.get()], initialFontName=REGULAR
        )
        self.rows = _rows(statement)
        self.name = drawable(statement.name)
        self.whose = f"{self.name} · {format_phone(statement.phone)}"
        self.has_boxes = False
        self.y: float = _TOP
        self.page = 1
        self.pages = 1

    def draw(self) -> bytes:
        self._describe()
        self._draw_head()
        self._draw_summary()
        self._draw_shown()
        sheets = _spread(self.rows, first=self.y - _BOTTOM)
        self.pages = len(sheets)
        for rows in sheets:
            if self.page > 1:
                self._draw_running_head()
            if rows:
                self._draw_column_heads()
            for row in rows:
                self._draw_row(row)
            if self.page == self.pages:
                self._draw_notes()
            self._end_sheet()
        self.canvas.save()
        return self.file.getvalue()

    def _describe(self) -> None:
        words = period(self.statement)
        self.canvas.setTitle(say("statement.title", period=words))
        self.canvas.setAuthor(say("brand.name"))
        self.canvas.setCreator(say("brand.name"))
        self.canvas.setSubject(say("statement.subject", name=self.statement.name, period=words))
        self.canvas.setViewerPreference("DisplayDocTitle", "true")

    def _write(self, x: float, y: float, words: _Words, *, is_right: bool = False) -> None:
        """Every word of a statement is drawn here, in whatever script it is."""
        self.canvas.setFillColor(words.colour)
        x -= width_of(words.text, words.font, words.size) if is_right else 0
        for run in runs(words.text, words.font):
            self.has_boxes = self.has_boxes or MISSING in run.glyphs
            self.canvas.setFont(run.font, words.size)
            with self._readable(run):
                self.canvas.drawString(x, y, run.glyphs)
            x += run.width * words.size

    @contextmanager
    def _readable(self, run: Run) -> Iterator[None]:
        """Shaped letters and boxes are no text any more: who copies, searches or listens gets the words (ISO 32000,
        14.9.4).
        """
        if not run.is_shaped:
            yield
            return
        words = b"\xfe\xff" + run.text.encode("utf-16-be")
        self.canvas._code.append(f"/Span <</ActualText <{words.hex().upper()}>>> BDC")
        yield
        self.canvas._code.append("EMC")

    def _rule(self, y: float, colour: HexColor = _LINE, width: float = 0.6) -> None:
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(width)
        self.canvas.line(_LEFT, y, _RIGHT, y)

    def _draw_head(self) -> None:
        self.canvas.setFillColor(_BRAND)
        self.canvas.roundRect(_LEFT, self.y - 22, 26, 26, 7, stroke=0, fill=1)
        self.canvas.setFont(BOLD, 14)
        self.canvas.setFillColor(_WHITE)
        self.canvas.drawCentredString(_LEFT + 13, self.y - 14, "₹")
        self._write(_LEFT + 36, self.y - 14.5, _Words(say("brand.name"), BOLD, 15, _INK))
        self._write(_RIGHT, self.y - 15, _Words(say("statement.heading"), BOLD, 22, _INK), is_right=True)
        self.y -= 62
        aside = [
            _Words(period(self.statement), BOLD, 10, _INK),
            _Words(say("statement.made_on", when=full_when(self.statement.made_at)), REGULAR, 8.5, _INK_3),
        ]
        for number, words in enumerate(aside):
            self._write(_RIGHT, self.y - number * 15, words, is_right=True)
        for line in wrap(self.name, BOLD, 13, 300):
            self._write(_LEFT, self.y, _Words(line, BOLD, 13, _INK))
            self.y -= 16
        self._write(_LEFT, self.y + 1, _Words(format_phone(self.statement.phone), REGULAR, 10, _INK_2))
        self.y -= 20

    def _draw_summary(self) -> None:
        """Balances and sums of the period in a box."""
        cells = _summary(self.statement)
        self.canvas.setFillColor(_SUNKEN)
        self.canvas.setStrokeColor(_LINE)
        self.canvas.setLineWidth(0.6)
        self.canvas.roundRect(_LEFT, self.y - _SUMMARY, _RIGHT - _LEFT, _SUMMARY, 10, stroke=1, fill=1)
        width = (_RIGHT - _LEFT) / len(cells)
        for number, (label, amount, detail) in enumerate(cells):
            x = _LEFT + number * width + 14
            if number > 0:
                self.canvas.line(x - 14, self.y - 14, x - 14, self.y - _SUMMARY + 14)
            self._write(x, self.y - 19, _Words(label, REGULAR, 8, _INK_3))
            size = min(13, 13 * (width - 22) / width_of(amount, BOLD, 13))
            colour = _BRAND if number == len(cells) - 1 else _INK
            self._write(x, self.y - 36, _Words(amount, BOLD, size, colour))
            self._write(x, self.y - 50, _Words(detail, REGULAR, 7.5, _INK_3))
        self.y -= _SUMMARY + 20

    def _draw_shown(self) -> None:
        words = drawable(shown_words(self.statement, self.chosen))
        for line in wrap(words, REGULAR, 9, _RIGHT - _LEFT):
            self._write(_LEFT, self.y, _Words(line, REGULAR, 9, _INK_2))
            self.y -= 13
        self.y -= 2

    def _draw_running_head(self) -> None:
        self._write(_LEFT, self.y, _Words(say("statement.running"), BOLD, 10, _INK))
        self._write(_RIGHT, self.y, _Words(period(self.statement), REGULAR, 9, _INK_3), is_right=True)
        self.y -= 14

    def _draw_column_heads(self) -> None:
        y = self.y - 12
        for x, text, is_right in (
            (_LEFT, say("statement.date_ist"), False),
            (_DETAILS, say("statement.details"), False),
            (_AMOUNT, say("statement.amount"), True),
            (_RIGHT, say("statement.balance"), True),
        ):
            self._write(x, y, _Words(text, BOLD, 8, _INK_3), is_right=is_right)
        self.y -= _COLUMN_HEADS
        self._rule(self.y, _LINE_STRONG, 0.8)

    def _draw_row(self, row: _Row) -> None:
        if row.is_shaded:
            self.canvas.setFillColor(_SUNKEN)
            width = _RIGHT - _LEFT + 2 * _OVERHANG
            self.canvas.rect(_LEFT - _OVERHANG, self.y - row.height, width, row.height - 0.4, stroke=0, fill=1)
        top = self.y - _PADDING - 9.5
        for x, column, is_right in (
            (_LEFT, row.when, False),
            (_DETAILS, row.details, False),
            (_AMOUNT, row.amount, True),
            (_RIGHT, [row.balance], True),
        ):
            for number, words in enumerate(column):
                self._write(x, top - number * _LEADING, words, is_right=is_right)
        if row.is_struck:
            amount = row.amount[0]
            self.canvas.setStrokeColor(amount.colour)
            self.canvas.setLineWidth(0.7)
            self.canvas.line(_AMOUNT - width_of(amount.text, amount.font, amount.size), top + 3.2, _AMOUNT, top + 3.2)
        self.y -= row.height
        self._rule(self.y)

    def _draw_notes(self) -> None:
        notes = [say("statement.times")]
        if any(row.status != ActivityStatus.SUCCEEDED for row in self.statement.rows):
            notes.append(say("statement.grey"))
        if self.has_boxes:
            notes.append(say("statement.missing", box=MISSING))
        self._write(_LEFT, self.y - 18, _Words(" ".join(notes), REGULAR, 8, _INK_3))

    def _end_sheet(self) -> None:
        self._rule(_FOOT + 14)
        foot = wrap(f"{self.whose} · {period(self.statement)}", REGULAR, 7.5, _RIGHT - _LEFT - 70)[0]
        self._write(_LEFT, _FOOT, _Words(foot, REGULAR, 7.5, _INK_3))
        page = say("statement.page", page=self.page, pages=self.pages)
        self._write(_RIGHT, _FOOT, _Words(page, REGULAR, 7.5, _INK_3), is_right=True)
        self.canvas.showPage()
        self.page += 1
        self.y = _TOP


def _spread(rows: list[_Row], *, first: float) -> list[list[_Row]]:
    """Which rows stand on which sheet. ``first`` is the room on the first one; the notes need some on the last."""
    sheets: list[list[_Row]] = [[]]
    room = first - _COLUMN_HEADS
    for number, row in enumerate(rows):
        needed = row.height + (_NOTES if number == len(rows) - 1 else 0)
        if needed > room and sheets[-1]:
            sheets.append([])
            room = _TOP - 14 - _BOTTOM - _COLUMN_HEADS
        sheets[-1].append(row)
        room -= row.height
    return sheets


def _summary(statement: Statement) -> list[tuple[str, str, str]]:
    """Label, amount and detail of each cell."""
    held_paise = statement.held_paise
    kind = kind_words(ActivityKind.HOLD if held_paise < 0 else ActivityKind.RELEASE)
    held = (kind, format_rupees(held_paise, signed=True), say("statement.within_wallet"))
    during = say("statement.in_period")
    begin = say("statement.on_day", day=plain_day(first_day(statement)))
    end = say("statement.on_day", day=plain_day(last_day(statement)))
    return [
        (say("statement.opening"), format_rupees(statement.opening_balance_paise), begin),
        (say("statement.money_in"), format_rupees(statement.money_in_paise), during),
        (say("statement.money_out"), format_rupees(statement.money_out_paise), during),
        *([held] if held_paise else []),
        (say("statement.closing"), format_rupees(statement.closing_balance_paise), end),
    ]


def _rows(statement: Statement) -> list[_Row]:
    return [
        _balance_row(say("statement.opening"), plain_day(first_day(statement)), statement.opening_balance_paise),
        *(_row(row) for row in statement.rows),
        _balance_row(say("statement.closing"), plain_day(last_day(statement)), statement.closing_balance_paise),
    ]


def _balance_row(label: str, on: str, balance_paise: int) -> _Row:
    return _Row(
        when=[_Words(on, REGULAR, 9, _INK_2)],
        details=[_Words(label, BOLD, 9.5, _INK)],
        amount=[],
        balance=_Words(format_rupees(balance_paise), BOLD, 9.5, _INK),
        is_shaded=True,
    )


def _row(row: ActivityRow) -> _Row:
    look = look_of(row.kind, row.status, row.amount_paise)
    has_moved = row.status == ActivityStatus.SUCCEEDED
    ink, ink_2 = (_INK, _INK_2) if has_moved else (_INK_3, _INK_3)
    title = drawable(other_side(row.counterparty))
    detail = drawable(" · ".join(part for part in (kind_words(row.kind), row.note, row.reference) if part))
    balance = "–" if row.balance_after_paise is None else format_rupees(row.balance_after_paise)
    return _Row(
        when=[
            _Words(plain_day(row.at.astimezone(IST).date()), REGULAR, 9, ink),
            _Words(clock_time(row.at), REGULAR, 8, _INK_3),
        ],
        details=[
            *(_Words(line, BOLD, 9.5, ink) for line in wrap(title, BOLD, 9.5, _DETAILS_WIDTH)),
            *(_Words(line, REGULAR, 8.5, ink_2) for line in wrap(detail, REGULAR, 8.5, _DETAILS_WIDTH)),
        ],
        amount=[
            _Words(format_rupees(row.amount_paise, signed=True), BOLD, 9.5, _AMOUNT_COLOURS[look]),
            *([] if has_moved else [_Words(status_words(row.status), REGULAR, 8, _INK_3)]),
        ],
        balance=_Words(balance, REGULAR, 9.5, ink),
        is_struck=look == "ended",
    )
