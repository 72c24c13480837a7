"""However often and under however many names the bank says it: one order, one credit."""

import asyncio
from collections import Counter
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.proofs.bank import AMOUNT_PAISE, add_orders, balance_is_right
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import Line, request, running
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import read_books

CONNECTIONS = 64


async def _send_all(port: int, requests: list[bytes]) -> Counter[int]:
    """Over many connections at once; how often each status was the answer."""
    answers: Counter[int] = Counter()
    waiting = list(reversed(requests))

    async def send() -> None:
        line = Line(port)
        while waiting:
            answers[await line.ask(waiting.pop())] += 1
        await line.close()

    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return answers


def _signed(reference: str, message_id: str, amount_paise: int = AMOUNT_PAISE) -> bytes:
    body = encode(message(reference, amount_paise))
    return request(body, signed_headers(body, message_id=message_id))


@pytest.mark.promise(1)
def test_concurrent_duplicates_of_a_message_are_one_credit(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    messages, duplicates = proof.size(small=10, full=100), proof.size(small=500, full=10_000)
    orders = add_orders(superuser, alice, messages)
    requests = [_signed(reference, new_id()) for reference in orders] * (duplicates // messages)
    proof.random.shuffle(requests)
    with running(database_url, tmp_path) as webhook:
        answers = asyncio.run(_send_all(webhook.port, requests))
    books = read_books(database_url, alice)
    proof.found(
        f"{len(requests):,} concurrent duplicates of {messages} messages over {CONNECTIONS} connections",
        credits=books.credits,
        answers_200=answers[200],
        other_answers=sum(answers.values()) - answers[200],
    )
    assert balance_is_right(database_url, alice, messages)
    assert answers == {200: len(requests)}
    books_are_right(superuser)


@pytest.mark.promise(1)
def test_one_order_under_many_message_ids_is_one_credit(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    orders, ids = proof.size(small=3, full=100), 50
    references = add_orders(superuser, alice, orders)
    requests = [_signed(reference, new_id()) for reference in references for _ in range(ids)]
    proof.random.shuffle(requests)
    with running(database_url, tmp_path) as webhook:
        answers = asyncio.run(_send_all(webhook.port, requests))
    proof.found(
        f"{orders} orders, each under {ids} message ids at once",
        credits=read_books(database_url, alice).credits,
        other_answers=sum(answers.values()) - answers[200],
    )
    assert balance_is_right(database_url, alice, orders)
    assert answers == {200: orders * ids}
    books_are_right(superuser)


@pytest.mark.promise(1)
def test_a_message_id_with_another_body_moves_only_what_that_body_may(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    """The id names a delivery and decides nothing: the order does. Another amount is disputed, another order judged."""
    ids = proof.size(small=20, full=1_000)
    first, second = add_orders(superuser, alice, ids), add_orders(superuser, alice, ids)
    message_ids = [new_id() for _ in range(ids)]
    named = list(zip(message_ids, first, second, strict=True))
    with running(database_url, tmp_path) as webhook:
        firsts = asyncio.run(_send_all(webhook.port, [_signed(order, name) for name, order, _ in named]))
        after_first = read_books(database_url, alice)
        changed = asyncio.run(
            _send_all(webhook.port, [_signed(order, name, AMOUNT_PAISE + 1) for name, order, _ in named])
        )
        after_changed = read_books(database_url, alice)
        others = asyncio.run(_send_all(webhook.port, [_signed(order, name) for name, _, order in named]))
    proof.found(
        f"{ids:,} message ids, each with its body, then with another amount, then with another order",
        credits_after_the_first=after_first.credits,
        credits_by_another_amount=after_changed.credits - after_first.credits,
        disputed=after_changed.disputes,
        credits_of_the_other_orders=read_books(database_url, alice).credits - after_changed.credits,
    )
    assert (firsts, changed, others) == ({200: ids}, {409: ids}, {200: ids})
    assert (after_first.credits, after_changed.credits, after_changed.disputes) == (ids, ids, ids)
    assert balance_is_right(database_url, alice, 2 * ids)
    books_are_right(superuser)
