"""A statement for spreadsheets and programs: RFC 4180, one header, one line for each row, plain decimals."""

import csv
import io
from datetime import date
from typing import Final

from wallet_app.state.activity_lines import kind_words, status_words
from wallet_app.statements.words import first_day, last_day
from wallet_app.words.saying import say
from wallet_core.clock import IST
from wallet_core.money import plain_rupees
from wallet_core.views import ActivityRow, Statement

#: In the order they stand; the books have their words.
COLUMNS: Final = ("date", "time", "type", "name", "note", "reference", "status", "amount", "balance")

#: What makes a spreadsheet calculate a cell instead of showing it (OWASP, CSV injection), in either width.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: Without the byte order mark Excel reads UTF-8 as the code page of the machine, and names in Indian scripts break.
_ENCODING: Final = "utf-8-sig"


def write_csv(statement: Statement) -> bytes:
    """Oldest first, between a line with the opening and one with the closing balance.

    A row that moved no money has its amount, its status in words, and no balance.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([say(f"statement.column_{column}") for column in COLUMNS])
    writer.writerow(_balance_line(say("statement.opening"), first_day(statement), statement.opening_balance_paise))
    writer.writerows(_line(row) for row in statement.rows)
    writer.writerow(_balance_line(say("statement.closing"), last_day(statement), statement.closing_balance_paise))
    return text.getvalue().encode(_ENCODING)


def _balance_line(words: str, on: date, balance_paise: int) -> list[str]:
    return [on.isoformat(), "", words, "", "", "", "", "", plain_rupees(balance_paise)]


def _line(row: ActivityRow) -> list[str]:
    at = row.at.astimezone(IST)
    return [
        at.date().isoformat(),
        f"{at:%H:%M:%S}",
        kind_words(row.kind),
        _harmless(row.counterparty),
        _harmless(row.note),
        _harmless(row.reference),
        status_words(row.status),
        plain_rupees(row.amount_paise),
        "" if row.balance_after_paise is None else plain_rupees(row.balance_after_paise),
    ]


def _harmless(text: str) -> str:
    """Words of other people stay words: an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text
