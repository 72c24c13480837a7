"""A statement for spreadsheets and programs: RFC 4180, one header, one line for each row, plain decimals."""

import codecs
import csv
import io
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from wallet_app.state.activity_lines import kind_words, other_side, status_words
from wallet_app.statements.words import first_day, last_day
from wallet_app.words.saying import say
from wallet_core.clock import IST
from wallet_core.money import plain_rupees
from wallet_core.views import ActivityRow, StatementFrame

#: In the order they stand; the books have their words.
COLUMNS: Final = ("date", "time", "type", "name", "note", "reference", "status", "amount", "balance")

#: What makes a spreadsheet calculate a cell instead of showing it (OWASP, CSV injection), in either width.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: One part of an answer: large enough to be few, small enough to be nothing in memory.
CHUNK_BYTES: Final = 64 * 1024


class Cancelled(Exception):
    """Nobody waits for the file any more."""


class CsvFile:
    """Grows on disk while it is read, so that neither its length nor a slow reader costs memory, and a slow reader
    holds no snapshot of the database. One thread writes; any other may read.

    Oldest first, between a line with the opening and one with the closing balance. A row that moved no money has its
    amount, its status in words, and no balance.
    """

    def __init__(self, on_news: Callable[[], object] = lambda: None) -> None:
        """``on_news`` is called in the writing thread after each part."""
        self.frame: StatementFrame | None = None
        self.row_count = 0
        self._on_news = on_news
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._is_cancelled = threading.Event()

    def begin(self, frame: StatementFrame, row_count: int) -> None:
        columns = [say(f"statement.column_{column}") for column in COLUMNS]
        opening = _balance_line(say("statement.opening"), first_day(frame), frame.opening_balance_paise)
        # Without the byte order mark Excel reads UTF-8 as the code page of the machine, and names in Indian scripts
        # break.
        self._append(codecs.BOM_UTF8 + _lines([columns, opening]))
        self.row_count, self.frame = row_count, frame
        self._on_news()

    def write(self, rows: list[ActivityRow]) -> None:
        self._append(_lines(map(_line, rows)))
        self._on_news()

    def end(self) -> None:
        """The last line."""
        if self.frame is not None:
            closing = _balance_line(say("statement.closing"), last_day(self.frame), self.frame.closing_balance_paise)
            self._append(_lines([closing]))

    def read(self, start: int) -> bytes:
        """What has been written from there on, at most CHUNK_BYTES of it."""
        return os.pread(self._file.fileno(), CHUNK_BYTES, start)

    def cancel(self) -> None:
        """The writing thread stops with ``Cancelled`` at its next part."""
        self._is_cancelled.set()

    def close(self) -> None:
        """After the writing thread has ended."""
        self._file.close()

    def _append(self, content: bytes) -> None:
        if self._is_cancelled.is_set():
            raise Cancelled
        self._file.write(content)
        self._file.flush()


def _lines(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def _balance_line(words: str, on: date, balance_paise: int) -> list[str]:
    return [on.isoformat(), "", words, "", "", "", "", "", plain_rupees(balance_paise)]


def _line(row: ActivityRow) -> list[str]:
    at = row.at.astimezone(IST)
    return [
        at.date().isoformat(),
        f"{at:%H:%M:%S}",
        kind_words(row.kind),
        _harmless(other_side(row.counterparty)),
        _harmless(row.note),
        _harmless(row.reference),
        status_words(row.status),
        plain_rupees(row.amount_paise),
        "" if row.balance_after_paise is None else plain_rupees(row.balance_after_paise),
    ]


def _harmless(text: str) -> str:
    """Words of other people stay words: an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text
