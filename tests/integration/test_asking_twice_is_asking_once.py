"""Double clicks, two tabs, repeated requests: one transfer, and the same receipt for everybody."""

from functools import partial
from uuid import UUID

import psycopg

from tests.at_once import at_once_behind
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund
from wallet_core.errors import KeyConflict
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.views import Receipt

CLICKS = 20

#: Held up here, as many clicks as there are connections are inside the function at the same moment.
LOCK = "SELECT 1 FROM account WHERE person_id = %s FOR UPDATE"


def test_20_clicks_at_once_send_once(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str
) -> None:
    fund(alice, 1_000_00)
    click = partial(send_money, person_id=alice, payee_id=bob, amount_paise=10_00, note="tea", key=new_token())
    receipts = at_once_behind(database_url, LOCK, [alice], [click] * CLICKS, 1)
    assert isinstance(receipts[0], Receipt), receipts[0]
    assert receipts == [receipts[0]] * CLICKS
    assert available_paise(superuser, alice) == 990_00
    assert transfer_count(superuser) == 2
    books_are_right(superuser)


def test_one_key_with_different_inputs_at_once_sends_one_of_them(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str
) -> None:
    fund(alice, 1_000_00)
    key = new_token()
    clicks = [
        partial(send_money, person_id=alice, payee_id=payee, amount_paise=10_00, note="", key=key)
        for payee in (bob, charlie) * (CLICKS // 2)
    ]
    answers = at_once_behind(database_url, LOCK, [alice], clicks, 1)
    receipts = {answer.reference for answer in answers if isinstance(answer, Receipt)}
    assert len(receipts) == 1
    assert sum(isinstance(answer, KeyConflict) for answer in answers) == CLICKS // 2
    assert available_paise(superuser, alice) == 990_00
    books_are_right(superuser)
