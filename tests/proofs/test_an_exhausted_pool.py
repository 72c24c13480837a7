"""All connections are taken by who waits for a lock: others wait or are told in time, and afterwards all goes on."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once, rows_locked, wait_for_waiting
from tests.books import available_paise, books_are_right
from tests.conftest import CAST, Fund
from tests.proofs.conftest import Proof
from wallet_core import db
from wallet_core.errors import DatabaseUnavailable
from wallet_core.services.operations import Posting, hold_money

FUNDS_PAISE = 1_000_00
OPERATORS = 4 * db.POOL_CONNECTIONS

#: Beyond a call's own patience (for a connection, then for the statement): a busy machine. A statement may wait for
#: more than one lock: its place among those who wait for the row, then the row.
SLACK_S = 5
PATIENCE_S = db.POOL_WAIT_S + db.STATEMENT_TIMEOUT_MS / 1_000 + SLACK_S


@pytest.mark.promise(2)
def test_an_exhausted_pool_loses_and_doubles_nothing_and_heals(
    proof: Proof, database_url: str, alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, FUNDS_PAISE)
    db.dispose()
    # In make prove longer than anybody has patience for; else just until all connections are taken.
    held_s = proof.size(small=0, full=int(PATIENCE_S))
    hold = partial(hold_money, phone=CAST["alice"], amount_paise=1, reason="a proof")
    lock = "SELECT 1 FROM account WHERE person_id = %s FOR UPDATE"
    with ThreadPoolExecutor(1) as aside:
        with rows_locked(database_url, lock, [alice]):
            started_s = time.monotonic()
            answering = aside.submit(_timed, [hold] * OPERATORS)
            wait_for_waiting(database_url, db.POOL_CONNECTIONS)
            while time.monotonic() - started_s < held_s and not answering.done():
                proof.progress(int(time.monotonic() - started_s), held_s, "seconds without a connection")
                time.sleep(0.1)
        answers, longest_s = answering.result()
    made = sum(isinstance(answer, Posting) for answer in answers)
    told = sum(isinstance(answer, DatabaseUnavailable) for answer in answers)
    held_paise = available_paise(superuser, alice, "locked")
    again = at_once([hold] * OPERATORS)
    proof.found(
        f"{OPERATORS} calls at once for {db.POOL_CONNECTIONS} connections that wait for a lock",
        made=made,
        told_to_repeat=told,
        other_answers=len(answers) - made - told,
        longest_wait_s=round(longest_s, 1),
        made_right_after=sum(isinstance(answer, Posting) for answer in again),
    )
    assert made + told == OPERATORS
    assert told > 0 if proof.full else made == OPERATORS
    assert longest_s < PATIENCE_S
    assert held_paise == made
    assert all(isinstance(answer, Posting) for answer in again)
    assert available_paise(superuser, alice) == FUNDS_PAISE - made - OPERATORS
    books_are_right(superuser)


def _timed(calls: list[partial[Posting]]) -> tuple[list[Posting | Exception], float]:
    """The answers, and how long the last one took."""
    started_s = time.monotonic()
    answers = at_once(calls)
    return answers, time.monotonic() - started_s
