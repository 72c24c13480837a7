"""An account's lock is held for its newest rows only, however long its history; what moves meanwhile is not missed."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event
from sqlmodel import Session

from tests.at_once import wait_for_waiting
from tests.conftest import Fund
from wallet_core import account_locks, db
from wallet_core.account_locks import LockedBook
from wallet_core.ids import new_reference, new_token, sha256

#: One payment of alice's to bob, not committed yet.
SEND = """
    SELECT outcome FROM wallet_send_payments(
        ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], ARRAY[2500]::bigint[], ARRAY[''], ARRAY[%s], ARRAY[%s]::bytea[], ARRAY[%s]
    )
"""


@pytest.fixture
def account_id(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> int:
    fund(alice, 100_00)
    found = superuser.execute("SELECT id FROM account WHERE person_id = %s AND kind = 'available'", [alice]).fetchone()
    assert found is not None
    return int(found[0])


def lock_book(account_id: int) -> LockedBook | None:
    return db.in_transaction(lambda session: account_locks.lock_book(session, account_id))


def test_a_payment_that_was_under_way_is_counted(database_url: str, alice: UUID, bob: UUID, account_id: int) -> None:
    with psycopg.connect(database_url) as payer, ThreadPoolExecutor(1) as beside:
        sent = payer.execute(SEND, [alice, bob, new_token(), sha256("x"), new_reference("P")]).fetchall()
        assert sent == [("sent",)]
        book = beside.submit(lock_book, account_id)
        wait_for_waiting(database_url, 1)
        payer.commit()
        found = book.result()
    assert found is not None
    assert (found.stored_paise, found.rows_paise) == (75_00, 75_00)


def test_under_the_lock_the_old_rows_are_not_read_again(account_id: int) -> None:
    asked: list[tuple[str, object]] = []

    def work(session: Session) -> LockedBook | None:
        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            asked.append((statement, parameters))

        event.listen(session.connection(), "before_cursor_execute", note)
        return account_locks.lock_book(session, account_id)

    book = db.in_transaction(work)
    assert book is not None
    assert (book.stored_paise, book.rows_paise) == (100_00, 100_00)
    sums = [
        parameters["above"] for statement, parameters in asked if isinstance(parameters, dict) and "sum(" in statement
    ]
    locks = [number for number, (statement, _) in enumerate(asked) if "FOR NO KEY UPDATE" in statement]
    assert sums[0] == 0 < sums[1]
    assert "sum(" in asked[locks[0] + 1][0]
    # And what holds others up has the usual limit again.
    limits = [
        parameters["limit_ms"] for _, parameters in asked if isinstance(parameters, dict) and "limit_ms" in parameters
    ]
    assert limits == [str(5 * 60 * 1000), str(db.STATEMENT_TIMEOUT_MS)]
