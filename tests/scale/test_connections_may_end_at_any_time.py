"""A pooler closes connections when it likes, and passes on the last words of a database that goes."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.books import books_are_right
from tests.conftest import add_onramp
from tests.scale.conftest import Person
from tests.scale.machines import EACH, Machines
from tests.webhook.bank import message, new_id
from wallet_core import db
from wallet_core.errors import DatabaseUnavailable
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

CREDITS = 120
AT_ONCE = 8
AMOUNT_PAISE = 10_00

#: The database comes back at once each time. On a slow machine the next end often comes before the work is done.
SUCCEEDS_WITHIN_S = 120

#: How often all connections are ended while the money moves.
ENDED_EVERY_S = 0.1

_END_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'wallet-listener'
"""


def test_credits_and_payments_happen_once_while_connections_end(
    machines: Machines, alice: Person, charlie: Person
) -> None:
    references = [add_onramp(alice.person_id, AMOUNT_PAISE) for _ in range(CREDITS)]
    statuses: set[int] = set()

    def credit_and_pay(number: int) -> None:
        reference, message_id, key = references[number], new_id(), new_token()
        webhook = machines.webhooks[number % EACH]

        def credit() -> bool:
            answer = webhook.call(message(reference, AMOUNT_PAISE), message_id=message_id)
            statuses.add(answer.status_code)
            return answer.status_code == 200

        def pay() -> bool:
            try:
                send_money(
                    person_id=alice.person_id, payee_id=charlie.person_id, amount_paise=AMOUNT_PAISE, note="", key=key
                )
            except DatabaseUnavailable:
                return False
            return True

        _until_it_succeeds(credit)
        _until_it_succeeds(pay)

    with psycopg.connect(machines.direct_url, autocommit=True) as connection:
        with _ending_connections(connection), ThreadPoolExecutor(AT_ONCE) as clients:
            list(clients.map(credit_and_pay, range(CREDITS)))
        assert statuses <= {200, 503}
        books_are_right(connection)
        balance = connection.execute(
            "SELECT balance_paise FROM account WHERE person_id = %s AND kind = 'available'", [charlie.person_id]
        ).fetchone()
    assert balance == (CREDITS * AMOUNT_PAISE,)


def test_the_last_words_of_a_dying_server_are_no_fault_of_what_was_asked() -> None:
    """What psycopg makes of them when a pooler passes them on, as an answer to the beginning of a transaction."""
    assert db.is_database_away(psycopg.InternalError("received 2 results from command 'BEGIN'"))
    assert not db.is_database_away(psycopg.errors.DivisionByZero("division by zero"))


def _until_it_succeeds(call: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + SUCCEEDS_WITHIN_S
    while not call():
        assert time.monotonic() < deadline_s, "it never succeeded"


class _ending_connections:  # noqa: N801 - read as a context
    """While it lasts, every connection of the wallet is ended again and again."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._end)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _end(self) -> None:
        while not self._over.wait(ENDED_EVERY_S):
            self._connection.execute(_END_ALL)
