"""Runs ``python -m bank_simulator`` as the launcher does, with its log in a file."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.bank_simulator.receiver import DEADLINE_S, SECRET

ROOT = Path(__file__).resolve().parents[2]

#: Twenty milliseconds: a dozen retries with doubled waits still take part of a minute, so tests ask for few.
RETRY_BASE_S = "0.02"

RETURN_URL = "http://localhost:3000/transfer?from=bank&again=1"

Found = TypeVar("Found")

_LISTENS = re.compile(r"listens on port (\d+)")


def eventually(look: Callable[[], Found | None]) -> Found:
    """What ``look`` answers, as soon as it is true."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.01)
    return found


def environment(folder: Path, webhook_url: str, changes: dict[str, str]) -> dict[str, str]:
    """Of a bank with its file in ``folder``. Nothing of the caller's own settings reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BANK_", "WALLET_"))}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "BANK_PORT": "0",
        "BANK_DATABASE": str(folder / "bank.sqlite3"),
        "BANK_WEBHOOK_URL": webhook_url,
        "BANK_WEBHOOK_SECRET": SECRET,
        "BANK_RETRY_BASE_S": RETRY_BASE_S,
        **changes,
    }


def run_to_its_end(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """For a bank that refuses to start."""
    return subprocess.run(
        [sys.executable, "-m", "bank_simulator"],
        cwd=ROOT,
        env=environment(folder, "http://127.0.0.1:1/", changes),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


class BankProcess:
    """One file for its whole life, however often it is killed and started again."""

    def __init__(self, folder: Path, webhook_url: str, **changes: str) -> None:
        self.database = folder / "bank.sqlite3"
        self._environment = environment(folder, webhook_url, changes)
        self._log_path = folder / "bank.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client()

    def start(self) -> "BankProcess":
        self._log_path.unlink(missing_ok=True)
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bank_simulator"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        port = eventually(self._port)
        self.http.close()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S, trust_env=False)
        return self

    def _port(self) -> str | None:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        found = _LISTENS.search(self.log())
        return found and found[1]

    def log(self) -> str:
        return self._log_path.read_text(encoding="utf-8")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """SIGTERM; answers the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=DEADLINE_S)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self.http.close()

    def ask(self, amount_paise: int = 50_050, reference: str | None = None, **changes: Any) -> httpx.Response:
        """POST /api/payments."""
        wanted = {
            "reference": reference or f"A-{secrets.token_hex(7).upper()}",
            "amount_paise": amount_paise,
            "currency": "INR",
            "bank": "HDFC",
            "return_url": RETURN_URL,
        }
        return self.http.post("/api/payments", json={**wanted, **changes})

    def new_payment(self, amount_paise: int = 50_050) -> dict[str, Any]:
        response = self.ask(amount_paise)
        assert response.status_code == 201, response.text
        payment: dict[str, Any] = response.json()
        return payment

    def choose(self, payment: dict[str, Any], choice: str) -> httpx.Response:
        return self.http.post(f"/pay/{payment['payment_id']}", data={"choice": choice})

    def paid(self, choice: str, amount_paise: int = 50_050) -> dict[str, Any]:
        """A payment for which this was chosen, as the bank's API shows it at once."""
        payment = self.new_payment(amount_paise)
        assert self.choose(payment, choice).status_code == 303
        return self.find(payment)

    def find(self, payment: dict[str, Any]) -> dict[str, Any]:
        response = self.http.get("/api/payments", params={"reference": payment["reference"]})
        found: dict[str, Any] = response.raise_for_status().json()
        return found

    def page(self, payment: dict[str, Any]) -> str:
        return self.http.get(f"/pay/{payment['payment_id']}").raise_for_status().text

    def page_with(self, payment: dict[str, Any], words: str) -> str:
        """The payment's page, once it says this."""
        return eventually(lambda: page if words in (page := self.page(payment)) else None)
