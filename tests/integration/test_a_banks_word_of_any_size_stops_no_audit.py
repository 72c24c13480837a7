"""What the bank says of an amount may be any number: the audit keeps it within bounds, tells of it, and goes on."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from tests.conftest import add_onramp, bank_message
from wallet_core import bank_client
from wallet_core.bank_client import MAX_STATED_PAISE
from wallet_core.config import get_settings
from wallet_core.money import MAX_BIGINT
from wallet_core.services import bank_audit
from wallet_core.services.auditor import BankRound, audit_bank
from wallet_core.services.onramps import settle_onramp


class Bank(ThreadingHTTPServer):
    """Says of every order that it is paid with ``amount_paise``, and states ``lines``."""

    amount_paise: int = 0
    lines: tuple[dict[str, Any], ...] = ()


class _Answers(BaseHTTPRequestHandler):
    server: Bank

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/api/statement":
            answer = {"lines": self.server.lines, "next": "the-end", "has_more": False}
        else:
            answer = line(parse_qs(asked.query)["reference"][0], self.server.amount_paise) | {
                "status": "succeeded",
                "page_url": "http://localhost/pay",
            }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def line(reference: str, amount_paise: int) -> dict[str, Any]:
    return {
        "payment_id": f"pay_{reference}",
        "reference": reference,
        "amount_paise": amount_paise,
        "currency": "INR",
        "bank": "HDFC",
        "paid_at": "2026-01-01T00:00:00Z",
    }


@pytest.fixture
def bank(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    with Bank(("127.0.0.1", 0), _Answers) as bank:
        threading.Thread(target=bank.serve_forever).start()
        monkeypatch.setenv("WALLET_BANK_URL", f"http://127.0.0.1:{bank.server_port}")
        monkeypatch.setattr(bank_audit, "SETTLED_AFTER", timedelta())
        bank_client.close()
        get_settings.cache_clear()
        yield bank
        bank_client.close()
        get_settings.cache_clear()
        bank.shutdown()


@pytest.mark.parametrize(
    ("said_paise", "kept_paise"),
    [(10**30, MAX_STATED_PAISE), (MAX_BIGINT + 1, MAX_STATED_PAISE), (-(10**30), 0), (0, 0)],
)
def test_the_walk_goes_past_a_credit_of_which_it_says_so(
    alice: UUID, bank: Bank, superuser: psycopg.Connection, said_paise: int, kept_paise: int
) -> None:
    order = add_onramp(alice, 7_00)
    settle_onramp(bank_message(order, 7_00))
    bank.amount_paise = said_paise
    assert audit_bank(every_s=0) == BankRound(found=1, bank_answered=True)
    found = superuser.execute("SELECT kind, subject, ours_paise, theirs_paise FROM drift").fetchall()
    assert found == [("not-at-bank", order, 7_00, kept_paise)]
    walked = superuser.execute("SELECT walked_transfer_id = (SELECT max(id) FROM transfer) FROM audit_state")
    assert walked.fetchone() == (True,)


def test_the_statement_goes_past_lines_of_which_it_says_so(bank: Bank, superuser: psycopg.Connection) -> None:
    bank.lines = tuple(
        line(f"A-LINE-{number}", said) for number, said in enumerate([2**62 - 1, 2**62 - 1, 2**62 - 1, 10**30, -1])
    )
    assert audit_bank(every_s=0) == BankRound(found=5, bank_answered=True)
    book = superuser.execute("SELECT bank_code, stated_count, stated_paise FROM bank_book").fetchall()
    assert book == [("HDFC", 5, 4 * MAX_STATED_PAISE)]
    assert superuser.execute("SELECT statement_cursor FROM audit_state").fetchone() == ("the-end",)
