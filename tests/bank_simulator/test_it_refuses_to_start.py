"""A wrong setting is one clear sentence and exit status 1, and no secret is ever repeated."""

import base64
import socket
import sqlite3
from pathlib import Path

import pytest

from bank_simulator.settings import SettingsError, read_settings
from tests.bank_simulator.process import BankProcess, run_to_its_end
from tests.bank_simulator.receiver import SECRET


def assert_refused(folder: Path, words: str, **changes: str) -> None:
    done = run_to_its_end(folder, **changes)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_in_production(tmp_path: Path) -> None:
    assert_refused(tmp_path, "does not run in production.", WALLET_ENV="production")
    assert list(tmp_path.iterdir()) == []


def test_without_a_secret(tmp_path: Path) -> None:
    assert_refused(tmp_path, "BANK_WEBHOOK_SECRET is missing", BANK_WEBHOOK_SECRET="")


def test_where_the_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert_refused(tmp_path, f"Port {port} is in use", BANK_PORT=str(port))


def test_where_the_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "bank.sqlite3").write_text("this is not a database, and is kept as it is")
    assert_refused(tmp_path, "cannot be used")
    assert (tmp_path / "bank.sqlite3").read_text() == "this is not a database, and is kept as it is"


def test_where_the_file_is_of_another_version(bank: BankProcess, tmp_path: Path) -> None:
    assert bank.terminate() == 0
    with sqlite3.connect(bank.database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert_refused(tmp_path, "version 99")


@pytest.mark.parametrize(
    "changes",
    [
        {"BANK_PORT": "eighty"},
        {"BANK_PORT": "65536"},
        {"BANK_PORT": "-1"},
        {"BANK_PORT": "８００２"},
        {"BANK_PUBLIC_URL": "bank.example"},
        {"BANK_WEBHOOK_URL": "file:///etc/passwd"},
        {"BANK_RETRY_BASE_S": "soon"},
        {"BANK_RETRY_BASE_S": "nan"},
        {"BANK_LATE_S": "-1"},
        {"BANK_LATE_S": "inf"},
        {"BANK_EXPIRY_S": "86401"},
        {"BANK_WEBHOOK_SECRET": "topsecret"},
        {"BANK_WEBHOOK_SECRET": "whsec_top secret top secret"},
        {"BANK_WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"topsecret").decode()},
        {"BANK_WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"topsecret" * 8).decode()},
    ],
)
def test_wrong_settings_are_named(changes: dict[str, str]) -> None:
    ((name, value),) = changes.items()
    with pytest.raises(SettingsError, match=name) as refused:
        read_settings({"BANK_WEBHOOK_SECRET": SECRET, **changes})
    if "SECRET" in name:
        assert value not in str(refused.value)


def test_the_defaults() -> None:
    settings = read_settings({"BANK_WEBHOOK_SECRET": SECRET, "BANK_PORT": ""})
    assert (settings.port, settings.retry_base_s, settings.late_s, settings.expiry_s) == (8002, 1, 30, 900)
    assert settings.webhook_url == "http://localhost:8001/webhooks/bank"
    assert settings.database == Path(".data/bank.sqlite3")
