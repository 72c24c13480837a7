"""Into an empty database only; forced, what was there is moved aside; and whatever fails leaves all as it was."""

from pathlib import Path

import psycopg
import pytest

from tests.backup.conftest import Backups

SUM = "SELECT count(*), sum(balance_paise) FROM account"


def schemas(backups: Backups) -> list[str]:
    found = backups.rows(backups.url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before\\_restore\\_%'")
    return [str(name) for (name,) in found]


def refusal(backups: Backups, capsys: pytest.CaptureFixture[str], file: Path, *options: str) -> str:
    """Of a restore into the wallet's own database, which stays as it is."""
    before = backups.rows(backups.url, SUM)
    assert backups.restore(file, *options, into=backups.url) == 1
    assert backups.rows(backups.url, SUM) == before
    assert schemas(backups) == []
    return capsys.readouterr().err


def test_a_database_that_is_not_empty_is_refused(backups: Backups, capsys: pytest.CaptureFixture[str]) -> None:
    assert "The database is not empty" in refusal(backups, capsys, backups.write())


def test_forced_what_was_there_is_moved_aside(backups: Backups, superuser: psycopg.Connection) -> None:
    file = backups.write()
    superuser.execute("UPDATE person SET name = 'Somebody Else'")
    superuser.close()
    assert backups.restore(file, "--force", into=backups.url) == 0
    (aside,) = schemas(backups)
    assert backups.rows(backups.url, "SELECT count(*) FROM person WHERE name = 'Somebody Else'") == [(0,)]
    query = f"SELECT count(*) FROM {aside}.person WHERE name = 'Somebody Else'"
    assert backups.rows(backups.url, query) == [(2,)]


def test_the_next_backup_leaves_out_what_was_moved_aside(backups: Backups) -> None:
    assert backups.restore(backups.write(), "--force", into=backups.url) == 0
    assert backups.restore(backups.write()) == 0
    query = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'before%'"
    assert backups.rows(backups.empty_url, query) == [(0,)]


def test_a_database_in_use_is_refused(
    backups: Backups, superuser: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "in use by 1 others" in refusal(backups, capsys, backups.write(), "--force")


@pytest.mark.parametrize("damage", ["changed", "cut", "no checksum"])
def test_a_damaged_file_is_refused(backups: Backups, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    file = backups.write()
    content = file.read_bytes()
    match damage:
        case "changed":
            file.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
        case "cut":
            file.write_bytes(content[:-1])
        case _:
            Path(f"{file}.sha256").unlink()
    said = refusal(backups, capsys, file, "--force")
    assert "checksum" in said or "is missing" in said


def test_a_restore_that_fails_halfway_puts_everything_back(
    backups: Backups, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = backups.write()
    file.write_bytes(file.read_bytes()[:-2000])
    monkeypatch.setattr("launcher.restore.check_checksum", lambda _: None)
    assert "nothing was restored" in refusal(backups, capsys, file, "--force")


def test_what_is_no_file_is_refused(backups: Backups, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "is no file" in refusal(backups, capsys, tmp_path / "nothing.dump")
