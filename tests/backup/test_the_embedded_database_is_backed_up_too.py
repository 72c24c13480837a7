"""Without DATABASE_URL it is the wallet's own PostgreSQL: found where it runs, started where it does not."""

from pathlib import Path

import psycopg
import pytest

from alembic import command
from launcher import backup, restore
from tests.conftest import alembic_config
from tests.e2e.stack import short_folder
from wallet_core.config import get_settings
from wallet_core.embedded_postgres import EmbeddedPostgres

MAKE_ALICE = """
    INSERT INTO person (id, name, phone, password_hash, created_at)
    VALUES (gen_random_uuid(), 'Alice Nair', '+919876543210', '!', now())
"""


def test_written_while_it_runs_and_restored_while_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "WALLET_BACKUP_DIR", "WALLET_BACKUP_KEY"):
        monkeypatch.delenv(name, raising=False)
    with short_folder() as folder:
        try:
            file = _write(monkeypatch, folder / "one")
            monkeypatch.setenv("WALLET_DATA_DIR", str(folder / "two"))
            get_settings.cache_clear()
            assert restore.main([str(file)]) == 0
            with EmbeddedPostgres(folder / "two" / "postgres") as server, psycopg.connect(server.url()) as connection:
                assert connection.execute("SELECT name FROM person").fetchall() == [("Alice Nair",)]
        finally:
            get_settings.cache_clear()


def _write(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Path:
    monkeypatch.setenv("WALLET_DATA_DIR", str(data_dir))
    get_settings.cache_clear()
    with EmbeddedPostgres(data_dir / "postgres", settings={"fsync": "off"}) as server:
        command.upgrade(alembic_config(server.url()), "head")
        with psycopg.connect(server.url()) as connection:
            connection.execute(MAKE_ALICE)
        assert backup.main([]) == 0
    (file,) = (data_dir / "backups").glob("*.dump")
    return file
