"""The bank test in Jepsen's form (jepsen.io, "Bank"): transfers and full reads while connections are being ended.

Whatever is lost meanwhile: every read of all balances has the same sum, and none of them is below zero.
"""

import random
import threading
import time

import psycopg
import pytest

from tests.books import books_are_right
from tests.conftest import Fund, add_person
from tests.proofs.bank_clients import Clients, Seen
from tests.proofs.conftest import Proof
from wallet_core import db

PEOPLE = 8
EACH_PAISE = 10_000

#: Sixteen clients. Payments inside one process go together, so they are several processes.
PROCESSES = 4
THREADS = 4

#: Between two endings of a connection, in seconds: the retries must get somewhere in between.
PAUSE_S = (0.02, 0.2)

_END_ONE = """
    SELECT count(pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'wallet'
        ORDER BY state = 'active' DESC, random() LIMIT 1
    ) chosen
"""


class Assassin(threading.Thread):
    """Ends one connection after the other, those at work first, until it is told to stop."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.ended = 0
        self._url = url
        self._random = random.Random(seed)
        self._ending = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._ending.wait(self._random.uniform(*PAUSE_S)):
                row = connection.execute(_END_ONE).fetchone()
                assert row is not None
                self.ended += int(row[0])

    def finish(self) -> None:
        self._ending.set()
        self.join()


@pytest.mark.promise(2)
def test_every_read_has_the_same_sum(
    proof: Proof, database_url: str, fund: Fund, superuser: psycopg.Connection
) -> None:
    transfers = proof.size(small=480, full=24_000)
    people = [add_person(f"Person {number}", f"+9198765{number:05}") for number in range(PEOPLE)]
    for person in people:
        fund(person, EACH_PAISE)
    db.dispose()
    assassin = Assassin(database_url, proof.seed)
    assassin.start()
    each = transfers // (PROCESSES * THREADS)
    processes = [Clients(database_url, proof.random.randrange(2**31), THREADS, each, people) for _ in range(PROCESSES)]
    while any(process.is_running for process in processes) and proof.full:
        proof.progress(_moved(superuser), transfers, "transfers made (those refused do not count)")
        time.sleep(1)
    seen = Seen()
    for process in processes:
        seen.add(process.seen())
    assassin.finish()
    keys = [key for (key,) in superuser.execute("SELECT key FROM payment_command").fetchall()]
    wrong_sums = sum(total != PEOPLE * EACH_PAISE for total, _ in seen.reads)
    proof.found(
        f"{PEOPLE} people, {PROCESSES * THREADS} clients in {PROCESSES} processes, {transfers:,} transfers, full reads",
        connections_ended=assassin.ended,
        made=len(seen.sent),
        refused_for_their_balance=seen.refused,
        asked_again=seen.asked_again,
        reads=len(seen.reads),
        reads_with_another_sum=wrong_sums,
        reads_with_one_below_zero=sum(least < 0 for _, least in seen.reads),
        errors_shown=len(seen.errors),
        acknowledged_but_missing=len(set(seen.sent) - set(keys)),
        made_without_being_acknowledged=len(set(keys) - set(seen.sent)),
    )
    assert assassin.ended > 0, "nothing was ended: it proves nothing"
    assert seen.errors == []
    assert wrong_sums == 0
    assert all(least >= 0 for _, least in seen.reads)
    # Each key once, whether or not its first answer was lost on the way.
    assert sorted(keys) == sorted(seen.sent)
    assert _moved(superuser) == len(seen.sent)
    assert seen.refused > 0
    books_are_right(superuser)


def _moved(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM transfer WHERE kind = 'payment'").fetchone()
    assert row is not None
    return int(row[0])
