"""Runs ``python -m webhook`` as operators do, with its log in a file."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.stack import free_ports
from tests.webhook.bank import PATH, SECOND_SECRET, SECRET, encode, signed_headers

ROOT = Path(__file__).resolve().parents[2]
START_S = 20


def free_port() -> int:
    return free_ports(1)[0]


class WebhookProcess:
    """One port for its whole life, however often it is killed and started again."""

    def __init__(self, database_url: str, port: int, folder: Path, program: Sequence[str] = ("-m", "webhook")) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.url = self.address + PATH
        self.log_path = folder / "webhook.log"
        self._database_url = database_url
        self._folder = folder
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(self, changes: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Starts it and does not wait. ``changes``: of its environment."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": self._database_url,
            "WALLET_ENV": "development",
            "WALLET_LOG_FORMAT": "json",
            "WALLET_DATA_DIR": str(self._folder),
            "WALLET_WEBHOOK_PORT": str(self.port),
            # Tests give money in the name of a bank that has never heard of it.
            "WALLET_AUDIT_EVERY_S": "3600",
            "WALLET_BANK_WEBHOOK_SECRETS": f"{SECRET},{SECOND_SECRET}",
            **(changes or {}),
        }
        with self.log_path.open("ab") as log:
            return subprocess.Popen([sys.executable, *self._program], cwd=ROOT, env=environment, stderr=log, stdout=log)

    def start(self, changes: dict[str, str] | None = None) -> None:
        """Returns when it answers. ``changes``: of its environment."""
        self._process = self.spawn(changes)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log_path.read_text()
            try:
                if httpx.get(self.address + "/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("not started: " + self.log_path.read_text())

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """SIGTERM; answers the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=20)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.terminate()

    def call(self, content: Any, **signing: Any) -> httpx.Response:
        """Sends one signed message."""
        body = content if isinstance(content, bytes) else encode(content)
        return httpx.post(self.url, content=body, headers=signed_headers(body, **signing), timeout=20)

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]
