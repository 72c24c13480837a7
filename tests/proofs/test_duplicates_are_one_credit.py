"""However often and under however many names the bank says it: one order, one credit."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.at_once import rows_locked, wait_for_waiting
from tests.books import books_are_right
from tests.proofs.bank import AMOUNT_PAISE, add_orders, balance_is_right
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import Line, request, running
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import read_books

#: To each of the webhooks, which have a transaction each on its way: what is said twice truly meets in the database.
CONNECTIONS = 32
WEBHOOKS = 2

ORDERS = "SELECT 1 FROM onramp FOR UPDATE"


class Doors:
    """Two webhooks at one database, to which the same is said at once."""

    def __init__(self, proof: Proof, database_url: str, ports: list[int]) -> None:
        self._proof = proof
        self._database_url = database_url
        self._ports = ports

    def say(self, requests: list[bytes]) -> Counter[int]:
        """Everything to both, in two orders; how often each status was the answer. No order is free before both have a
        transaction that waits for some.
        """
        with ThreadPoolExecutor(1) as aside:
            with rows_locked(self._database_url, ORDERS, []):
                answers = aside.submit(asyncio.run, self._say(requests))
                wait_for_waiting(self._database_url, WEBHOOKS)
            return answers.result()

    async def _say(self, requests: list[bytes]) -> Counter[int]:
        answers: Counter[int] = Counter()

        async def send(port: int, waiting: list[bytes]) -> None:
            line = Line(port)
            while waiting:
                answers[await line.ask(waiting.pop())] += 1
                self._proof.progress(answers.total(), WEBHOOKS * len(requests), "messages")
            await line.close()

        orders = [(port, self._proof.random.sample(requests, len(requests))) for port in self._ports]
        await asyncio.gather(*(send(*order) for order in orders for _ in range(CONNECTIONS)))
        return answers


@pytest.fixture
def doors(proof: Proof, database_url: str, tmp_path: Path) -> Iterator[Doors]:
    with ExitStack() as opened:
        ports = []
        for number in range(WEBHOOKS):
            folder = tmp_path / str(number)
            folder.mkdir()
            ports.append(opened.enter_context(running(database_url, folder)).port)
        yield Doors(proof, database_url, ports)


def _signed(reference: str, message_id: str, amount_paise: int = AMOUNT_PAISE) -> bytes:
    body = encode(message(reference, amount_paise))
    return request(body, signed_headers(body, message_id=message_id))


@pytest.mark.promise(1)
def test_concurrent_duplicates_of_a_message_are_one_credit(
    proof: Proof, doors: Doors, database_url: str, superuser: psycopg.Connection, alice: UUID
) -> None:
    messages, duplicates = proof.size(small=10, full=100), proof.size(small=500, full=10_000)
    orders = add_orders(superuser, alice, messages)
    requests = [_signed(reference, new_id()) for reference in orders] * (duplicates // messages // WEBHOOKS)
    answers = doors.say(requests)
    books = read_books(database_url, alice)
    proof.found(
        f"{duplicates:,} concurrent duplicates of {messages} messages, at {WEBHOOKS} webhooks over {CONNECTIONS} "
        "connections each",
        credits=books.credits,
        answers_200=answers[200],
        other_answers=sum(answers.values()) - answers[200],
    )
    assert balance_is_right(database_url, alice, messages)
    assert answers == {200: duplicates}
    books_are_right(superuser)


@pytest.mark.promise(1)
def test_one_order_under_many_message_ids_is_one_credit(
    proof: Proof, doors: Doors, database_url: str, superuser: psycopg.Connection, alice: UUID
) -> None:
    orders, ids = proof.size(small=3, full=100), 50
    references = add_orders(superuser, alice, orders)
    answers = doors.say([_signed(reference, new_id()) for reference in references for _ in range(ids)])
    proof.found(
        f"{orders} orders, each under {ids} message ids at once, at {WEBHOOKS} webhooks",
        credits=read_books(database_url, alice).credits,
        other_answers=sum(answers.values()) - answers[200],
    )
    assert balance_is_right(database_url, alice, orders)
    assert answers == {200: WEBHOOKS * orders * ids}
    books_are_right(superuser)


@pytest.mark.promise(1)
def test_a_message_id_with_another_body_moves_only_what_that_body_may(
    proof: Proof, doors: Doors, database_url: str, superuser: psycopg.Connection, alice: UUID
) -> None:
    """The id names a delivery and decides nothing: the order does. Another amount is disputed, another order judged."""
    ids = proof.size(small=20, full=1_000)
    first, second = add_orders(superuser, alice, ids), add_orders(superuser, alice, ids)
    message_ids = [new_id() for _ in range(ids)]
    named = list(zip(message_ids, first, second, strict=True))
    firsts = doors.say([_signed(order, name) for name, order, _ in named])
    after_first = read_books(database_url, alice)
    changed = doors.say([_signed(order, name, AMOUNT_PAISE + 1) for name, order, _ in named])
    after_changed = read_books(database_url, alice)
    others = doors.say([_signed(order, name) for name, _, order in named])
    proof.found(
        f"{ids:,} message ids, each with its body, then with another amount, then with another order, at {WEBHOOKS} "
        "webhooks",
        credits_after_the_first=after_first.credits,
        credits_by_another_amount=after_changed.credits - after_first.credits,
        disputed=after_changed.disputes,
        credits_of_the_other_orders=read_books(database_url, alice).credits - after_changed.credits,
    )
    each = WEBHOOKS * ids
    assert (firsts, changed, others) == ({200: each}, {409: each}, {200: each})
    assert (after_first.credits, after_changed.credits, after_changed.disputes) == (ids, ids, ids)
    assert balance_is_right(database_url, alice, 2 * ids)
    books_are_right(superuser)
