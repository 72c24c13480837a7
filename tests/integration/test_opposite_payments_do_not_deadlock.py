"""A to B and B to A at once: the locks are taken in one order, so nobody waits crosswise."""

from functools import partial
from uuid import UUID

import psycopg

from tests.at_once import at_once, deadlock_count
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund
from wallet_core import db
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

CLIENTS = 16
PAYMENTS_EACH = 20


def test_16_clients_in_both_directions_see_no_error(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str
) -> None:
    fund(alice, 1_000_00)
    fund(bob, 1_000_00)

    def pay_again_and_again(payer: UUID, payee: UUID) -> int:
        for _ in range(PAYMENTS_EACH):
            send_money(person_id=payer, payee_id=payee, amount_paise=1_00, note="", key=new_token())
        return PAYMENTS_EACH

    pairs = [(alice, bob), (bob, alice)] * (CLIENTS // 2)
    answers = at_once([partial(pay_again_and_again, payer, payee) for payer, payee in pairs])
    assert answers == [PAYMENTS_EACH] * CLIENTS
    assert transfer_count(superuser) == CLIENTS * PAYMENTS_EACH + 2
    assert available_paise(superuser, alice) == available_paise(superuser, bob) == 1_000_00
    books_are_right(superuser)
    db.dispose()
    assert deadlock_count(database_url) == 0  # none, not even one that a retry hid
