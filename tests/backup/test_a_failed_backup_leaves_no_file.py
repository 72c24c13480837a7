"""A backup is complete or not there; and no password stands where a list of processes shows it."""

import subprocess

import pytest

from launcher import archive, backup
from tests.backup.conftest import Backups
from wallet_core.config import get_settings


def test_a_database_that_is_away_is_said_without_its_password(
    backups: Backups, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://wallet:the-password@127.0.0.1:1/wallet")
    get_settings.cache_clear()
    assert backup.main([]) == 1
    said = capsys.readouterr().err
    assert "The database cannot be reached" in said
    assert "the-password" not in said
    assert list(backups.folder.iterdir()) == []


def test_a_dump_that_breaks_off_leaves_nothing(
    backups: Backups, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backup, "WITHOUT_ROWS", ("session --no-such-option",))
    monkeypatch.setattr(archive, "_program", lambda _: "/bin/false")
    assert backup.main([]) == 1
    assert "pg_dump failed" in capsys.readouterr().err
    assert list(backups.folder.iterdir()) == []


def test_the_password_goes_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    started: dict[str, object] = {}

    def start(command: list[str], **options: object) -> None:
        started.update(options, command=command)

    monkeypatch.setattr(subprocess, "Popen", start)
    with open("/dev/null", "wb") as nothing:
        archive.start_program(
            *("pg_dump", "postgresql://wallet:the-password@db.example/wallet?sslmode=verify-full"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=nothing,
        )
    assert "the-password" not in str(started["command"])
    assert "sslmode=verify-full" in str(started["command"])
    assert started["env"]["PGPASSWORD"] == "the-password"  # type: ignore[index]
