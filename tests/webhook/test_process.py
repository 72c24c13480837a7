"""The process as operators meet it: starting, refusing to start, health, log, stopping."""

import asyncio
import socket
import statistics
import threading
import time
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.conftest import add_onramp
from tests.webhook.bank import FOREIGN_SECRET, SECOND_SECRET, SECRET, encode, message, new_id, signed_headers
from tests.webhook.books import credited_references
from tests.webhook.process import WebhookProcess, free_port
from tests.webhook.test_together import send_all

#: Nobody listens there, and nobody may without being root.
DEAD_DATABASE = "postgresql://nobody@127.0.0.1:1/none"


def test_a_port_in_use_is_one_sentence_and_exit_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        webhook = WebhookProcess(DEAD_DATABASE, taken.getsockname()[1], tmp_path)
        assert webhook.spawn().wait(timeout=20) == 1
    (sentence,) = webhook.log_path.read_text().splitlines()
    assert sentence.startswith(f"Port {webhook.port} is in use: ")
    assert "WALLET_WEBHOOK_PORT" in sentence


@pytest.mark.parametrize(
    ("variable", "value"), [("WALLET_BANK_WEBHOOK_SECRETS", "whsec_short"), ("WALLET_WEBHOOK_PORT", "eighty")]
)
def test_a_wrong_setting_is_one_sentence_and_exit_status_1(tmp_path: Path, variable: str, value: str) -> None:
    webhook = WebhookProcess(DEAD_DATABASE, free_port(), tmp_path)
    assert webhook.spawn({variable: value}).wait(timeout=20) == 1
    (sentence,) = webhook.log_path.read_text().splitlines()
    assert variable in sentence
    assert value not in sentence


def test_without_a_database_it_serves_and_says_so(tmp_path: Path) -> None:
    webhook = WebhookProcess(DEAD_DATABASE, free_port(), tmp_path)
    webhook.start()
    try:
        assert httpx.get(webhook.address + "/healthz").json() == {"status": "alive"}
        started = time.monotonic()
        not_ready = httpx.get(webhook.address + "/readyz")
        assert time.monotonic() - started < 2
        assert (not_ready.status_code, not_ready.json()) == (503, {"status": "unavailable", "missing": ["database"]})
        # Who did not sign, and who signed nonsense, is refused all the same, and at once: no database is asked.
        started = time.monotonic()
        assert webhook.call(message(), secret=FOREIGN_SECRET).status_code == 401
        assert webhook.call(b"nonsense").status_code == 422
        assert time.monotonic() - started < 1
        unavailable = webhook.call(message())
        assert (unavailable.status_code, unavailable.headers["retry-after"]) == (503, "2")
    finally:
        assert webhook.terminate() == 0
    assert not [line for line in webhook.log_lines() if "traceback" in line]


def test_health_with_a_database(webhook: WebhookProcess) -> None:
    ready = httpx.get(webhook.address + "/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert httpx.head(webhook.address + "/healthz").status_code == 200


def test_the_log_tells_of_every_request_and_no_secrets(webhook: WebhookProcess, alice: UUID) -> None:
    reference, message_id = add_onramp(alice, 100), new_id()
    body = encode(message(reference, 100, memo="planted-in-the-body"))
    headers = signed_headers(body, message_id=message_id)
    planted = {**headers, "authorization": "planted-in-a-header", "cookie": "planted-in-a-cookie"}
    address = webhook.url + "?token=planted-in-the-query"
    assert httpx.post(address, content=body, headers=planted).status_code == 200
    forged = {**planted, "webhook-id": "planted-in-an-id"}
    assert httpx.post(address, content=body, headers=forged).status_code == 401
    httpx.get(webhook.address + "/planted-in-the-path")
    (settled,) = [line for line in webhook.log_lines() if line["event"] == "settled"]
    ((*said, request_id),) = settled["messages"]
    assert said == [message_id, reference, "credited"]
    refused, not_found = [line for line in webhook.log_lines() if line["event"] == "request"]
    assert refused["duration_us"] > 0
    assert len({request_id, refused["request_id"], not_found["request_id"]}) == 3, "a request id is one call's"
    assert (refused["status"], refused["cause"], not_found["status"]) == (401, "mismatch", 404)
    text = webhook.log_path.read_text()
    for secret in (SECRET, SECOND_SECRET, headers["webhook-signature"].removeprefix("v1,"), "planted"):
        assert secret.removeprefix("whsec_") not in text


def test_sigterm_answers_who_waits_and_ends_with_status_0(
    webhook: WebhookProcess, database_url: str, alice: UUID
) -> None:
    orders = [add_onramp(alice, 100) for _ in range(300)]
    acknowledged: list[str] = []
    refused = 0

    def send() -> None:
        nonlocal refused
        for start in range(0, len(orders), 20):
            part = orders[start : start + 20]
            try:
                answers = send_all(webhook, [(message(reference, 100), new_id()) for reference in part])
            except httpx.TransportError:
                refused += 1
                continue
            acknowledged.extend(
                reference for reference, answered in zip(part, answers, strict=True) if answered.status_code == 200
            )

    sender = threading.Thread(target=send)
    sender.start()
    while len(acknowledged) < 40:
        time.sleep(0.005)
    assert webhook.terminate() == 0
    sender.join()
    assert refused > 0, "stopped too late to prove anything"
    assert set(acknowledged) <= set(credited_references(database_url))
    assert webhook.log_lines()[-1]["event"] == "stopped"


def test_answers_do_not_wait_for_acknowledgements(webhook: WebhookProcess) -> None:
    """Without TCP_NODELAY the second packet of each answer comes some 40 ms late."""
    with httpx.Client() as client:
        body = encode(message())
        headers = {**signed_headers(body), "webhook-id": "msg_forged"}
        elapsed_ms = [
            client.post(webhook.url, content=body, headers=headers).elapsed.total_seconds() * 1000 for _ in range(40)
        ]
    assert statistics.median(elapsed_ms) < 20


def test_a_flood_of_slow_bodies_leaves_room_for_the_bank(webhook: WebhookProcess, alice: UUID) -> None:
    reference = add_onramp(alice, 100)
    head = b"POST /webhooks/bank HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"

    async def run() -> httpx.Response:
        opened = [await asyncio.open_connection("127.0.0.1", webhook.port) for _ in range(300)]
        for _, writer in opened:
            writer.write(head)
        answered = await asyncio.to_thread(webhook.call, message(reference, 100))
        for _, writer in opened:
            writer.close()
        return answered

    answered = asyncio.run(run())
    assert (answered.status_code, answered.elapsed.total_seconds() < 2) == (200, True)
