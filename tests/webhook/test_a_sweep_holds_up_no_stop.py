"""A process that is told to go does not wait for all that its sweep wants to ask, nor for a bank that says nothing."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from tests.conftest import add_onramp
from tests.webhook.process import WebhookProcess, free_port

#: ``python -m webhook``, but for the ten seconds before the first sweep.
SWEEPS_AT_ONCE = """
import functools, sys
import webhook.app
from webhook.sweeping import Sweeping
webhook.app.Sweeping = functools.partial(Sweeping, every_s=0)
from webhook.__main__ import main
sys.exit(main())
"""

#: What the bank takes for an answer; all of them together take longer than any launcher waits.
ANSWER_S = 0.5
ORDERS = 60

#: Less than one silent bank's whole time, and than the grace of any launcher of ours.
STOPS_WITHIN_S = 10


class Bank(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer_s: float | None) -> None:
        """``answer_s``: None where it says nothing."""
        super().__init__(("127.0.0.1", 0), _Teller)
        self.answer_s = answer_s
        self.asked = threading.Semaphore(0)
        self.closing = threading.Event()


class _Teller(BaseHTTPRequestHandler):
    server: Bank

    def do_GET(self) -> None:
        self.server.asked.release()
        if self.server.closing.wait(self.server.answer_s):
            return
        (reference,) = parse_qs(urlsplit(self.path).query)["reference"]
        body = {
            "payment_id": "pay_1",
            "reference": reference,
            "amount_paise": 500,
            "currency": "INR",
            "bank": "HDFC",
            "status": "pending",
            "page_url": "http://localhost/pay/1",
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def bank_of(answer_s: float | None) -> Iterator[Bank]:
    with Bank(answer_s) as bank:
        thread = threading.Thread(target=bank.serve_forever)
        thread.start()
        try:
            yield bank
        finally:
            bank.closing.set()
            bank.shutdown()
            thread.join()


@pytest.mark.parametrize("answer_s", [ANSWER_S, None], ids=["slow", "silent"])
def test_a_stop_in_the_midst_of_a_sweep_is_quick(
    database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID, answer_s: float | None
) -> None:
    for _ in range(ORDERS):
        add_onramp(alice, 500)
    superuser.execute("UPDATE onramp SET created_at = created_at - interval '1 minute'")
    webhook = WebhookProcess(database_url, free_port(), tmp_path, ["-c", SWEEPS_AT_ONCE])
    with bank_of(answer_s) as bank:
        webhook.start({"WALLET_BANK_URL": f"http://127.0.0.1:{bank.server_port}"})
        try:
            assert bank.asked.acquire(timeout=STOPS_WITHIN_S)
            started_s = time.monotonic()
            assert webhook.terminate() == 0
            assert time.monotonic() - started_s < STOPS_WITHIN_S
        finally:
            webhook.kill()
    assert not [line for line in webhook.log_lines() if "traceback" in line]
