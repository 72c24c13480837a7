"""Each figure that an alert or the dashboard looks at counts what really happened, and nothing else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from tests.conftest import Fund, add_onramp
from tests.e2e.raw_socket import RawSocket
from tests.operations.conftest import PASSWORD, Person, Wallet
from tests.webhook.bank import FOREIGN_SECRET, message, new_id
from wallet_app.paths import SEND
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.requests import RequestsState
from wallet_core import db
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money

SEND_PAGE = P2PTransferState.get_full_name()
REQUESTS_PAGE = RequestsState.get_full_name()


@pytest.fixture
def credits(wallet: Wallet, alice: Person) -> dict[str, float]:
    """One of each kind of message, one after the other; answers what moved."""
    before = wallet.webhook_figures.read()
    paid, declined, other = (add_onramp(alice.person_id, 5_00) for _ in range(3))
    calls: list[tuple[Any, dict[str, str]]] = [
        (message(paid, 5_00), {}),
        (message(paid, 5_00), {}),
        (message(declined, 5_00, type="payment.failed"), {}),
        (message(other, 6_00), {}),
        (message(other, 5_00), {"secret": FOREIGN_SECRET}),
        ({"type": "nonsense"}, {}),
    ]
    statuses = [wallet.webhook.call(content, **signing).status_code for content, signing in calls]
    assert statuses == [200, 200, 200, 409, 401, 422]
    return wallet.webhook_figures.since(before)


def test_credits_by_result_and_answers_by_status(credits: dict[str, float]) -> None:
    moved = {name: value for name, value in credits.items() if name.endswith('"}') and "_total" in name}
    told = {name: value for name, value in moved.items() if name.startswith(("wallet_credits", "wallet_webhook"))}
    assert told == {
        'wallet_credits_total{outcome="credited"}': 1,
        'wallet_credits_total{outcome="duplicate"}': 1,
        'wallet_credits_total{outcome="failed"}': 1,
        'wallet_credits_total{outcome="disputed"}': 1,
        'wallet_webhook_answers_total{status="200"}': 3,
        'wallet_webhook_answers_total{status="409"}': 1,
        'wallet_webhook_answers_total{status="401"}': 1,
        'wallet_webhook_answers_total{status="422"}': 1,
    }


def test_settle_seconds_and_batch_sizes(credits: dict[str, float]) -> None:
    """One after the other: four messages reached the database, each in a batch of its own."""
    assert credits["wallet_settle_seconds_count"] == credits["wallet_settle_batch_messages_count"] == 4
    assert credits["wallet_settle_batch_messages_sum"] == 4
    assert 0 < credits["wallet_settle_seconds_sum"] < 4 * 6


def test_who_waits_and_what_is_lent_is_seen_while_it_lasts(wallet: Wallet, alice: Person) -> None:
    """Somebody holds Alice's account: one message is being settled, the others wait for its batch to end."""
    orders = [add_onramp(alice.person_id, 1_00) for _ in range(4)]
    before = wallet.webhook_figures.read()
    with ThreadPoolExecutor(len(orders)) as bank:
        with _held(wallet, alice):
            first = bank.submit(wallet.webhook.call, message(orders[0], 1_00))
            lent = 'wallet_pool_connections_in_use{pool="settlement"}'
            wallet.webhook_figures.until(lambda found: found[lent] == 1)
            rest = [bank.submit(wallet.webhook.call, message(order, 1_00)) for order in orders[1:]]
            wallet.webhook_figures.until(lambda found: found["wallet_settle_waiting_messages"] == 3)
        assert {call.result().status_code for call in (first, *rest)} == {200}
    after = wallet.webhook_figures.until(lambda found: found[lent] == 0)
    assert after["wallet_settle_waiting_messages"] == 0
    # The three that waited went together.
    assert after["wallet_settle_batch_messages_count"] - before["wallet_settle_batch_messages_count"] == 2
    assert after['wallet_settle_batch_messages_bucket{le="2.0"}'] - before[
        'wallet_settle_batch_messages_bucket{le="2.0"}'
    ] == (1)


@contextmanager
def _held(wallet: Wallet, person: Person) -> Iterator[None]:
    """A batch gives a row up after a quarter of a second: too short to be seen in the figures."""
    patience = "ALTER FUNCTION wallet_settle_successes SET lock_timeout = '{}'"
    with psycopg.connect(wallet.url, autocommit=True) as owner, psycopg.connect(wallet.url) as connection:
        owner.execute(patience.format("5s").encode())
        connection.execute("SELECT 1 FROM account WHERE person_id = %s FOR UPDATE", [person.person_id])
        yield
        owner.execute(patience.format("250ms").encode())


def test_the_database_away_is_an_answer_503_of_its_own(wallet: Wallet, alice: Person) -> None:
    order = add_onramp(alice.person_id, 1_00)
    before = wallet.webhook_figures.read()
    db.dispose()
    wallet.database.stop()
    try:
        assert wallet.webhook.call(message(order, 1_00)).status_code == 503
        moved = wallet.webhook_figures.since(before)
    finally:
        wallet.database.start()
    assert moved['wallet_webhook_answers_total{status="503"}'] == 1
    assert not [name for name in moved if name.startswith("wallet_credits_total")]


def test_sign_ins_by_result(wallet: Wallet, alice: Person) -> None:
    before = wallet.app_figures.read()
    # What an address may try is counted too: this one is no other test's.
    door = httpx.HTTPTransport(local_address="127.0.0.42")
    with httpx.Client(transport=door, headers={"Origin": wallet.app.address}) as browser:
        for password in (PASSWORD, *["wrong password"] * 6, PASSWORD):
            browser.post(f"{wallet.app.address}/auth/signin", data={"phone": alice.phone, "password": password})
    moved = {
        name: value for name, value in wallet.app_figures.since(before).items() if name.startswith("wallet_sign_ins_t")
    }
    assert moved == {
        'wallet_sign_ins_total{result="done"}': 1,
        'wallet_sign_ins_total{result="credentials-wrong"}': 5,
        'wallet_sign_ins_total{result="too-many-attempts"}': 2,
    }


def test_sends_by_result_open_tabs_and_events(wallet: Wallet, alice: Person, bob: Person, fund: Fund) -> None:
    fund(alice.person_id, 100_00)
    before = wallet.app_figures.read()
    with RawSocket(wallet.app.address, client_token=new_token(), cookie=alice.cookie, path=SEND) as tab:
        _review(tab, bob, "25")
        tab.send(f"{SEND_PAGE}.send")
        tab.until("₹25.00 sent")
        assert wallet.app_figures.since(before)["wallet_open_tabs"] == 1
        tab.send(f"{SEND_PAGE}.finish")
        tab.listen(silence_s=0.3)
    with RawSocket(wallet.app.address, client_token=new_token(), cookie=alice.cookie, path=SEND) as tab:
        _review(tab, bob, "75")
        # It goes elsewhere between the look and the click.
        send_money(person_id=alice.person_id, payee_id=bob.person_id, amount_paise=50_00, note="", key=new_token())
        tab.send(f"{SEND_PAGE}.send")
        tab.until("dialog_error")
        tab.listen(silence_s=0.3)
        asked = ask_for_money(
            person_id=bob.person_id, payer_id=alice.person_id, amount_paise=5_00, note="", key=new_token()
        )
        tab.send(f"{REQUESTS_PAGE}.look_at", {"reference": asked.reference})
        tab.send(f"{REQUESTS_PAGE}.pay")
        tab.until("₹5.00 sent")
        tab.listen(silence_s=0.3)
    moved = wallet.app_figures.since(before)
    assert {name: value for name, value in moved.items() if name.startswith("wallet_sends_t")} == {
        'wallet_sends_total{result="done"}': 2,
        'wallet_sends_total{result="balance-insufficient"}': 1,
    }
    assert moved["wallet_send_seconds_count"] == 3
    # Nine were sent; each payment reads the balance anew, and each change the page.
    assert moved["wallet_event_seconds_count"] >= 9
    assert 0 < moved["wallet_event_seconds_sum"] < 60
    assert moved["wallet_pushes_total"] >= 2
    # Nobody says that a tab was closed; it is noticed.
    wallet.app_figures.until(lambda found: found["wallet_open_tabs"] == before["wallet_open_tabs"])


def _review(tab: RawSocket, payee: Person, rupees: str) -> None:
    tab.send(f"{SEND_PAGE}.open")
    tab.send(f"{SEND_PAGE}.pick", {"person_id": str(payee.person_id)})
    tab.listen(silence_s=0.5)
    tab.send(f"{SEND_PAGE}.review", {"fields": {"amount": rupees, "note": ""}})
    tab.until("review")


def test_what_a_server_does_not_know_it_does_not_tell(wallet: Wallet) -> None:
    """A webhook's 0 for an app's readiness would be an alert for ever, an app's 0 for disputes the lowest of all."""
    app, webhook = wallet.app_figures.read(), wallet.webhook_figures.read()
    of_the_books = {"wallet_open_drifts", "wallet_stuck_orders", "wallet_disputed_messages"}
    of_the_books |= {"wallet_audit_last_timestamp_seconds", "wallet_statement_last_timestamp_seconds"}
    of_the_books |= {"wallet_uncompared_since_timestamp_seconds", "wallet_audit_full_age_seconds"}
    assert "wallet_app_ready" in app
    assert "wallet_app_ready" not in webhook
    assert "wallet_webhook_ready" in webhook
    assert "wallet_webhook_ready" not in app
    assert not of_the_books & app.keys()
    assert of_the_books <= webhook.keys()


def test_pools_of_both_servers_have_their_size(wallet: Wallet) -> None:
    app, webhook = wallet.app_figures.read(), wallet.webhook_figures.read()
    for name in ("sessions", "functions"):
        for found in (app, webhook):
            assert found[f'wallet_pool_connections{{pool="{name}"}}'] == db.POOL_CONNECTIONS
            assert found[f'wallet_pool_waiting{{pool="{name}"}}'] == 0
    assert webhook['wallet_pool_connections{pool="settlement"}'] == db.ASYNC_POOL_CONNECTIONS


def test_sweep_and_reconciliation_beside_the_door(wallet: Wallet, alice: Person, bob: Person, fund: Fund) -> None:
    """An order grows old, a request expires, a message disagrees, and a paisa comes from nowhere."""
    fund(alice.person_id, 10_00)
    before = wallet.webhook_figures.read()
    request = ask_for_money(
        person_id=bob.person_id, payer_id=alice.person_id, amount_paise=1_00, note="", key=new_token()
    )
    stuck, disputed = add_onramp(bob.person_id, 7_00), add_onramp(bob.person_id, 8_00)
    assert wallet.webhook.call(message(disputed, 9_00), message_id=new_id()).status_code == 409
    with psycopg.connect(wallet.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE onramp SET created_at = created_at - interval '2 h', expires_at = expires_at - interval '2 h'"
            " WHERE reference = %s",
            [stuck],
        )
        connection.execute(
            "UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = %s AND kind = 'available'",
            [alice.person_id],
        )
        connection.execute(
            "UPDATE payment_request SET created_at = created_at - interval '8 d', expires_at = now()"
            " WHERE reference = %s",
            [request.reference],
        )
        (messages,) = connection.execute("SELECT max(id) FROM disputed_message").fetchone() or (0,)
    names = ("wallet_stuck_orders", "wallet_open_drifts", "wallet_sweep_ended_total")
    after = wallet.webhook_figures.until(
        lambda found: (
            found["wallet_disputed_messages"] == messages and all(found[name] == before[name] + 1 for name in names)
        )
    )
    done = 'wallet_sweep_runs_total{result="done"}'
    assert after[done] > before.get(done, 0)
    assert after["wallet_audit_last_timestamp_seconds"] > before["wallet_audit_last_timestamp_seconds"]
    assert after["wallet_sweep_last_timestamp_seconds"] > before["wallet_sweep_last_timestamp_seconds"]
