"""The auditor: a paisa too many freezes the account; a busy and healthy wallet is left alone."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right
from tests.conftest import CAST, Fund, add_onramp, add_person, bank_message
from tests.operating import entries, mend_balance, operator
from wallet_core.alone import while_alone
from wallet_core.errors import AccountFrozen
from wallet_core.ids import new_token
from wallet_core.services import auditor
from wallet_core.services.auditor import BALANCES_LOCK, Round, audit_balances
from wallet_core.services.figures import read_figures
from wallet_core.services.freezing import unfreeze_account
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import hold_money
from wallet_core.services.payments import send_money


def audit() -> Round:
    done = audit_balances(every_s=0)
    assert done is not None
    return done


def pay(payer: UUID, payee: UUID, amount_paise: int = 1_00) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=new_token()).reference


def plant(connection: psycopg.Connection, person_id: UUID, paise: int, kind: str = "available") -> int:
    row = connection.execute(
        "UPDATE account SET balance_paise = balance_paise + %s WHERE person_id = %s AND kind = %s RETURNING id",
        [paise, person_id, kind],
    ).fetchone()
    assert row is not None
    return int(row[0])


def frozen(connection: psycopg.Connection) -> list[int]:
    rows = connection.execute("SELECT id FROM account WHERE debits_frozen_at IS NOT NULL ORDER BY id").fetchall()
    return [account_id for (account_id,) in rows]


def past_the_trigger(connection: psycopg.Connection, statement: str) -> None:
    connection.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    assert connection.execute(statement.encode()).rowcount == 1
    connection.execute("ALTER TABLE transfer ENABLE TRIGGER USER")


@pytest.mark.parametrize("paise", [1, -1])
@pytest.mark.parametrize("kind", ["available", "locked"])
def test_a_planted_paisa_freezes_that_account_and_no_other(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, paise: int, kind: str
) -> None:
    fund(alice, 10_00)
    fund(bob, 10_00)
    hold_money(phone=CAST["alice"], amount_paise=2_00, reason="court order")
    assert audit().found == 0
    account_id = plant(superuser, alice, paise, kind)
    assert audit().found == 1
    assert frozen(superuser) == [account_id]
    assert audit().found == 0
    row = superuser.execute("SELECT kind, subject, account_id, ours_paise - theirs_paise FROM drift").fetchall()
    assert row == [("balance", str(account_id), account_id, paise)]
    assert entries(superuser) == [
        ("terminal", "held", "court order"),
        ("auditor", "drift-found", "balance"),
        ("auditor", "froze-account", "balance"),
    ]
    if kind == "available":
        with pytest.raises(AccountFrozen):
            pay(alice, bob)
    pay(bob, alice)
    settle_onramp(bank_message(add_onramp(alice, 1_00), 1_00))


def test_before_the_first_round_as_well_as_after_many(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    account_id = plant(superuser, alice, 1)
    assert audit().found == 1
    assert frozen(superuser) == [account_id]


def test_a_row_that_was_made_up_is_found_by_the_quick_look(
    alice: UUID,
    bob: UUID,
    fund: Fund,
    database_url: str,
    superuser: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It changes no balance, so that the checkpoint still says what is stored. The serving role may write rows."""
    fund(alice, 10_00)
    assert audit().found == 0
    monkeypatch.setattr(auditor, "FULL_PASS_S", 0)
    with psycopg.connect(database_url) as serving:
        serving.execute(
            """
            INSERT INTO transfer (reference, kind, debit_account_id, credit_account_id, amount_paise)
            SELECT 'P-MADEUP', 'payment', payer.id, payee.id, 1 FROM account payer, account payee
            WHERE (payer.person_id, payer.kind, payee.person_id, payee.kind) = (%s, 'available', %s, 'available')
            """,
            [alice, bob],
        )
    assert audit().found == 2
    assert len(frozen(superuser)) == 2


def test_what_was_changed_in_old_rows_is_found_by_the_full_pass(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    """Behind the checkpoint the quick look does not go."""
    fund(alice, 10_00)
    reference = pay(alice, bob)
    assert audit().found == 0
    past_the_trigger(superuser, f"UPDATE transfer SET amount_paise = 101 WHERE reference = '{reference}'")
    assert audit().found == 2
    assert len(frozen(superuser)) == 2
    assert read_figures().audit.open_drifts == 2


def test_a_row_that_was_taken_away_is_found(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    audit()
    hold_money(phone=CAST["alice"], amount_paise=2_00, reason="court order")
    past_the_trigger(superuser, "DELETE FROM transfer WHERE kind = 'hold'")
    assert audit().found == 2


def test_a_checkpoint_that_was_tampered_with_hides_nothing_from_the_full_pass(
    alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    audit()
    account_id = plant(superuser, alice, 1)
    superuser.execute("UPDATE account_checkpoint SET sum_paise = sum_paise + 1 WHERE account_id = %s", [account_id])
    assert audit().found == 1


def test_the_full_pass_goes_on_where_it_was(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "FULL_PAGE_ACCOUNTS", 1)
    monkeypatch.setattr(auditor, "PAGE_ACCOUNTS", 1)
    stops = iter([False] * 7)
    assert audit_balances(every_s=0, is_stopped=lambda: next(stops, True)) is not None
    row = superuser.execute("SELECT full_account_id > 0, full_at IS NULL FROM audit_state").fetchone()
    assert row == (True, True)
    # A page in each round, for a wallet of this size has half an hour for them; the last one is empty.
    for _ in range(4):
        assert superuser.execute("SELECT full_at IS NULL FROM audit_state").fetchone() == (True,)
        assert audit().accounts == 4
    assert superuser.execute("SELECT full_account_id, full_at IS NULL FROM audit_state").fetchone() == (0, False)


def test_the_full_pass_comes_round_in_half_an_hour(
    alice: UUID, bob: UUID, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And does what is its share of that in each round, however long the round is away."""
    monkeypatch.setattr(auditor, "FULL_PAGE_ACCOUNTS", 1)
    monkeypatch.setattr(auditor, "FULL_PASS_EVERY_S", 30)
    superuser.execute("UPDATE audit_state SET round_at = NULL")
    assert audit_balances(every_s=15) == auditor.Round(accounts=4, found=0)
    assert superuser.execute("SELECT full_account_id > 0, full_at IS NULL FROM audit_state").fetchone() == (True, True)
    superuser.execute("UPDATE audit_state SET round_at = NULL")
    assert audit_balances(every_s=15) == auditor.Round(accounts=4, found=0)
    assert superuser.execute("SELECT full_account_id, full_at IS NULL FROM audit_state").fetchone() == (0, False)


def test_a_busy_and_healthy_wallet_is_never_frozen(
    fund: Fund, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor even suspected: a suspicion would hold up the account while it is looked at once more."""
    suspected: list[int] = []
    monkeypatch.setattr(auditor, "_freeze_if_wrong", lambda account_id: bool(suspected.append(account_id)))
    people = [add_person(f"Person {number}", f"+9198765{number:05}") for number in range(6)]
    for person_id in people:
        fund(person_id, 100_00)
    chance, rounds = random.Random(7), 0

    def work(seed: int) -> None:
        own = random.Random(seed)
        for _ in range(60):
            payer, payee = own.sample(people, 2)
            if own.random() < 0.3:
                amount_paise = own.randint(1, 500)
                settle_onramp(bank_message(add_onramp(payee, amount_paise), amount_paise))
            else:
                pay(payer, payee, own.randint(1, 50))

    with ThreadPoolExecutor(6) as threads:
        working = [threads.submit(work, chance.random()) for _ in range(6)]  # type: ignore[arg-type]
        while not all(done.done() for done in working):
            assert audit().found == 0
            rounds += 1
        for done in working:
            done.result()
    assert audit().found == 0
    assert rounds > 3
    assert suspected == []
    assert frozen(superuser) == []
    assert superuser.execute("SELECT count(*) FROM drift").fetchone() == (0,)
    books_are_right(superuser)


def test_one_audits_at_a_time_and_none_too_often(alice: UUID, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [BALANCES_LOCK])
        assert audit_balances(every_s=0) is None
    assert audit_balances(every_s=20) is not None
    assert audit_balances(every_s=20) is None


def test_the_last_round_is_one_row(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    assert read_figures().audit.round_at is None
    fund(alice, 10_00)
    audit()
    told = read_figures().audit
    assert told.round_at is not None
    assert (told.accounts, told.open_drifts) == (2, 0)
    plant(superuser, alice, 1)
    audit()
    assert read_figures().audit.open_drifts == 1


def test_operators_and_the_person_are_woken(
    alice: UUID, charlie: UUID, superuser: psycopg.Connection, database_url: str
) -> None:
    operator(superuser, charlie)
    plant(superuser, alice, 1)
    with psycopg.connect(database_url, autocommit=True) as listening:
        listening.execute("LISTEN wallet_changes")
        audit()
        assert {notice.payload for notice in listening.notifies(timeout=0.2)} == {str(alice), str(charlie)}


def test_mended_and_unfrozen_it_is_found_anew_when_it_drifts_again(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    asking = operator(superuser, charlie)
    account_id = plant(superuser, alice, 1)
    audit()
    mend_balance(superuser, account_id, 10_00)
    unfreeze_account(asking, account_id=account_id, reason="mended by hand, ticket 17")
    assert audit().found == 0
    assert read_figures().audit.open_drifts == 0
    pay(alice, bob)
    plant(superuser, alice, 1)
    assert audit().found == 1
    assert available_paise(superuser, alice) == 9_01


def test_a_lock_that_is_held_ends_with_its_connection(database_url: str) -> None:
    def raise_inside() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        while_alone(BALANCES_LOCK, raise_inside, at_most_s=5)
    assert while_alone(BALANCES_LOCK, partial(int, "7"), at_most_s=5) == 7
