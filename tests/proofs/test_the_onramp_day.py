"""A day of orders over a bad rail: messages lost, doubled, late, reordered and tampered with, over a bad network.

In the evening the bank's books and ours agree to the paisa, and no order is stuck. In make prove it is the webhook's
own sweep that ends the orders whose message was lost, and late is later than that. In make test this process sweeps,
without the sweep's patience: once in the middle of the day, once in the evening.
"""

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest

from bank_simulator.faults import Choice
from bank_simulator.faults import Fault as DeliveryFault
from tests.at_once import at_once
from tests.bank_simulator.process import BankProcess
from tests.books import books_are_right
from tests.conftest import add_person
from tests.proofs.conftest import Proof
from tests.proofs.proxy import Fault, proxied
from tests.webhook.bank import PATH, SECRET
from tests.webhook.process import WebhookProcess, free_port
from wallet_core import bank_client
from wallet_core.banks import BANKS
from wallet_core.config import get_settings
from wallet_core.ids import new_token
from wallet_core.services import onramps
from wallet_core.services.reconciliation import reconcile
from wallet_core.views import StartedOnramp
from webhook.sweeping import SWEEP_EVERY_S

#: At least; and so many that nobody orders more often than a person may.
PEOPLE = 8
AT_ONCE = 16

#: Of a hundred orders: 20 whose message is lost, 30 doubled, the others late, out of order, tampered with, or declined.
CHOICES = {
    Choice.LOSE: 20,
    Choice.APPROVE_TWICE: 30,
    Choice.LATE: 10,
    Choice.OUT_OF_ORDER: 8,
    Choice.WRONG_AMOUNT: 5,
    Choice.WRONG_SIGNATURE: 5,
    Choice.OLD_TIMESTAMP: 5,
    Choice.DECLINE: 10,
    Choice.APPROVE: 7,
}

#: One connection of the bank in so many is cut in the middle of a message or of its answer.
CUT_ONE_IN = 5
CUT_BYTES = (1, 600)

#: How late a message is: behind some orders, and behind two rounds of the webhook's sweep.
LATE_S = 1.5
LATER_THAN_THE_SWEEP_S = onramps.SWEEP_AFTER_S + 2 * SWEEP_EVERY_S + 5

EVENING_S = 300


class Rail:
    """The bank and the webhook as processes, with a network between them; the services in this process know both."""

    def __init__(self, bank: BankProcess, webhook: WebhookProcess) -> None:
        self.bank = bank
        self.webhook = webhook

    def order(self, person_id: UUID, bank_code: str, amount_paise: int, choice: Choice) -> StartedOnramp:
        """Ordered, and decided on the bank's page."""
        order = onramps.start_onramp(
            person_id=person_id, bank_code=bank_code, amount_paise=amount_paise, key=new_token()
        )
        page = urlsplit(order.bank_page_url).path
        assert self.bank.http.post(page, data={"choice": choice.value}).status_code == 303
        return order

    def books(self, statement: str) -> list[tuple[str, int]]:
        """The bank's own, read from its file."""
        with closing(sqlite3.connect(f"file:{self.bank.database}?mode=ro", uri=True)) as file:
            return file.execute(statement).fetchall()

    def wait_for_evening(self, proof: Proof, messages: int) -> None:
        """Until the bank has nothing more to say."""
        deadline = time.monotonic() + EVENING_S
        while (waiting := self.books("SELECT '', count(*) FROM message WHERE state = 'waiting'")[0][1]) > 0:
            assert time.monotonic() < deadline, f"{waiting} messages still wait"
            proof.progress(messages - waiting, messages, "messages delivered or given up")
            time.sleep(0.05)

    def ended_by_its_own_sweep(self) -> int:
        """How many orders the webhook says that it ended, because it had asked the bank."""
        return sum(line["ended"] for line in self.webhook.log_lines() if line.get("event") == "sweep")

    def late_messages_after_the_end(self, superuser: psycopg.Connection) -> int:
        """How many late messages were first sent when their order had ended already, which only a sweep can have done.
        Both clocks are this machine's.
        """
        ended = superuser.execute(
            "SELECT reference, extract(epoch FROM settled_at) * 1000 FROM onramp WHERE settled_at IS NOT NULL"
        )
        ended_at_ms = dict(ended.fetchall())
        sent = self.books(
            "SELECT reference, min(started_at_ms) FROM attempt JOIN message USING (webhook_id) "
            f"JOIN payment USING (payment_id) WHERE message.fault = '{DeliveryFault.LATE}' GROUP BY reference"
        )
        return sum(ended_at_ms[reference] < sent_at_ms for reference, sent_at_ms in sent)


def _cuts(random: Random) -> Fault:
    if random.randrange(CUT_ONE_IN):
        return Fault()
    return random.choice(
        [Fault(cut_request_at_bytes=random.randint(*CUT_BYTES)), Fault(cut_answer_at_bytes=random.randint(*CUT_BYTES))]
    )


@pytest.fixture
def rail(proof: Proof, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rail]:
    webhook = WebhookProcess(database_url, free_port(), tmp_path)
    with proxied(free_port(), webhook.port, partial(_cuts, proof.random)) as proxy:
        late_s = LATER_THAN_THE_SWEEP_S if proof.full else LATE_S
        address = f"http://127.0.0.1:{proxy.listens}{PATH}"
        bank = BankProcess(tmp_path, address, BANK_WEBHOOK_SECRET=SECRET, BANK_LATE_S=str(late_s))
        try:
            # The bank first: the webhook's own sweep must know where to ask.
            bank.start()
            monkeypatch.setenv("WALLET_ENV", "development")
            monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", SECRET)
            monkeypatch.setenv("WALLET_BANK_URL", str(bank.http.base_url).rstrip("/"))
            if not proof.full:
                monkeypatch.setattr(onramps, "SWEEP_AFTER_S", 0)
            webhook.start()
            bank_client.close()
            get_settings.cache_clear()
            yield Rail(bank, webhook)
        finally:
            bank.stop()
            webhook.stop()
            bank_client.close()
            get_settings.cache_clear()


def _order_all(proof: Proof, rail: Rail, choices: list[Choice]) -> None:
    people = [
        add_person(f"Person {number}", f"+9198765{number:05}")
        for number in range(max(PEOPLE, math.ceil(len(choices) / onramps.MAX_ORDERS)))
    ]
    orders = [
        partial(
            rail.order,
            people[number % len(people)],
            proof.random.choice(list(BANKS)),
            proof.random.randint(1, 10_000_000),
            choice,
        )
        for number, choice in enumerate(choices)
    ]
    for start in range(0, len(orders), AT_ONCE):
        answers = at_once(orders[start : start + AT_ONCE])
        assert all(isinstance(answer, StartedOnramp) for answer in answers), answers
        proof.progress(start + len(answers), len(orders), "orders")


def _stuck(superuser: psycopg.Connection) -> int:
    row = superuser.execute("SELECT count(*) FROM onramp WHERE status = 'processing'").fetchone()
    assert row is not None
    return int(row[0])


def _wait_for_the_sweep(proof: Proof, superuser: psycopg.Connection) -> None:
    """Until the webhook has ended every order, or had the time for it twice over."""
    deadline = time.monotonic() + 2 * LATER_THAN_THE_SWEEP_S
    while (stuck := _stuck(superuser)) > 0 and time.monotonic() < deadline:
        proof.progress(0, stuck, "orders that wait for the sweep have ended")
        time.sleep(0.5)


@pytest.mark.promise(2)
def test_in_the_evening_the_books_of_both_sides_agree(proof: Proof, rail: Rail, superuser: psycopg.Connection) -> None:
    count = proof.size(small=60, full=1_000)
    choices = proof.random.choices(list(CHOICES), weights=list(CHOICES.values()), k=count)
    _order_all(proof, rail, choices)
    # Orders end here whose message is still on its way.
    swept = 0 if proof.full else onramps.sweep_onramps()
    (_, messages) = rail.books("SELECT '', count(*) FROM message")[0]
    rail.wait_for_evening(proof, messages)
    if proof.full:
        _wait_for_the_sweep(proof, superuser)
    else:
        swept += onramps.sweep_onramps()
    swept += rail.ended_by_its_own_sweep()
    late = rail.late_messages_after_the_end(superuser)
    theirs = dict(rail.books(f"SELECT reference, amount_paise FROM payment WHERE choice <> '{Choice.DECLINE}'"))
    ours = dict(
        superuser.execute("SELECT reference, amount_paise::bigint FROM transfer WHERE kind = 'onramp'").fetchall()
    )
    stuck = _stuck(superuser)
    (_, attempts) = rail.books("SELECT '', count(*) FROM attempt")[0]
    books = reconcile()
    proof.found(
        f"{count:,} orders through the simulator, its messages lost, doubled, late, reordered and tampered with, over "
        f"a network that cuts one connection in {CUT_ONE_IN}",
        orders_at_the_bank=count,
        lost=choices.count(Choice.LOSE),
        doubled=choices.count(Choice.APPROVE_TWICE),
        attempts_to_deliver=attempts,
        ended_by_the_sweep=swept,
        late_messages_after_the_sweep=late,
        approved_paise=sum(theirs.values()),
        credited_paise=sum(ours.values()),
        orders_that_differ=len(theirs.items() ^ ours.items()),
        stuck=stuck,
    )
    assert ours == theirs
    assert stuck == 0
    assert late > 0 or not proof.full, "no message came after the sweep had ended its order"
    assert swept >= late
    assert (books.sum_of_books_paise, books.differences) == (0, [])
    books_are_right(superuser)
