"""With a public key given, only the holder of the secret one reads a backup: the machine that writes it cannot."""

from pathlib import Path

import pytest

from launcher import backup
from tests.backup.conftest import Backups


def make_key(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Answers the public half."""
    assert backup.main(["--make-key", str(path)]) == 0
    return capsys.readouterr().out.split("\n")[0].removeprefix("WALLET_BACKUP_KEY=")


@pytest.fixture
def encrypted(backups: Backups, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    backups.monkeypatch.setenv("WALLET_BACKUP_KEY", make_key(tmp_path / "key", capsys))
    return backups.write()


def test_it_comes_back_with_the_secret_key(backups: Backups, encrypted: Path, tmp_path: Path) -> None:
    backups.monkeypatch.setenv("WALLET_BACKUP_IDENTITY", str(tmp_path / "key"))
    assert backups.restore(encrypted) == 0
    query = "SELECT row_to_json(t)::text FROM transfer t ORDER BY 1"
    assert backups.rows(backups.empty_url, query) == backups.rows(backups.url, query)


def test_nothing_can_be_read_in_it(backups: Backups, encrypted: Path) -> None:
    assert encrypted.name.endswith(".dump.age")
    assert encrypted.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"PGDMP" not in encrypted.read_bytes()
    backups.monkeypatch.delenv("WALLET_BACKUP_KEY")
    assert backups.write().read_bytes().startswith(b"PGDMP")


def test_without_a_key_or_with_another_one_nothing_is_restored(
    backups: Backups, encrypted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backups.restore(encrypted) == 1
    assert "name the file with its secret key" in capsys.readouterr().err
    make_key(tmp_path / "other", capsys)
    backups.monkeypatch.setenv("WALLET_BACKUP_IDENTITY", str(tmp_path / "other"))
    assert backups.restore(encrypted) == 1
    assert "not the one that this backup was made for" in capsys.readouterr().err
    assert backups.rows(backups.empty_url, "SELECT 1 FROM pg_class WHERE relname = 'person'") == []


def test_the_secret_half_is_for_its_owner_and_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_key(tmp_path / "key", capsys)
    written = (tmp_path / "key").read_text()
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert backup.main(["--make-key", str(tmp_path / "key")]) == 1
    assert (tmp_path / "key").read_text() == written


def test_a_key_that_is_none_is_refused_and_not_repeated(
    backups: Backups, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_key(tmp_path / "key", capsys)
    secret_half = (tmp_path / "key").read_text().split("\n")[1]
    backups.monkeypatch.setenv("WALLET_BACKUP_KEY", secret_half)
    assert backup.main([]) == 1
    said = capsys.readouterr()
    assert "is no public key of age" in said.err
    assert secret_half not in said.err + said.out
    assert list(tmp_path.glob("*.dump*")) == []
