"""The clocks of two machines may disagree: when an order was made, and when its time is over, the database says."""

from datetime import datetime, timedelta, tzinfo
from uuid import UUID

import psycopg
import pytest

from wallet_core import bank_client, clock
from wallet_core.bank_client import BankPayment
from wallet_core.errors import TooManyOrders
from wallet_core.ids import new_token
from wallet_core.services.onramps import MAX_ORDERS, ORDERS_OVER, start_onramp, sweep_onramps


@pytest.fixture(autouse=True)
def bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives a page to every order, and knows of none."""

    def create_payment(reference: str, amount_paise: int, *_: str) -> BankPayment:
        return BankPayment(f"pay_{reference}", f"http://bank.test/pay/{reference}", "pending", amount_paise)

    monkeypatch.setattr(bank_client, "create_payment", create_payment)
    monkeypatch.setattr(bank_client, "find_payment", lambda _: None)


def set_clock(monkeypatch: pytest.MonkeyPatch, *, ahead: timedelta) -> None:
    """The clock of this machine."""

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Moved":
            return cls.fromtimestamp((datetime.now(tz) + ahead).timestamp(), tz)

    monkeypatch.setattr(clock, "datetime", Moved)


def order(person_id: UUID) -> str:
    return start_onramp(person_id=person_id, bank_code="HDFC", amount_paise=1_00, key=new_token()).reference


@pytest.mark.parametrize("hours", [-1, 1])
def test_an_order_is_made_at_its_moment(
    alice: UUID, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    set_clock(monkeypatch, ahead=timedelta(hours=hours))
    order(alice)
    row = superuser.execute(
        "SELECT clock_timestamp() - created_at BETWEEN '0 s' AND '1 minute',"
        " expires_at - created_at BETWEEN '15 minutes' AND '15 minutes 1 s' FROM onramp"
    ).fetchone()
    assert row == (True, True)


def test_a_clock_that_is_ahead_ends_no_order(
    alice: UUID, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(alice)
    set_clock(monkeypatch, ahead=timedelta(hours=1))
    assert sweep_onramps() == 0
    assert superuser.execute("SELECT status FROM onramp").fetchone() == ("processing",)


def test_a_clock_that_is_behind_ends_an_order_all_the_same(
    alice: UUID, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(alice)
    superuser.execute("UPDATE onramp SET created_at = created_at - interval '16 minutes', expires_at = now()")
    set_clock(monkeypatch, ahead=-timedelta(hours=1))
    assert sweep_onramps() == 1


def test_a_clock_that_is_ahead_lets_nobody_order_more(alice: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(MAX_ORDERS):
        order(alice)
    set_clock(monkeypatch, ahead=ORDERS_OVER + timedelta(minutes=1))
    with pytest.raises(TooManyOrders) as refusal:
        order(alice)
    assert 0 < int(refusal.value.details["retry_after_s"]) <= ORDERS_OVER.total_seconds()
