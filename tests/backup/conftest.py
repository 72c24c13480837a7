"""A wallet with a history, a folder for its backups, and a second, empty database to bring them back into."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from launcher import backup, restore
from tests.conftest import Fund, with_database
from wallet_core import db
from wallet_core.config import get_settings
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money


@dataclass
class Backups:
    """``url``: the wallet's own database. ``empty_url``: another one with nothing in it."""

    folder: Path
    url: str
    empty_url: str
    monkeypatch: pytest.MonkeyPatch

    def write(self) -> Path:
        """One that succeeds."""
        before = set(self.folder.glob("wallet-*"))
        assert self._run(self.url, backup.main, []) == 0
        (made,) = (path for path in set(self.folder.glob("wallet-*")) - before if path.suffix != ".sha256")
        return made

    def restore(self, file: Path, *options: str, into: str | None = None) -> int:
        """Answers the exit status. Without ``into``: into the empty database."""
        return self._run(into or self.empty_url, restore.main, [str(file), *options])

    def rows(self, url: str, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()

    def _run(self, url: str, main: object, arguments: list[str]) -> int:
        db.dispose()
        self.monkeypatch.setenv("DATABASE_URL", url)
        get_settings.cache_clear()
        try:
            return main(arguments)  # type: ignore[operator]
        finally:
            self.monkeypatch.setenv("DATABASE_URL", self.url)
            get_settings.cache_clear()
            db.configure(self.url)


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    name = f"wallet_empty_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield with_database(postgres_url, name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def backups(
    database_url: str,
    empty_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    alice: UUID,
    bob: UUID,
    fund: Fund,
) -> Iterator[Backups]:
    """Alice has added money and paid Bob, twice."""
    fund(alice, 100_00)
    for _ in range(2):
        send_money(person_id=alice, payee_id=bob, amount_paise=10_00, note="", key=new_token())
    monkeypatch.setenv("WALLET_BACKUP_DIR", str(tmp_path))
    for name in ("WALLET_BACKUP_KEY", "WALLET_BACKUP_IDENTITY"):
        monkeypatch.delenv(name, raising=False)
    yield Backups(tmp_path, database_url, empty_url, monkeypatch)
    get_settings.cache_clear()
