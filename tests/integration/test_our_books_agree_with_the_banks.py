"""The bank's statement against our credits, in both directions, with the demo bank as a real process."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest

from tests.bank_simulator.process import BankProcess, eventually
from tests.bank_simulator.receiver import SECRET
from tests.conftest import add_onramp, bank_message
from tests.operating import entries, operator
from wallet_core import bank_client
from wallet_core.config import get_settings
from wallet_core.errors import AccountFrozen, DriftNotFound
from wallet_core.ids import new_token
from wallet_core.services import bank_audit, onramps
from wallet_core.services.auditor import BankRound, Round, audit_balances, audit_bank
from wallet_core.services.demo import seed_demo_people
from wallet_core.services.figures import read_figures
from wallet_core.services.freezing import clear_drift, unfreeze_account
from wallet_core.services.operations import correct_transfer
from wallet_core.services.payments import send_money


@pytest.fixture(autouse=True)
def bank(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BankProcess]:
    bank = BankProcess(tmp_path, "http://127.0.0.1:1/", BANK_WEBHOOK_SECRET=SECRET)
    bank.start()
    monkeypatch.setenv("WALLET_BANK_URL", str(bank.http.base_url).rstrip("/"))
    monkeypatch.setattr(onramps, "SWEEP_AFTER_S", 0)
    monkeypatch.setattr(bank_audit, "SETTLED_AFTER", timedelta())
    bank_client.close()
    get_settings.cache_clear()
    yield bank
    bank.stop()
    bank_client.close()
    get_settings.cache_clear()


def audit() -> BankRound:
    done = audit_bank(every_s=0)
    assert done is not None
    return done


def approved(bank: BankProcess, person_id: UUID, amount_paise: int = 500_00, choice: str = "approve") -> str:
    order = onramps.start_onramp(person_id=person_id, bank_code="HDFC", amount_paise=amount_paise, key=new_token())
    assert bank.http.post(urlsplit(order.bank_page_url).path, data={"choice": choice}).status_code == 303
    return order.reference


def wait_for_lines(bank: BankProcess, count: int) -> None:
    eventually(lambda: len(bank.http.get("/api/statement").json()["lines"]) >= count or None)


def drifts(connection: psycopg.Connection) -> list[tuple[str, str, int, int, bool]]:
    return connection.execute(
        "SELECT kind, subject, ours_paise, theirs_paise, account_id IS NOT NULL FROM drift ORDER BY id"
    ).fetchall()


def test_what_agrees_is_summed_by_bank(alice: UUID, bank: BankProcess, superuser: psycopg.Connection) -> None:
    for amount_paise in (500_00, 20_50):
        approved(bank, alice, amount_paise)
    approved(bank, alice, choice="decline")
    wait_for_lines(bank, 2)
    assert onramps.sweep_onramps() == 3
    for _ in range(2):
        assert audit() == BankRound(found=0, bank_answered=True)
    row = superuser.execute("SELECT * FROM bank_book").fetchall()
    assert row == [("HDFC", 2, 520_50, 2, 520_50, 0)]
    assert superuser.execute("SELECT bool_and(is_matched) FROM statement_line").fetchone() == (True,)


def test_what_was_given_back_and_taken_again_is_not_given_back(
    alice: UUID, bank: BankProcess, superuser: psycopg.Connection
) -> None:
    order = approved(bank, alice, 500_00)
    wait_for_lines(bank, 1)
    onramps.sweep_onramps()
    wrong = order
    for returned_paise in (500_00, 0, 500_00):
        wrong = correct_transfer(reference=wrong, reason="asked for by the bank").reference
        assert audit().found == 0
        assert superuser.execute("SELECT * FROM bank_book").fetchall() == [
            ("HDFC", 1, 500_00, 1, 500_00, returned_paise)
        ]


def test_a_second_payment_of_one_order_is_not_taken_for_the_first(
    alice: UUID, bank: BankProcess, superuser: psycopg.Connection
) -> None:
    """The line of the first is late, and the bank has taken the same money twice."""
    order = approved(bank, alice, 500_00)
    onramps.sweep_onramps()
    superuser.execute("INSERT INTO statement_line VALUES ('pay_again', %s, 'HDFC', 50000, now())", [order])
    assert audit().found == 1
    assert drifts(superuser) == [("wrong-at-bank", order, 500_00, 500_00, False)]
    wait_for_lines(bank, 1)
    assert audit().found == 0
    again = superuser.execute("SELECT is_matched FROM statement_line WHERE payment_id = 'pay_again'").fetchall()
    assert again == [(False,)]


def test_since_when_nothing_was_compared_is_told(
    alice: UUID, bank: BankProcess, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest transfer that waits, as long as the bank says nothing."""

    def ask_at(address: str) -> None:
        monkeypatch.setenv("WALLET_BANK_URL", address)
        bank_client.close()
        get_settings.cache_clear()

    for _ in range(2):
        approved(bank, alice)
    wait_for_lines(bank, 2)
    onramps.sweep_onramps()
    oldest = superuser.execute("SELECT min(created_at) FROM transfer").fetchone()
    ask_at("http://127.0.0.1:1")
    assert not audit().bank_answered
    assert (read_figures().audit.uncompared_since,) == oldest
    ask_at(str(bank.http.base_url).rstrip("/"))
    audit()
    assert read_figures().audit.uncompared_since is None


def test_money_that_the_bank_never_sent_freezes_who_got_it(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    order = add_onramp(alice, 7_00)
    onramps.settle_onramp(bank_message(order, 7_00))
    assert audit().found == 1
    assert drifts(superuser) == [("not-at-bank", order, 7_00, 0, True)]
    with pytest.raises(AccountFrozen):
        send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())
    assert audit().found == 0
    asking = operator(superuser, charlie)
    row = superuser.execute("SELECT account_id FROM drift").fetchone()
    assert row is not None
    unfreeze_account(asking, account_id=row[0], reason="the bank confirms it by letter")
    assert audit().found == 0
    send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())


def test_another_amount_on_the_statement_freezes_who_got_it(
    alice: UUID, bank: BankProcess, superuser: psycopg.Connection
) -> None:
    order = approved(bank, alice, 500_00)
    wait_for_lines(bank, 1)
    onramps.sweep_onramps()
    superuser.execute("INSERT INTO statement_line VALUES ('pay_false', %s, 'HDFC', 49999, now())", [order])
    superuser.execute("UPDATE onramp SET payment_id = 'pay_false' WHERE reference = %s", [order])
    assert audit().found >= 1
    assert ("wrong-at-bank", order, 500_00, 499_99, True) in drifts(superuser)


def test_money_for_an_order_that_we_do_not_have_is_told_and_freezes_nobody(
    bank: BankProcess, charlie: UUID, superuser: psycopg.Connection
) -> None:
    payment = bank.paid("approve", 30_00)
    wait_for_lines(bank, 1)
    assert audit().found == 1
    assert drifts(superuser) == [("unknown-order", payment["reference"], 0, 30_00, False)]
    asking = operator(superuser, charlie)
    row = superuser.execute("SELECT id FROM drift").fetchone()
    assert row is not None
    clear_drift(asking, drift_id=row[0], reason="given back by the bank")
    with pytest.raises(DriftNotFound):
        clear_drift(asking, drift_id=row[0], reason="given back by the bank")
    assert audit().found == 0
    assert entries(superuser)[-1] == ("operator", "cleared", "given back by the bank")


def test_money_that_waits_too_long_for_its_credit_is_told(
    alice: UUID, bank: BankProcess, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = approved(bank, alice, 8_00)
    wait_for_lines(bank, 1)
    assert audit().found == 0
    monkeypatch.setattr(bank_audit, "CREDITED_WITHIN", timedelta())
    assert audit().found == 1
    assert drifts(superuser) == [("not-credited", order, 0, 8_00, False)]


def test_another_amount_for_an_order_that_still_waits_is_told_and_can_be_closed(
    alice: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    """Nothing was credited, so nothing is frozen, and an operator who looked into it says so."""
    order = add_onramp(alice, 500_00)
    superuser.execute("INSERT INTO statement_line VALUES ('pay_other', %s, 'HDFC', 60000, now())", [order])
    assert audit().found == 1
    assert drifts(superuser) == [("wrong-at-bank", order, 0, 600_00, False)]
    asking = operator(superuser, charlie)
    row = superuser.execute("SELECT id FROM drift").fetchone()
    assert row is not None
    clear_drift(asking, drift_id=row[0], reason="given back by the bank")
    assert superuser.execute("SELECT cleared_at IS NOT NULL FROM drift").fetchone() == (True,)
    assert audit().found == 0


def test_what_froze_an_account_is_not_closed_beside_it(
    alice: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    order = add_onramp(alice, 7_00)
    onramps.settle_onramp(bank_message(order, 7_00))
    assert audit().found == 1
    asking = operator(superuser, charlie)
    row = superuser.execute("SELECT id FROM drift WHERE account_id IS NOT NULL").fetchone()
    assert row is not None
    with pytest.raises(DriftNotFound):
        clear_drift(asking, drift_id=row[0], reason="given back by the bank")


def test_a_line_that_is_late_accuses_nobody(alice: UUID, bank: BankProcess, superuser: psycopg.Connection) -> None:
    """The statement lags two seconds: the bank is asked about the order itself."""
    approved(bank, alice)
    onramps.sweep_onramps()
    assert audit().found == 0
    wait_for_lines(bank, 1)
    audit()
    assert superuser.execute("SELECT bool_and(is_matched) FROM statement_line").fetchone() == (True,)
    assert drifts(superuser) == []


def test_a_bank_that_is_away_accuses_nobody_and_hides_no_paisa(
    alice: UUID, bank: BankProcess, superuser: psycopg.Connection
) -> None:
    onramps.settle_onramp(bank_message(add_onramp(alice, 7_00), 7_00))
    bank.kill()
    assert audit() == BankRound(found=0, bank_answered=False)
    superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE kind = 'available'")
    assert audit_balances(every_s=0) == Round(accounts=2, found=1)


def test_demo_money_came_from_no_bank_and_is_let_be(superuser: psycopg.Connection) -> None:
    seed_demo_people()
    assert audit().found == 0
    assert drifts(superuser) == []


def test_the_statement_is_read_page_by_page(bank: BankProcess) -> None:
    bank.paid("approve", 30_00)
    wait_for_lines(bank, 1)
    first = bank.http.get("/api/statement").json()
    assert bank_client.read_statement("").lines[0].amount_paise == 30_00
    again = bank.http.get("/api/statement", params={"after": first["next"]}).json()
    assert (again["lines"], again["next"], again["has_more"]) == ([], first["next"], False)
    for position in ("x", "1", "-1.pay_1", "1." + "x" * 100, "9" * 20 + ".pay_1", "9" * 58 + ".pay_1"):
        assert bank.http.get("/api/statement", params={"after": position}).status_code == 422
