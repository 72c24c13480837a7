"""All connections are taken by who waits for a lock: others wait or are told in time, and afterwards all goes on."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once, rows_locked, wait_for_waiting
from tests.books import available_paise, books_are_right
from tests.conftest import CAST, Fund
from tests.proofs.conftest import Proof
from wallet_core import db
from wallet_core.errors import DatabaseUnavailable
from wallet_core.ids import new_token
from wallet_core.services.activity import list_activity
from wallet_core.services.operations import hold_money
from wallet_core.services.payments import send_money
from wallet_core.services.people import change_name

FUNDS_PAISE = 1_000_00

#: How many come late, of each kind: who holds money needs a connection of both pools, who pays and who reads one each.
LATECOMERS = 2 * db.POOL_CONNECTIONS

#: In make test nobody waits for a connection for longer than this. All calls of that moment are made in far less.
SHORT_WAIT_S = 1

#: Beyond a call's own patience (for a connection, then for the statement): a busy machine. A statement may wait for
#: more than one lock: its place among those who wait for the row, then the row.
SLACK_S = 5

LOCK = "SELECT 1 FROM person JOIN account ON account.person_id = person.id WHERE person.id = %s FOR UPDATE"

Call = Callable[[], object]


@dataclass
class Answers:
    """How many calls of each kind were made, told to repeat, and answered otherwise; and how long the last one took."""

    made: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def ask(self, calls: dict[str, list[Call]]) -> None:
        """All of them at once."""
        started_s = time.monotonic()
        answers = at_once([call for same in calls.values() for call in same])
        took_s = time.monotonic() - started_s
        kinds = [kind for kind, same in calls.items() for _ in same]
        with self._lock:
            self.longest_s = max(self.longest_s, took_s)
            for kind, answer in zip(kinds, answers, strict=True):
                is_told = isinstance(answer, DatabaseUnavailable)
                (self.told if is_told else self.others if isinstance(answer, Exception) else self.made)[kind] += 1


@pytest.mark.promise(2)
def test_an_exhausted_pool_loses_and_doubles_nothing_and_heals(
    proof: Proof,
    database_url: str,
    alice: UUID,
    bob: UUID,
    charlie: UUID,
    fund: Fund,
    superuser: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Alice's rows are locked. Bob, who has nothing to do with them, pays Charlie and looks at his history."""
    if not proof.full:
        monkeypatch.setattr(db, "POOL_WAIT_S", SHORT_WAIT_S)
    # Who holds money looks for the account first, and so may wait for a connection twice.
    patience_s = 2 * db.POOL_WAIT_S + db.STATEMENT_TIMEOUT_MS / 1_000 + SLACK_S
    fund(alice, FUNDS_PAISE)
    fund(bob, FUNDS_PAISE)
    db.dispose()
    hold = partial(hold_money, phone=CAST["alice"], amount_paise=1, reason="a proof")
    name = partial(change_name, person_id=alice, name="Alice Nair")
    late: dict[str, list[Call]] = {
        "hold": [hold] * LATECOMERS,
        "payment": [partial(_pay, bob, charlie)] * LATECOMERS,
        "read": [partial(list_activity, person_id=bob)] * LATECOMERS,
    }
    answers, after = Answers(), Answers()
    with ThreadPoolExecutor(3) as aside, rows_locked(database_url, LOCK, [alice]):
        holding = aside.submit(answers.ask, {"hold": [hold] * db.POOL_CONNECTIONS})
        wait_for_waiting(database_url, db.POOL_CONNECTIONS)
        naming = aside.submit(answers.ask, {"name": [name] * db.POOL_CONNECTIONS})
        wait_for_waiting(database_url, 2 * db.POOL_CONNECTIONS)
        asking = aside.submit(answers.ask, late)
        _wait_for(proof, asking.done, patience_s)
    for one in (holding, naming, asking):
        one.result()
    held_paise, paid_paise = available_paise(superuser, alice, "locked"), available_paise(superuser, charlie)
    after.ask(late)
    calls = 2 * db.POOL_CONNECTIONS + 3 * LATECOMERS
    proof.found(
        f"every connection of both pools taken by a call that waits for a lock, of {calls} calls: holds, changes of a "
        "name, payments and reads",
        made=answers.made.total(),
        told_to_repeat=answers.told.total(),
        other_answers=answers.others.total(),
        longest_wait_s=round(answers.longest_s, 1),
        made_right_after=after.made.total(),
    )
    assert (answers.made.total() + answers.told.total(), answers.others.total()) == (calls, 0)
    assert answers.told["hold"] > 0
    # In make prove whoever has a connection gives up first, and leaves it to a payment or a read.
    assert proof.full or (answers.told["payment"] > 0 and answers.told["read"] > 0)
    assert answers.longest_s < patience_s
    assert (held_paise, paid_paise) == (answers.made["hold"], answers.made["payment"])
    assert after.made == dict.fromkeys(late, LATECOMERS)
    assert available_paise(superuser, alice) == FUNDS_PAISE - held_paise - LATECOMERS
    assert available_paise(superuser, bob) == FUNDS_PAISE - paid_paise - LATECOMERS
    books_are_right(superuser)


def _pay(payer: UUID, payee: UUID) -> object:
    return send_money(person_id=payer, payee_id=payee, amount_paise=1, note="", key=new_token())


def _wait_for(proof: Proof, is_done: Callable[[], bool], at_most_s: float) -> None:
    started_s = time.monotonic()
    while (waited_s := time.monotonic() - started_s) < at_most_s and not is_done():
        proof.progress(int(waited_s), int(at_most_s), "seconds without a connection")
        time.sleep(0.1)
