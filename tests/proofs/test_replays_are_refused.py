"""A message is good for five minutes, to the second; and a secret as long as it is active."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
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
    """About new orders, and about one that was credited already: that it was is nothing that a replay may learn."""
    rounds = proof.size(small=1, full=10)
    wrong: list[tuple[int, int]] = []
    wrong_replays: list[tuple[int, int, str]] = []
    expected_of: dict[str, int] = {}
    with running(database_url, tmp_path) as webhook:
        for number in range(rounds):
            (credited_before,) = add_orders(superuser, alice, 1)
            expected_of[credited_before] = webhook.call(message(credited_before, AMOUNT_PAISE)).status_code
            for age_s, expected in EXPECTED.items():
                reference, fresh = _call_within_one_second(webhook, partial(_new_order, superuser, alice), age_s)
                expected_of[reference] = expected
                if fresh.status_code != expected:
                    wrong.append((age_s, fresh.status_code))
                _, replayed = _call_within_one_second(webhook, lambda: credited_before, age_s)  # noqa: B023
                if (replayed.status_code, "duplicate" in replayed.text) != (expected, expected == 200):
                    wrong_replays.append((age_s, replayed.status_code, replayed.text))
            proof.progress(number + 1, rounds, "rounds")
    references = credited_references(database_url)
    proof.found(
        f"{rounds} times messages of {', '.join(f'{age_s:+d}' for age_s in EXPECTED)} s, of new orders and of a "
        "credited one",
        wrong_answers=len(wrong),
        wrong_answers_about_credited_orders=len(wrong_replays),
        second_credits=len(references) - len(set(references)),
    )
    assert (wrong, wrong_replays) == ([], [])
    assert len(references) == len(set(references))
    assert set(references) & expected_of.keys() == {order for order, expected in expected_of.items() if expected == 200}
    books_are_right(superuser)


def _new_order(superuser: psycopg.Connection, person_id: UUID) -> str:
    (reference,) = add_orders(superuser, person_id, 1)
    return reference


def _call_within_one_second(
    webhook: WebhookProcess, order: Callable[[], str], age_s: int
) -> tuple[str, httpx.Response]:
    """The order and the answer to a message whose age is the same when it is signed and when it is answered."""
    while True:
        # Each try asks for its order: the second may turn before the webhook looks at its clock, and rightly so.
        reference = order()
        second = int(time.time())
        answer = webhook.call(message(reference, AMOUNT_PAISE), timestamp=second + age_s)
        if int(time.time()) == second:
            return reference, answer


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
