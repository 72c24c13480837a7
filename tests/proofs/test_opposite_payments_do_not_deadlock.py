"""A to B and B to A at once: the locks are taken in one order, so nobody waits crosswise and nobody sees an error."""

from collections import Counter
from uuid import UUID

import psycopg
import pytest

from tests.at_once import deadlock_count
from tests.books import available_paise, books_are_right
from tests.conftest import Fund
from tests.proofs.conftest import Proof
from tests.proofs.payers import Plan, all_answers, started_payers
from wallet_core import db

CLIENTS = 32
PROCESSES = 4
AMOUNT_PAISE = 1_00

#: Payments of each client between two signs of progress.
ROUND = 25


@pytest.mark.promise(5)
def test_clients_in_both_directions_see_no_error(
    proof: Proof, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str
) -> None:
    each = proof.size(small=ROUND, full=500)
    start_paise = CLIENTS * each * AMOUNT_PAISE
    fund(alice, start_paise)
    fund(bob, start_paise)
    there: Plan = (str(alice), str(bob), AMOUNT_PAISE, ROUND)
    back: Plan = (str(bob), str(alice), AMOUNT_PAISE, ROUND)
    db.dispose()
    answers: Counter[str] = Counter()
    with started_payers(database_url, PROCESSES) as processes:
        for done in range(ROUND, each + 1, ROUND):
            for process in processes:
                process.pay([there, back] * (CLIENTS // PROCESSES // 2))
            answers += all_answers(processes)
            proof.progress(CLIENTS * done, CLIENTS * each, "payments")
    proof.found(
        f"{CLIENTS} clients in {PROCESSES} processes x {each} payments between the same two people, half each way",
        sent=answers["sent"],
        errors_shown=answers.total() - answers["sent"],
        deadlocks_even_hidden_ones=deadlock_count(database_url),
    )
    assert answers == {"sent": CLIENTS * each}
    assert deadlock_count(database_url) == 0
    assert available_paise(superuser, alice) == available_paise(superuser, bob) == start_paise
    books_are_right(superuser)
