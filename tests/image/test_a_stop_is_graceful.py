"""Stopped as Compose stops it: in time, with a good status, and what was acknowledged is on disk."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.conftest import add_onramp, add_person
from tests.image.wallet import Wallet
from tests.webhook.bank import PATH, encode, message, signed_headers
from wallet_core import db

#: What a stop may need of the time it is given.
STOP_S = 20

#: Ended by itself, or by the signal.
GOOD = (0, 143)

CREDITS = 400
CLIENTS = 8
AMOUNT_PAISE = 1_00

#: The bank says again what failed, this much later, and not for ever.
SERVER_ERROR = 500
RETRY_S = 0.1
PATIENCE_S = 30


@pytest.mark.parametrize("service", ["app-2", "webhook-2", "bank"])
def test_in_time_and_without_an_error(wallet: Wallet, service: str) -> None:
    took_s, status = wallet.stop(service)
    assert status in GOOD, wallet.logs(service)
    assert took_s < STOP_S
    assert "Traceback" not in wallet.logs(service)
    wallet.start_again(service)


def test_nothing_acknowledged_is_lost_and_nothing_is_credited_twice(wallet: Wallet, client: httpx.Client) -> None:
    db.configure(wallet.database_url())
    secret = wallet.bank_secret()
    try:
        person = add_person("Bob Verma", "+919000000002")
        orders = [add_onramp(person, AMOUNT_PAISE) for _ in range(CREDITS)]
        started = threading.Event()

        def say(reference: str) -> list[int]:
            """Until it is acknowledged, as a bank does. Answers every status."""
            body, answers = encode(message(reference, AMOUNT_PAISE)), []
            deadline = time.monotonic() + PATIENCE_S
            while not answers or answers[-1] >= SERVER_ERROR:
                answer = client.post(PATH, content=body, headers=signed_headers(body, secret=secret))
                answers.append(answer.status_code)
                if answer.status_code >= SERVER_ERROR:
                    assert time.monotonic() < deadline, (answers, answer.headers, answer.text)
                    time.sleep(RETRY_S)
                started.set()
            return answers

        with ThreadPoolExecutor(CLIENTS) as pool:
            said = [pool.submit(say, reference) for reference in orders]
            started.wait(30)
            took_s, status = wallet.stop("webhook-1")
            wallet.start_again("webhook-1")
            answers = [each.result() for each in said]
        assert {each[-1] for each in answers} == {200}
        print("answers", Counter(status for each in answers for status in each))
        assert status in GOOD
        assert took_s < STOP_S
        with psycopg.connect(wallet.database_url()) as connection:
            rows = connection.execute(
                "SELECT count(*), count(DISTINCT t.reference) FROM transfer t"
                " JOIN onramp o ON o.reference = t.reference WHERE o.person_id = %s",
                [person],
            ).fetchone()
        assert rows == (CREDITS, CREDITS)
    finally:
        db.dispose()
