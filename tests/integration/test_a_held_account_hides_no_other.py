"""Somebody holds the row of an account that is wrong: the auditor says so, looks at the others, and comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from tests.conftest import Fund, add_onramp, bank_message
from tests.integration.test_the_auditor_finds_a_paisa import audit, frozen, past_the_trigger, pay, plant
from wallet_core import bank_client
from wallet_core.bank_client import StatementPage
from wallet_core.errors import DatabaseUnavailable
from wallet_core.services import auditor, bank_audit
from wallet_core.services.auditor import audit_bank
from wallet_core.services.onramps import settle_onramp


@contextmanager
def held(database_url: str, account_id: int) -> Iterator[None]:
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT FROM account WHERE id = %s FOR UPDATE", [account_id])
        yield


def told(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.account_id for record in caplog.records if record.message == "account held"]  # type: ignore[attr-defined]


def test_accounts_behind_it_are_looked_at(
    alice: UUID, bob: UUID, database_url: str, superuser: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = plant(superuser, alice, 1), plant(superuser, bob, 1)
    with held(database_url, first):
        assert audit().found == 1
        assert frozen(superuser) == [second]
    assert set(told(caplog)) == {first}
    assert audit().found == 1
    assert frozen(superuser) == [first, second]


def test_a_new_account_that_is_right_holds_nothing_up(
    alice: UUID, bob: UUID, database_url: str, superuser: psycopg.Connection
) -> None:
    """It has no checkpoint yet, and the first one names it."""
    row = superuser.execute("SELECT min(id) FROM account WHERE person_id = %s", [alice]).fetchone()
    assert row is not None
    second = plant(superuser, bob, 1)
    with held(database_url, row[0]):
        assert audit().found == 1
    assert frozen(superuser) == [second]
    assert audit().found == 0
    assert superuser.execute("SELECT count(*) FROM account_checkpoint").fetchone() == (3,)


def test_what_the_full_pass_alone_sees_is_looked_at_in_the_next_round(
    alice: UUID,
    bob: UUID,
    fund: Fund,
    database_url: str,
    superuser: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fund(alice, 10_00)
    reference = pay(alice, bob)
    assert audit().found == 0
    past_the_trigger(superuser, f"UPDATE transfer SET amount_paise = 101 WHERE reference = '{reference}'")
    row = superuser.execute("SELECT min(id) FROM account WHERE person_id = %s", [alice]).fetchone()
    assert row is not None
    with held(database_url, row[0]):
        assert audit().found == 1
    monkeypatch.setattr(auditor, "FULL_PASS_S", 0)
    assert audit().found == 1
    assert len(frozen(superuser)) == 2


def test_a_credit_that_no_bank_sent_waits_for_its_account(
    alice: UUID,
    database_url: str,
    superuser: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not taken for compared, and what the bank sent is looked at meanwhile."""
    monkeypatch.setattr(bank_client, "read_statement", lambda after: StatementPage([], after, has_more=False))
    monkeypatch.setattr(bank_client, "find_payment", lambda reference: None)
    monkeypatch.setattr(bank_audit, "SETTLED_AFTER", timedelta())
    order = add_onramp(alice, 7_00)
    settle_onramp(bank_message(order, 7_00))
    superuser.execute("INSERT INTO statement_line VALUES ('pay_1', 'A-UNKNOWN', 'HDFC', 30000, now())")
    row = superuser.execute("SELECT credit_account_id FROM transfer").fetchone()
    assert row is not None
    with held(database_url, row[0]), pytest.raises(DatabaseUnavailable):
        audit_bank(every_s=0)
    assert told(caplog) == [row[0]]
    assert superuser.execute("SELECT subject FROM drift").fetchall() == [("A-UNKNOWN",)]
    assert superuser.execute("SELECT walked_transfer_id FROM audit_state").fetchone() == (0,)
    done = audit_bank(every_s=0)
    assert done is not None
    assert done.found == 1
    assert frozen(superuser) == [row[0]]
