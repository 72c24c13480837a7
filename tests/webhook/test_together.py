"""Many messages at once, distinct or not: one credit for one order."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx

from tests.conftest import add_onramp
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import Books, credited_references, read_books
from tests.webhook.process import WebhookProcess, free_port

CONNECTIONS = 64


def send_all(webhook: WebhookProcess, requests: list[tuple[dict[str, Any], str]]) -> list[httpx.Response]:
    """Sends pairs of message and message id over many connections at once; the answers in the same order."""

    async def run() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=CONNECTIONS)
        async with httpx.AsyncClient(limits=limits, timeout=20) as client:

            async def send(content: dict[str, Any], message_id: str) -> httpx.Response:
                body = encode(content)
                headers = signed_headers(body, message_id=message_id)
                return await client.post(webhook.url, content=body, headers=headers)

            return list(await asyncio.gather(*(send(*request) for request in requests)))

    return asyncio.run(run())


def _outcomes(answers: list[httpx.Response]) -> Counter[str]:
    assert {answered.status_code for answered in answers} == {200}
    return Counter(answered.json()["outcome"] for answered in answers)


def test_one_order_under_50_message_ids_is_one_credit(webhook: WebhookProcess, database_url: str, alice: UUID) -> None:
    reference = add_onramp(alice, 50_050)
    answers = send_all(webhook, [(message(reference), new_id()) for _ in range(50)])
    assert _outcomes(answers) == {"credited": 1, "duplicate": 49}
    assert read_books(database_url, alice) == Books(50_050, 1, 50_050, 0)


def test_200_concurrent_duplicates_are_one_credit(webhook: WebhookProcess, database_url: str, alice: UUID) -> None:
    reference, message_id = add_onramp(alice, 50_050), new_id()
    answers = send_all(webhook, [(message(reference), message_id)] * 200)
    assert _outcomes(answers) == {"credited": 1, "duplicate": 199}
    assert read_books(database_url, alice) == Books(50_050, 1, 50_050, 0)


def test_distinct_and_repeated_orders_of_two_people_are_each_credited_once(
    webhook: WebhookProcess, database_url: str, alice: UUID, bob: UUID
) -> None:
    orders = {add_onramp(person_id, amount): amount for amount in range(1, 51) for person_id in (alice, bob)}
    requests = [(message(reference, amount), new_id()) for reference, amount in orders.items() for _ in range(4)]
    requests = requests[::3] + requests[1::3] + requests[2::3]
    assert _outcomes(send_all(webhook, requests)) == {"credited": 100, "duplicate": 300}
    assert sorted(credited_references(database_url)) == sorted(orders)
    total_paise = sum(range(1, 51))
    for person_id in (alice, bob):
        assert read_books(database_url, person_id) == Books(total_paise, 50, total_paise, 0)


def test_a_disagreeing_message_harms_nobody_who_is_settled_with_it(
    webhook: WebhookProcess, database_url: str, alice: UUID
) -> None:
    orders = [add_onramp(alice, 100) for _ in range(30)]
    requests = [(message(reference, 100), new_id()) for reference in orders]
    requests += [(message(reference, 99), new_id()) for reference in orders[:10]]
    requests += [(message("A-NONEOFOURS0000", 100), new_id()) for _ in range(10)]
    statuses = Counter(answered.status_code for answered in send_all(webhook, requests))
    assert statuses == {200: 30, 409: 20}
    assert read_books(database_url, alice) == Books(3_000, 30, 3_000, 20)


def test_two_processes_credit_once_as_well(webhook: WebhookProcess, database_url: str, alice: UUID) -> None:
    second = WebhookProcess(database_url, free_port(), webhook.log_path.parent)
    second.start()
    try:
        orders = [add_onramp(alice, 100) for _ in range(40)]
        requests = [(message(reference, 100), new_id()) for reference in orders]

        async def both() -> list[list[httpx.Response]]:
            return list(
                await asyncio.gather(*(asyncio.to_thread(send_all, one, requests) for one in (webhook, second)))
            )

        answers = [answered for one in asyncio.run(both()) for answered in one]
    finally:
        second.stop()
    assert _outcomes(answers) == {"credited": 40, "duplicate": 40}
    assert read_books(database_url, alice) == Books(4_000, 40, 4_000, 0)
