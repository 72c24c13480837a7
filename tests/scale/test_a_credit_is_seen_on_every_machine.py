from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.conftest import add_onramp
from tests.scale.conftest import Person
from tests.scale.machines import EACH, Machines
from tests.webhook.bank import message, new_id


@pytest.mark.parametrize("webhook", range(EACH))
def test_a_credit_through_either_webhook_reaches_tabs_on_both_apps(
    machines: Machines, alice: Person, credit: Callable[..., httpx.Response], webhook: int
) -> None:
    tabs = [alice.tab(app.address) for app in machines.apps]
    answer = credit(alice, 1_234_56, webhook=webhook)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "credited"})
    for tab in tabs:
        tab.until("₹1,234.56")


def test_nobody_else_is_told(
    machines: Machines, alice: Person, charlie: Person, credit: Callable[..., httpx.Response]
) -> None:
    mine, others = alice.tab(machines.apps[1].address), [charlie.tab(app.address) for app in machines.apps]
    credit(alice, 2_345_67)
    mine.until("₹2,345.67")
    assert [tab.listen(silence_s=0.5) for tab in others] == [""] * EACH


def test_the_same_order_through_both_webhooks_at_once_is_one_credit(machines: Machines, alice: Person) -> None:
    reference = add_onramp(alice.person_id, 77_00)

    def call(number: int) -> str:
        said = machines.webhooks[number % EACH].call(message(reference, 77_00), message_id=new_id())
        return str(said.json()["outcome"])

    with ThreadPoolExecutor(8) as callers:
        outcomes = sorted(callers.map(call, range(24)))
    assert outcomes == ["credited"] + ["duplicate"] * 23
    with psycopg.connect(machines.direct_url) as connection:
        rows = connection.execute("SELECT count(*) FROM transfer WHERE reference = %s", [reference]).fetchone()
    assert rows == (1,)


def test_each_app_listens_on_a_connection_of_its_own(machines: Machines) -> None:
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    with psycopg.connect(machines.direct_url) as connection:
        assert connection.execute(listening, ["wallet-listener"]).fetchone() == (EACH,)
