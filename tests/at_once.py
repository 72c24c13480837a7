"""Doing things at the same moment."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import LiteralString, TypeVar

import psycopg

T = TypeVar("T")

WAIT_S = 10


def at_once(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Starts every call in a thread of its own, lets them go together, and answers what each returned or raised."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        gate.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def at_once_behind(
    database_url: str, lock: LiteralString, parameters: Sequence[object], calls: Sequence[Callable[[], T]], waiting: int
) -> list[T | Exception]:
    """The same, with everybody held up by a row lock until ``waiting`` connections wait for it: they truly meet.

    Calls that are quick would else be over before the next thread has begun, and a race would go unseen. Payments of
    one process go together over a few connections: the first of each waits for the lock, the others for it.
    """
    with ThreadPoolExecutor(1) as aside:
        with rows_locked(database_url, lock, parameters):
            answers = aside.submit(at_once, calls)
            wait_for_waiting(database_url, waiting)
        return answers.result()


BATCHES = ("wallet_settle_successes", "wallet_settle_messages", "wallet_send_payments")


@contextmanager
def rows_locked(database_url: str, lock: LiteralString, parameters: Sequence[object]) -> Iterator[None]:
    """Holds what a ``SELECT ... FOR UPDATE`` locks. Batches, which give a row up soon, wait for it meanwhile."""
    with psycopg.connect(database_url, autocommit=True) as owner, psycopg.connect(database_url) as holder:
        for function in BATCHES:
            owner.execute(f"ALTER FUNCTION {function} SET lock_timeout = '5s'".encode())
        holder.execute(lock, parameters)
        yield
        holder.rollback()
        for function in BATCHES:
            owner.execute(f"ALTER FUNCTION {function} SET lock_timeout = '250ms'".encode())


def wait_for_waiting(database_url: str, waiting: int) -> None:
    """Returns when so many connections to this database wait for a lock."""
    deadline = time.monotonic() + WAIT_S
    with psycopg.connect(database_url, autocommit=True) as observer:
        while True:
            row = observer.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if row == (waiting,):
                return
            assert time.monotonic() < deadline, f"{row} instead of {waiting} connections wait for a lock"
            time.sleep(0.01)


def deadlock_count(database_url: str) -> int:
    """Deadlocks that the server broke in this database, those that a retry hid included.

    A backend reports when it is idle for a while or ends: close the pools before.
    """
    with psycopg.connect(database_url, autocommit=True) as observer:
        row = observer.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])
