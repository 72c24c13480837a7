"""A message is good for five minutes, to the second; and a secret as long as it is active."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.books import books_are_right
from tests.proofs.bank import AMOUNT_PAISE, add_orders, balance_is_right
from tests.proofs.conftest import Proof
from tests.proofs.raw_http import running
from tests.webhook.bank import FOREIGN_SECRET, SECOND_SECRET, SECRET, encode, message, signed_headers
from tests.webhook.books import credited_references
from tests.webhook.process import WebhookProcess, free_port

#: Seconds from now to what a message says of itself, and the answer.
EXPECTED = {-301: 401, -300: 200, -299: 200, 0: 200, 299: 200, 300: 200, 301: 401}

SECRETS = (SECRET, SECOND_SECRET, FOREIGN_SECRET)


@pytest.mark.promise(1)
def test_a_message_is_fresh_for_300_seconds_and_not_for_301(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    rounds = proof.size(small=1, full=10)
    wrong: list[tuple[int, int]] = []
    expected_of: dict[str, int] = {}
    with running(database_url, tmp_path) as webhook:
        for number in range(rounds):
            for age_s, expected in EXPECTED.items():
                reference, status = _call_within_one_second(webhook, partial(add_orders, superuser, alice, 1), age_s)
                expected_of[reference] = expected
                if status != expected:
                    wrong.append((age_s, status))
            proof.progress(number + 1, rounds, "rounds")
    proof.found(
        f"{rounds} times messages of {', '.join(f'{age_s:+d}' for age_s in EXPECTED)} s", wrong_answers=len(wrong)
    )
    assert wrong == []
    credited = set(credited_references(database_url))
    assert credited & expected_of.keys() == {order for order, expected in expected_of.items() if expected == 200}
    books_are_right(superuser)


def _call_within_one_second(webhook: WebhookProcess, add_order: Callable[[], list[str]], age_s: int) -> tuple[str, int]:
    """The order and the answer to a message whose age is the same when it is signed and when it is answered."""
    while True:
        # Each try has an order of its own: the second may turn before the webhook looks at its clock, and rightly so.
        (reference,) = add_order()
        second = int(time.time())
        status = webhook.call(message(reference, AMOUNT_PAISE), timestamp=second + age_s).status_code
        if int(time.time()) == second:
            return reference, status


@pytest.mark.promise(1)
def test_a_rotated_secret_counts_and_a_retired_one_does_not(
    proof: Proof, database_url: str, tmp_path: Path, superuser: psycopg.Connection, alice: UUID
) -> None:
    """The rotation of docs/operating.md: the old one alone, both, the new one alone."""
    stages = {SECRET: {SECRET}, f"{SECRET},{SECOND_SECRET}": {SECRET, SECOND_SECRET}, SECOND_SECRET: {SECOND_SECRET}}
    each = proof.size(small=5, full=200)
    wrong, credited, sent = 0, 0, 0
    first_delivery: tuple[bytes, dict[str, str]] | None = None
    webhook = WebhookProcess(database_url, free_port(), tmp_path)
    for configured, active in stages.items():
        webhook.start({"WALLET_BANK_WEBHOOK_SECRETS": configured})
        for secret in SECRETS:
            for reference in add_orders(superuser, alice, each):
                status = webhook.call(message(reference, AMOUNT_PAISE), secret=secret).status_code
                wrong += status != (200 if secret in active else 401)
                credited += secret in active
                sent += 1
                proof.progress(sent, len(stages) * len(SECRETS) * each, "messages")
        if first_delivery is None:
            # Of the time before the rotation, delivered again after it under the new secret.
            (reference,) = add_orders(superuser, alice, 1)
            body = encode(message(reference, AMOUNT_PAISE))
            first_delivery = body, signed_headers(body)
            wrong += webhook.call(body).status_code != 200
            credited += 1
        webhook.stop()
    webhook.start({"WALLET_BANK_WEBHOOK_SECRETS": SECOND_SECRET})
    repeated = webhook.call(first_delivery[0], secret=SECOND_SECRET)
    webhook.stop()
    proof.found(
        f"{each} messages under each of three secrets, before, during and after a rotation",
        wrong_answers=wrong,
        credits=credited,
    )
    assert wrong == 0
    assert repeated.json() == {"outcome": "duplicate"}
    assert balance_is_right(database_url, alice, credited)
    books_are_right(superuser)
