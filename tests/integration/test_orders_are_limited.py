"""Orders at banks: so many of one person in ten minutes, and then a wait that is said."""

from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.at_once import at_once
from wallet_app.sentences import sentence
from wallet_core import bank_client
from wallet_core.bank_client import BankPayment
from wallet_core.errors import TooManyOrders
from wallet_core.ids import new_token
from wallet_core.services.onramps import MAX_ORDERS, ORDERS_OVER, start_onramp
from wallet_core.views import StartedOnramp


@pytest.fixture(autouse=True)
def bank(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_payment(reference: str, amount_paise: int, *_: str) -> BankPayment:
        return BankPayment(f"pay_{reference}", f"http://bank.test/pay/{reference}", "pending", amount_paise)

    monkeypatch.setattr(bank_client, "create_payment", create_payment)


def order(person_id: UUID, key: str = "") -> StartedOnramp:
    return start_onramp(person_id=person_id, bank_code="HDFC", amount_paise=1_00, key=key or new_token())


def test_one_person_orders_so_often(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    key = new_token()
    first = order(alice, key)
    for _ in range(MAX_ORDERS - 1):
        order(alice)
    with pytest.raises(TooManyOrders) as refusal:
        order(alice)
    assert 0 < int(refusal.value.details["retry_after_s"]) <= ORDERS_OVER.total_seconds()
    assert "Wait 10 minutes" in sentence(refusal.value)
    assert superuser.execute("SELECT count(*) FROM onramp").fetchone() == (MAX_ORDERS,)
    # The same form again is no new order, and others are not held up.
    assert order(alice, key) == first
    order(bob)
    superuser.execute(
        "UPDATE onramp SET created_at = created_at - %s WHERE reference = %s", [ORDERS_OVER, first.reference]
    )
    order(alice)


def test_many_at_once_count_too(alice: UUID, superuser: psycopg.Connection) -> None:
    answers = at_once([partial(order, alice)] * (MAX_ORDERS + 6))
    assert len([answer for answer in answers if isinstance(answer, StartedOnramp)]) == MAX_ORDERS
    assert {type(answer) for answer in answers} == {StartedOnramp, TooManyOrders}
    assert superuser.execute("SELECT count(*) FROM onramp").fetchone() == (MAX_ORDERS,)
