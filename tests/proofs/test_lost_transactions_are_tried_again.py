"""What the database gives up for its own reasons (40001, 40P01) is tried again as a whole, alone and in a batch."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from tests.at_once import at_once, deadlock_count
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund
from tests.proofs.bank import RepeatingBank, add_orders, balance_is_right, missing_and_doubled
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import running
from wallet_core import db
from wallet_core.errors import DatabaseUnavailable
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.views import Receipt

PAYERS = 16
FUNDS_PAISE = 1_000_00

#: At once, each over a connection of its own: some go together.
MESSAGES = 30

#: Every transfer that is written asks this first. A sequence does not roll back: it counts what was lost, too.
_FAULTS: LiteralString = """
    CREATE TABLE fault (sqlstate text, lost_one_in int, lost_at_most int);
    CREATE SEQUENCE written;
    CREATE SEQUENCE lost;
    CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE f fault;
    BEGIN
        SELECT * INTO f FROM fault;
        IF FOUND AND nextval('written') % f.lost_one_in = 0 AND nextval('lost') <= f.lost_at_most THEN
            RAISE EXCEPTION 'lost by the test' USING ERRCODE = f.sqlstate;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER lose AFTER INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION lose();
"""


def _lose(superuser: psycopg.Connection, sqlstate: str, *, one_in: int, at_most: int) -> None:
    superuser.execute("DELETE FROM fault")
    superuser.execute("INSERT INTO fault VALUES (%s, %s, %s)", [sqlstate, one_in, at_most])
    superuser.execute("SELECT setval('written', 1, false), setval('lost', 1, false)")


def _lost(superuser: psycopg.Connection) -> int:
    row = superuser.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM lost").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.promise(5)
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_payments_lost_by_the_database_are_made_once(
    proof: Proof, sqlstate: str, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    rounds = proof.size(small=3, full=200)
    fund(alice, 10 * FUNDS_PAISE)
    superuser.execute(_FAULTS)
    shown, lost = 0, 0
    for number in range(rounds):
        # Fewer than the attempts of one batch: each is made in the end.
        _lose(superuser, sqlstate, one_in=proof.random.randint(1, PAYERS), at_most=db.MAX_ATTEMPTS - 1)
        pay = partial(send_money, person_id=alice, payee_id=bob, amount_paise=1, note="")
        answers = at_once([partial(pay, key=new_token()) for _ in range(PAYERS)])
        shown += sum(not isinstance(answer, Receipt) for answer in answers)
        lost += _lost(superuser)
        proof.progress(number + 1, rounds, "rounds")
    moved_paise = available_paise(superuser, bob)
    proof.found(
        f"{rounds} times {PAYERS} payments at once, some lost with {sqlstate}",
        transactions_lost=lost,
        errors_shown=shown,
        payments_expected=rounds * PAYERS,
        payments_made=moved_paise,
    )
    assert lost > 0, "nothing was lost: it proves nothing"
    assert shown == 0
    assert moved_paise == rounds * PAYERS
    books_are_right(superuser)


@pytest.mark.promise(5)
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_credits_lost_by_the_database_are_made_once_and_the_bank_hears_nothing_of_it(
    proof: Proof, database_url: str, tmp_path: Path, sqlstate: str, alice: UUID, superuser: psycopg.Connection
) -> None:
    rounds = proof.size(small=3, full=100)
    superuser.execute(_FAULTS)
    lost, acknowledged, other_answers = 0, list[str](), 0
    with running(database_url, tmp_path) as webhook:
        for number in range(rounds):
            # Fewer than the attempts of one batch, whichever of them meets all.
            _lose(superuser, sqlstate, one_in=proof.random.randint(1, MESSAGES), at_most=db.MAX_ATTEMPTS - 1)
            bank = RepeatingBank(webhook.port, add_orders(superuser, alice, MESSAGES))
            asyncio.run(bank.send_all(MESSAGES))
            acknowledged += bank.acknowledged
            other_answers += bank.answers_other_than(200)
            lost += _lost(superuser)
            proof.progress(number + 1, rounds, "rounds")
    missing, doubled = missing_and_doubled(database_url, acknowledged)
    proof.found(
        f"{rounds} times {MESSAGES} messages at once to the webhook, some lost with {sqlstate}",
        transactions_lost=lost,
        acknowledged=len(acknowledged),
        other_answers=other_answers,
        acknowledged_but_missing=missing,
        doubled=doubled,
    )
    assert lost > 0, "nothing was lost: it proves nothing"
    assert other_answers == 0
    assert (missing, doubled) == (0, 0)
    assert balance_is_right(database_url, alice, rounds * MESSAGES)
    books_are_right(superuser)


@pytest.mark.promise(5)
def test_a_payment_that_is_lost_again_and_again_changes_nothing_and_may_be_repeated(
    proof: Proof, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    rounds = proof.size(small=1, full=20)
    fund(alice, FUNDS_PAISE)
    superuser.execute(_FAULTS)
    said_unavailable, changed, made = 0, 0, 0
    for number in range(rounds):
        before = available_paise(superuser, alice), transfer_count(superuser)
        _lose(superuser, "40001", one_in=1, at_most=1_000)
        pay = partial(send_money, person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
        (answer,) = at_once([pay])
        said_unavailable += isinstance(answer, DatabaseUnavailable)
        changed += (available_paise(superuser, alice), transfer_count(superuser)) != before
        superuser.execute("DELETE FROM fault")
        made += isinstance(pay(), Receipt)
        proof.progress(number + 1, rounds, "rounds")
    proof.found(
        f"{rounds} times a payment whose every attempt is lost, then the same one again",
        said_to_be_unavailable=said_unavailable,
        changed_something=changed,
        made_by_the_repetition=made,
    )
    assert (said_unavailable, changed, made) == (rounds, 0, rounds)
    assert available_paise(superuser, bob) == rounds * 1_00
    books_are_right(superuser)


#: An operator's own SQL that locks the other way round. All of it within the server, the end too: who waits gives up
#: after a moment, and a client between two steps would now and then come too late.
_LOCK_CROSSWISE: LiteralString = """
    DO $$ BEGIN
        PERFORM FROM account WHERE person_id = {second} AND kind = 'available' FOR UPDATE;
        PERFORM pg_advisory_xact_lock(0);
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP
            PERFORM pg_sleep(0.005);
        END LOOP;
        PERFORM FROM account WHERE person_id = {first} AND kind = 'available' FOR UPDATE;
    END $$
"""

_HAS_BEGUN: LiteralString = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"


@pytest.mark.promise(5)
@pytest.mark.parametrize("patience", ["250ms", "5s"])
def test_a_deadlock_with_somebody_elses_transaction_is_shown_to_nobody(
    proof: Proof,
    database_url: str,
    alice: UUID,
    bob: UUID,
    fund: Fund,
    superuser: psycopg.Connection,
    patience: str,
) -> None:
    """Payments give a row up after 250 ms, before PostgreSQL looks for a deadlock; were they more patient, it would end
    our transaction. Both times we try again."""
    rounds = proof.size(small=1, full=20)
    superuser.execute(sql.SQL("ALTER FUNCTION wallet_send_payments SET lock_timeout = {}").format(patience))
    fund(alice, FUNDS_PAISE)
    (first,), (second,) = superuser.execute(
        "SELECT person_id FROM account WHERE kind = 'available' AND person_id IS NOT NULL ORDER BY id"
    ).fetchall()
    crosswise = sql.SQL(_LOCK_CROSSWISE).format(first=first, second=second)
    shown = 0
    for number in range(rounds):
        with psycopg.connect(database_url, autocommit=True) as other, ThreadPoolExecutor(1) as aside:
            # Whoever waits longest is not the one that looks for a deadlock: ours looks first, and is ended.
            other.execute("SET deadlock_timeout = '1min'")
            other.execute("SET statement_timeout = '10s'")
            locking = aside.submit(other.execute, crosswise)
            while superuser.execute(_HAS_BEGUN).fetchone() is None and not locking.done():
                time.sleep(0.005)
            pay = partial(send_money, person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
            answers = at_once([pay])
            locking.result()
        shown += not isinstance(answers[0], Receipt)
        proof.progress(number + 1, rounds, "deadlocks")
    db.dispose()
    broken = deadlock_count(database_url)
    proof.found(
        f"{rounds} deadlocks with a foreign transaction, a lock given up after {patience}",
        ended_by_postgresql=broken,
        errors_shown=shown,
    )
    assert broken == (rounds if patience == "5s" else 0)
    assert shown == 0
    assert available_paise(superuser, bob) == rounds * 1_00
    books_are_right(superuser)
