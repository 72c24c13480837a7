"""A bank that answers byte by byte keeps one question open for as long as the client lets it: balances do not wait."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.conftest import Fund
from tests.webhook.process import WebhookProcess, free_port
from tests.webhook.test_the_auditor_runs_beside_the_door import OFTEN, is_frozen, wait_until

BYTE_EVERY_S = 0.1


class SlowBank:
    """``open_questions``: those whose answer is still being read."""

    def __init__(self) -> None:
        self.open_questions = 0
        self._counting = threading.Lock()
        self._leaving = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._leaving.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._dribble, args=[connection], daemon=True).start()

    def _dribble(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            self._count(1)
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
                while not self._leaving.wait(BYTE_EVERY_S):
                    connection.sendall(b" ")
            finally:
                self._count(-1)

    def _count(self, more: int) -> None:
        with self._counting:
            self.open_questions += more


@pytest.fixture
def bank() -> Iterator[SlowBank]:
    bank = SlowBank()
    yield bank
    bank.close()


def test_a_planted_paisa_is_frozen_while_the_bank_still_speaks(
    bank: SlowBank, alice: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    fund(alice, 10_00)
    webhook = WebhookProcess(database_url, free_port(), tmp_path)
    try:
        webhook.start({**OFTEN, "WALLET_BANK_URL": bank.url})
        wait_until(lambda: bank.open_questions == 1)
        superuser.execute(
            "UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = %s AND kind = 'available'", [alice]
        )
        wait_until(lambda: is_frozen(superuser, alice))
        assert bank.open_questions == 1
    finally:
        bank.close()
        webhook.stop()
