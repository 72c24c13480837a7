"""The auditor in real processes: it sees a planted paisa within its period, leaves the busy and healthy alone, and
another process takes over when the one that audits is killed.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.conftest import Fund, add_onramp
from tests.unit.test_settings_are_refused_with_sentences import refusal
from tests.webhook.bank import message
from tests.webhook.process import WebhookProcess, free_port
from wallet_core.config import Settings
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

#: The bank is away in these tests: its statement is compared in tests/integration.
OFTEN = {"WALLET_AUDIT_EVERY_S": "1", "WALLET_BANK_URL": "http://127.0.0.1:1"}

PATIENCE_S = 20


@pytest.fixture
def webhooks(database_url: str, tmp_path: Path) -> Iterator[list[WebhookProcess]]:
    started: list[WebhookProcess] = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        started.append(WebhookProcess(database_url, free_port(), folder))
    try:
        for webhook in started:
            webhook.start(OFTEN)
        yield started
    finally:
        for webhook in started:
            webhook.stop()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not come"
        time.sleep(0.05)


def rounds(connection: psycopg.Connection) -> object:
    return connection.execute("SELECT round_at FROM audit_state").fetchone()


def wait_for_round(connection: psycopg.Connection) -> None:
    before = rounds(connection)
    wait_until(lambda: rounds(connection) != before)


def is_frozen(connection: psycopg.Connection, person_id: UUID) -> bool:
    row = connection.execute(
        "SELECT bool_or(debits_frozen_at IS NOT NULL) FROM account WHERE person_id = %s", [person_id]
    ).fetchone()
    return row == (True,)


def test_a_paisa_freezes_and_a_busy_wallet_does_not(
    webhooks: list[WebhookProcess], alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    busy_until_s = time.monotonic() + 4
    while time.monotonic() < busy_until_s:
        order = add_onramp(bob, 2_00)
        assert webhooks[0].call(message(order, 2_00)).status_code == 200
        send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())
        send_money(person_id=bob, payee_id=alice, amount_paise=1, note="", key=new_token())
    wait_for_round(superuser)
    assert superuser.execute("SELECT count(*) FROM drift").fetchone() == (0,)
    books_are_right(superuser)
    # As superuser, past every rule of ours.
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(
        "UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = %s AND kind = 'available'", [alice]
    )
    wait_until(lambda: is_frozen(superuser, alice))
    assert not is_frozen(superuser, bob)
    wait_until(lambda: any(line["event"] == "drift" for webhook in webhooks for line in webhook.log_lines()))
    (line,) = [line for webhook in webhooks for line in webhook.log_lines() if line["event"] == "drift"]
    assert (line["level"], line["kind"], line["ours_paise"] - line["theirs_paise"]) == ("error", "balance", 1)


def test_another_process_goes_on_when_one_is_killed(
    webhooks: list[WebhookProcess], alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    wait_for_round(superuser)
    webhooks[0].kill()
    wait_for_round(superuser)
    superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = %s", [alice])
    wait_until(lambda: is_frozen(superuser, alice))
    assert webhooks[1].terminate() == 0


def test_a_minute_holds_two_periods_and_the_time_of_a_round() -> None:
    assert 2 * Settings().audit_every_s < 60


def test_the_period_is_a_number_of_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("0", "-1", "1.5", "often", "3601"):
        sentence = refusal(monkeypatch, {"WALLET_AUDIT_EVERY_S": wrong})
        assert "WALLET_AUDIT_EVERY_S is not a number of seconds from 1 to 3600." in sentence
