"""A wallet never goes below zero, however many try at once to spend the same money."""

from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once
from tests.books import available_paise, books_are_right
from tests.conftest import Fund
from tests.proofs.conftest import Proof
from wallet_core.errors import InsufficientBalance
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.views import Receipt


@pytest.mark.promise(3)
def test_of_parallel_sends_of_the_whole_balance_one_succeeds(
    proof: Proof, alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    sends = proof.size(small=20, full=100)
    rounds = proof.size(small=2, full=50)
    succeeded, below_zero = [], 0
    for number in range(rounds):
        amount_paise = proof.random.randint(1, 10_000_000)
        fund(alice, amount_paise)

        def send(amount_paise: int = amount_paise) -> Receipt:
            return send_money(person_id=alice, payee_id=bob, amount_paise=amount_paise, note="", key=new_token())

        answers = at_once([send] * sends)
        succeeded.append(sum(isinstance(answer, Receipt) for answer in answers))
        assert all(isinstance(answer, Receipt | InsufficientBalance) for answer in answers)
        below_zero += available_paise(superuser, alice) != 0
        proof.progress(number + 1, rounds, "rounds")
    proof.found(
        f"{rounds} times {sends} parallel sends of the whole balance",
        succeeded_in_each_round=max(succeeded),
        least_succeeded=min(succeeded),
        rounds_with_a_wrong_balance=below_zero,
    )
    assert set(succeeded) == {1}
    assert below_zero == 0
    books_are_right(superuser)
