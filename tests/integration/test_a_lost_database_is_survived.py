"""Connections die, transactions lose against others, the database is away: tried again a few times, or said plainly."""

import asyncio
import time
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlmodel import Session, col, func, select, text

from tests.at_once import at_once
from tests.books import available_paise, books_are_right
from tests.conftest import Fund, add_onramp, bank_message
from wallet_core import db
from wallet_core.alone import while_alone
from wallet_core.errors import DatabaseUnavailable
from wallet_core.ids import new_token
from wallet_core.models import Person
from wallet_core.services.onramps import settle_batch
from wallet_core.services.payments import send_money
from wallet_core.views import MessageOutcome, Receipt

LOCK = 7

_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _end_all_others(connection: psycopg.Connection) -> int:
    row = connection.execute(f"SELECT count(pg_terminate_backend(pid)) {_OTHERS}").fetchone()
    assert row is not None
    while connection.execute(f"SELECT 1 {_OTHERS}").fetchone():
        time.sleep(0.01)
    return int(row[0])


def test_the_next_payment_after_all_connections_died_goes_through(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    for _ in range(3):
        calls = [
            partial(send_money, person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
            for _ in range(2 * db.POOL_CONNECTIONS)
        ]
        assert all(isinstance(answer, Receipt) for answer in at_once(calls))
        # Payments of one process go together over one connection; the services' reads below have another.
        assert _end_all_others(superuser) >= 1
    assert db.read(lambda session: session.exec(select(func.count(col(Person.id)))).one()) == 2
    assert db.in_transaction(lambda session: session.exec(select(func.count(col(Person.id)))).one()) == 2
    assert available_paise(superuser, bob) == 3 * 2 * db.POOL_CONNECTIONS * 1_00


def test_the_next_batch_after_all_connections_died_goes_through(alice: UUID, superuser: psycopg.Connection) -> None:
    references = [add_onramp(alice, 1_00) for _ in range(3)]

    async def settle() -> list[MessageOutcome]:
        outcomes = []
        async with await db.open_async_pool() as pool:
            await pool.wait()
            for reference in references:
                outcomes += await settle_batch(pool, [bank_message(reference, 1_00)])
                await asyncio.to_thread(_end_all_others, superuser)
        return outcomes

    assert asyncio.run(settle()) == [MessageOutcome.CREDITED] * 3
    books_are_right(superuser)


def test_a_database_that_cannot_be_reached(alice: UUID, bob: UUID, tmp_path: Path) -> None:
    db.configure(f"postgresql://postgres@/wallet?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable):
        send_money(person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
    with pytest.raises(DatabaseUnavailable):
        db.read(lambda session: session.exec(select(Person)).all())
    with pytest.raises(DatabaseUnavailable):
        db.in_transaction(lambda session: session.exec(select(Person)).all())


def test_a_batch_while_the_database_cannot_be_reached(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ASYNC_POOL_WAIT_S", 0.2)
    db.configure(f"postgresql://postgres@/wallet?host={tmp_path}")

    async def settle() -> list[MessageOutcome]:
        pool = await db.open_async_pool()
        try:
            return await settle_batch(pool, [bank_message("A-1", 1_00)])
        finally:
            await pool.close()

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(settle())


def test_a_held_lock_is_not_waited_for_for_ever(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice, 10_00)
    db.dispose()
    monkeypatch.setattr(db, "connection_options", lambda: _with_short_lock_timeout())
    with superuser.transaction():
        superuser.execute("SELECT 1 FROM account WHERE person_id = %s FOR UPDATE", [bob])
        with pytest.raises(DatabaseUnavailable):
            send_money(person_id=alice, payee_id=bob, amount_paise=1_00, note="", key=new_token())
    assert available_paise(superuser, alice) == 10_00


def _with_short_lock_timeout() -> dict[str, object]:
    return {"options": "-c lock_timeout=100"}


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_a_lost_transaction_is_tried_again_as_a_whole(alice: UUID, sqlstate: str) -> None:
    attempts = []

    def work(session: Session) -> int:
        attempts.append(1)
        session.exec(text("UPDATE person SET name = name || '!'"))
        if len(attempts) < db.MAX_ATTEMPTS:
            session.exec(text(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{sqlstate}'; END $$"))
        return len(attempts)

    assert db.in_transaction(work) == db.MAX_ATTEMPTS
    assert db.read(lambda session: session.get_one(Person, alice).name) == "Alice Nair!"


def test_tries_are_bounded(database_url: str) -> None:
    attempts = []

    def work(session: Session) -> None:
        attempts.append(1)
        session.exec(text("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(DatabaseUnavailable):
        db.in_transaction(work)
    assert len(attempts) == db.MAX_ATTEMPTS


def test_an_exception_keeps_nothing(alice: UUID) -> None:
    def work(session: Session) -> None:
        session.get_one(Person, alice).name = "Mallory"
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        db.in_transaction(work)
    assert db.read(lambda session: session.get_one(Person, alice).name) == "Alice Nair"


def test_reading_cannot_write(alice: UUID) -> None:
    def work(session: Session) -> None:
        session.get_one(Person, alice).name = "Mallory"
        session.flush()

    with pytest.raises(DatabaseUnavailable):  # read-only, as a standby that was not promoted
        db.read(work)


def test_reading_sees_one_moment(alice: UUID, superuser: psycopg.Connection) -> None:
    def work(session: Session) -> tuple[int, int]:
        before = session.exec(select(func.count(col(Person.id)))).one()
        superuser.execute(
            "INSERT INTO person (id, name, phone, password_hash) VALUES (gen_random_uuid(), 'x', 'x', 'x')"
        )
        return before, session.exec(select(func.count(col(Person.id)))).one()

    assert db.read(work) == (1, 1)


def test_an_error_that_is_logged_carries_no_secret(alice: UUID) -> None:
    def work(session: Session) -> None:
        session.add(Person(name="Twin", phone="+919876543210", password_hash="planted-secret"))  # the phone is taken

    with pytest.raises(Exception, match="uq_person_phone") as error:
        db.in_transaction(work)
    assert "planted-secret" not in str(error.value)


def test_every_connection_waits_for_the_disk(database_url: str) -> None:
    def work(session: Session) -> object:
        return session.exec(text("SHOW synchronous_commit")).scalar_one()

    assert db.in_transaction(work) == db.read(work) == "on"


@pytest.mark.parametrize("scheme", ["postgresql://", "postgres://", "postgresql+psycopg://"])
def test_urls_of_every_spelling(scheme: str) -> None:
    assert db.libpq_url(f"{scheme}u:p@h/d?sslmode=require") == "postgresql://u:p@h/d?sslmode=require"
    assert db.sqlalchemy_url(f"{scheme}h/d") == "postgresql+psycopg://h/d"


def test_what_was_done_alone_is_answered_though_the_lock_was_lost(
    database_url: str, superuser: psycopg.Connection
) -> None:
    assert while_alone(LOCK, lambda: _end_all_others(superuser), at_most_s=60) == 1
    assert db.lent_connections("sessions") == 0


def test_why_it_was_not_done_is_told_though_the_lock_was_lost(database_url: str, superuser: psycopg.Connection) -> None:
    def work() -> None:
        _end_all_others(superuser)
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        while_alone(LOCK, work, at_most_s=60)
    assert db.lent_connections("sessions") == 0
