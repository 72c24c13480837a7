"""Written, and brought back into an empty database: every row of money is there, and the books are right."""

import io
import shutil
import subprocess
from uuid import UUID

import psycopg
import pytest

from alembic import command
from launcher.restore import SCRIPT, _write_script
from tests.backup.conftest import Backups
from tests.conftest import SERVING_ROLE, alembic_config, as_serving
from wallet_core import db
from wallet_core.embedded_postgres import programs_folder
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.services.people import sign_up
from wallet_core.services.reconciliation import reconcile
from wallet_core.views import Client

#: Everything that a backup must bring back; the last two are known by their form alone.
TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_name NOT IN ('session', 'rate_limit_bucket') ORDER BY 1
"""


def test_every_row_comes_back(backups: Backups) -> None:
    assert backups.restore(backups.write()) == 0
    tables = [str(name) for (name,) in backups.rows(backups.url, TABLES)]
    assert {"account", "alembic_version", "onramp", "person", "transfer"} <= set(tables)
    for table in tables:
        query = f'SELECT row_to_json(t)::text FROM "{table}" t ORDER BY 1'
        assert backups.rows(backups.empty_url, query) == backups.rows(backups.url, query), table


def test_the_books_are_right_and_it_is_said(backups: Backups, capsys: pytest.CaptureFixture[str]) -> None:
    backups.restore(backups.write())
    said = capsys.readouterr().out
    assert "2 people, 3 movements of money, 1 orders of the bank" in said
    assert "the books are right" in said


def test_wrong_books_are_not_called_right(
    backups: Backups, superuser: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE balance_paise = 2000")
    assert backups.restore(backups.write()) == 2
    assert "The books are WRONG" in capsys.readouterr().out


def test_the_wallet_goes_on_from_there(backups: Backups, alice: UUID, bob: UUID) -> None:
    backups.restore(backups.write())
    db.configure(backups.empty_url)
    send_money(person_id=alice, payee_id=bob, amount_paise=80_00, note="", key=new_token())
    assert reconcile().is_right


def test_the_serving_role_has_its_rights_again(
    backups: Backups, alice: UUID, bob: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup holds no rights, and apps that connect as this role go on."""
    file = backups.write()
    monkeypatch.setenv("WALLET_SERVING_ROLE", SERVING_ROLE)
    assert backups.restore(file) == 0
    db.configure(as_serving(backups.empty_url))
    send_money(person_id=alice, payee_id=bob, amount_paise=80_00, note="", key=new_token())


def test_nobody_is_signed_in_who_had_signed_out_since(backups: Backups) -> None:
    sign_up(name="Charlie Rao", phone="+919876543212", password="a-long-password", client=Client("127.0.0.1", "test"))
    assert backups.rows(backups.url, "SELECT count(*) FROM session") == [(1,)]
    backups.restore(backups.write())
    assert backups.rows(backups.empty_url, "SELECT count(*) FROM session") == [(0,)]
    assert backups.rows(backups.empty_url, "SELECT count(*) FROM person") == [(3,)]


def test_a_backup_of_an_older_version_is_brought_to_this_one(backups: Backups) -> None:
    (head,) = backups.rows(backups.url, "SELECT version_num FROM alembic_version")
    command.upgrade(alembic_config(backups.empty_url), "0002")
    old = Backups(backups.folder, backups.empty_url, backups.empty_url, backups.monkeypatch)
    file = old.write()
    with psycopg.connect(backups.empty_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert backups.restore(file) == 0
    assert backups.rows(backups.empty_url, "SELECT version_num FROM alembic_version") == [head]


def test_anybody_can_check_the_checksum(backups: Backups) -> None:
    file = backups.write()
    program = ["sha256sum"] if shutil.which("sha256sum") else ["shasum", "--algorithm", "256"]
    checking = [*program, "--check", f"{file.name}.sha256"]
    assert subprocess.run(checking, cwd=backups.folder, capture_output=True, check=False).returncode == 0


def test_only_its_owner_reads_it(backups: Backups) -> None:
    assert backups.write().stat().st_mode & 0o077 == 0


def test_a_server_before_17_is_not_told_what_it_does_not_know(backups: Backups) -> None:
    """Everything else of the script arrives as pg_restore wrote it."""
    restoring = [programs_folder() / "pg_restore", *SCRIPT, backups.write()]
    written = subprocess.run(restoring, capture_output=True, check=True).stdout
    assert b"SET transaction_timeout" in written
    passed = io.BytesIO()
    _write_script(io.BytesIO(written), passed)
    lines = [line for line in written.splitlines() if not line.startswith(b"SET transaction_timeout")]
    assert passed.getvalue().splitlines() == [b"BEGIN;", *lines]
