"""A wallet never goes below zero, however many try at once to spend the same money."""

from uuid import UUID

import psycopg
import pytest

from tests.at_once import rows_locked, wait_for_waiting
from tests.books import available_paise, books_are_right
from tests.conftest import Fund
from tests.proofs.conftest import Proof
from tests.proofs.payers import Plan, all_answers, started_payers
from wallet_core.ledger import BATCHES_AT_ONCE

#: Each has transactions of its own on their way: these truly meet, at the payer's account.
PROCESSES = 4

ACCOUNT = "SELECT 1 FROM account WHERE person_id = %s FOR UPDATE"


@pytest.mark.promise(3)
def test_of_parallel_sends_of_the_whole_balance_one_succeeds(
    proof: Proof, database_url: str, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    sends = proof.size(small=20, full=100)
    rounds = proof.size(small=2, full=50)
    succeeded, below_zero = [], 0
    with started_payers(database_url, PROCESSES) as processes:
        for number in range(rounds):
            amount_paise = proof.random.randint(1, 10_000_000)
            fund(alice, amount_paise)
            once: Plan = (str(alice), str(bob), amount_paise, 1)
            with rows_locked(database_url, ACCOUNT, [alice]):
                for process in processes:
                    process.pay([once] * (sends // PROCESSES))
                wait_for_waiting(database_url, PROCESSES * BATCHES_AT_ONCE)
            answers = all_answers(processes)
            succeeded.append(answers["sent"])
            assert answers.keys() <= {"sent", "balance-insufficient"}
            assert answers.total() == sends
            below_zero += available_paise(superuser, alice) != 0
            proof.progress(number + 1, rounds, "rounds")
    proof.found(
        f"{rounds} times {sends} parallel sends of the whole balance, from {PROCESSES} processes that meet at one lock",
        succeeded_in_each_round=max(succeeded),
        least_succeeded=min(succeeded),
        rounds_with_a_wrong_balance=below_zero,
    )
    assert set(succeeded) == {1}
    assert below_zero == 0
    books_are_right(superuser)
