"""The embedded server: one folder, one owner, started and stopped cleanly, healed after a kill."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from wallet_core.embedded_postgres import EmbeddedPostgres
from wallet_core.errors import SettingsError


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, for the path of a unix socket is limited."""
    path = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    path.chmod(0o755)
    yield path / "data" / "postgres"
    shutil.rmtree(path, ignore_errors=True)


def _row(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
        return row and row[0]


def test_what_was_written_is_there_after_a_stop_and_after_a_kill(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    url = server.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    server.stop()  # harmless

    assert server.start() == url
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    os.kill(int((folder / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    server._release_ownership()  # the owner is killed too

    with EmbeddedPostgres(folder) as healed:
        assert _row(healed.url(), "SELECT sum(n) FROM kept") == 3
        assert [_row(healed.url(), f"SHOW {name}") for name in ("fsync", "listen_addresses")] == ["on", ""]


def test_a_second_owner_is_refused_and_a_server_left_behind_is_taken_over(folder: Path) -> None:
    killed = EmbeddedPostgres(folder)
    killed.start()
    with pytest.raises(SettingsError, match="Another wallet is running"):
        EmbeddedPostgres(folder).start()
    killed._release_ownership()  # as the kernel does for a killed process; the server lives on
    process_id = (folder / "postmaster.pid").read_text().split("\n")[0]
    with EmbeddedPostgres(folder):
        assert (folder / "postmaster.pid").read_text().split("\n")[0] == process_id
    assert not (folder / "postmaster.pid").exists()


def test_a_number_left_in_the_pid_file_that_is_another_process_by_now(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n0\n5432\n{folder}\n\n\nready\n")
    with EmbeddedPostgres(folder) as server:
        assert _row(server.url(), "SELECT 1") == 1


def test_a_path_too_long_for_a_socket(folder: Path) -> None:
    long_folder = folder.parent / ("x" * 60) / ("y" * 60)
    with EmbeddedPostgres(long_folder) as server:
        assert "x" * 60 not in server.url()
        assert _row(server.url(), "SELECT 1") == 1
        socket_folder = Path(server.url().partition("host=")[2])
        assert socket_folder.stat().st_mode & 0o077 == 0
    shutil.rmtree(socket_folder)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(SettingsError, match="PostgreSQL: pg_ctl failed") as error:
        EmbeddedPostgres(folder, settings={"max_connections": "many"}).start()
    assert "max_connections" in str(error.value)
