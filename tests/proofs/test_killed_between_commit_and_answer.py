"""The worst moment to die: the credit is on disk, and nobody has heard of it. The repetition finds it."""

import asyncio
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.books import books_are_right
from tests.proofs.bank import AMOUNT_PAISE, add_orders, balance_is_right
from tests.proofs.conftest import Proof
from tests.proofs.proxy import Proxy, proxied
from tests.proofs.raw_http import NO_ANSWER, ask_once, request, running
from tests.webhook.bank import encode, message, new_id, signed_headers
from tests.webhook.books import credited_references
from tests.webhook.process import WebhookProcess
from wallet_core.embedded_postgres import SOCKET_NAME

WAIT_S = 10


@pytest.mark.promise(1)
def test_killed_between_commit_and_answer_the_repetition_is_a_duplicate(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    kills = proof.size(small=1, full=20)
    orders = add_orders(superuser, alice, kills)
    committed_unheard, duplicates = 0, 0
    folder = tmp_path / "s"
    folder.mkdir()
    folder.chmod(0o755)
    server_socket = Path(parse_qs(urlsplit(database_url).query)["host"][0]) / SOCKET_NAME
    through = f"postgresql://postgres@{urlsplit(database_url).path}?host={folder}"
    with proxied(folder / SOCKET_NAME, server_socket) as proxy, running(through, tmp_path) as webhook:
        for number, reference in enumerate(orders):
            _wait_until_ready(webhook)
            answer = asyncio.run(_commit_and_kill(webhook, proxy, database_url, reference))
            committed_unheard += answer == NO_ANSWER and proxy.held_bytes > 0
            proxy.let_go()
            webhook.start()
            _wait_until_ready(webhook)
            repeated = webhook.call(message(reference, AMOUNT_PAISE))
            duplicates += repeated.status_code == 200 and repeated.json() == {"outcome": "duplicate"}
            proof.progress(number + 1, kills, "kills")
    proof.found(
        f"{kills} times the database's word of a commit held back, the webhook killed, the message repeated",
        committed_and_unheard=committed_unheard,
        repetitions_that_were_duplicates=duplicates,
        credits=len(credited_references(database_url)),
    )
    assert committed_unheard == duplicates == kills
    assert sorted(credited_references(database_url)) == sorted(orders)
    assert balance_is_right(database_url, alice, kills)
    books_are_right(superuser)


async def _commit_and_kill(webhook: WebhookProcess, proxy: Proxy, database_url: str, reference: str) -> int:
    """What the bank heard of a message whose credit was on disk when the webhook died."""
    body = encode(message(reference, AMOUNT_PAISE))
    proxy.hold()
    asking = asyncio.create_task(ask_once(webhook.port, request(body, signed_headers(body, message_id=new_id()))))
    deadline = time.monotonic() + WAIT_S
    while reference not in credited_references(database_url):
        assert time.monotonic() < deadline, "never committed"
        await asyncio.sleep(0.01)
    assert not asking.done(), "answered, though the database's word was held back"
    webhook.kill()
    return await asking


def _wait_until_ready(webhook: WebhookProcess) -> None:
    deadline = time.monotonic() + WAIT_S
    while httpx.get(webhook.address + "/readyz").status_code != 200:
        assert time.monotonic() < deadline, "not ready"
        time.sleep(0.02)
