"""Until 2xx, with growing waits, a bounded number of times, and every attempt stays in the log."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bank_simulator.delivery import (
    LONGEST_WAIT_S,
    MAX_ATTEMPTS,
    MAX_REFUSALS,
    RETRY_AFTER_MAX_S,
    Answer,
    decide,
    read_retry_after,
)
from bank_simulator.faults import Event, Fault
from bank_simulator.payments import Message
from tests.bank_simulator.conftest import StartBank
from tests.bank_simulator.process import BankProcess
from tests.bank_simulator.receiver import Delivery, Receiver, Reply, in_turn


def message(attempts: int = 0, refusals: int = 0) -> Message:
    return Message(
        "msg_1", "pay_1", Event.SUCCEEDED, Fault.NONE, "{}", "waiting", attempts, refusals, due_at_ms=0, follows_id=None
    )


def test_a_message_keeps_its_id_and_body_and_is_signed_anew(bank: BankProcess, receiver: Receiver) -> None:
    # One second between the first and the second attempt, so that a fresh timestamp differs.
    receiver.answer = in_turn(Reply(503, headers={"Retry-After": "1"}), Reply(500), Reply(429), Reply(204))
    payment = bank.paid("approve")
    bank.page_with(payment, "delivered after 4 attempts")
    deliveries = receiver.wait_for(4)
    assert len({(one.webhook_id, one.body) for one in deliveries}) == 1
    assert all(one.is_genuine for one in deliveries)
    assert deliveries[1].arrived_at - deliveries[0].arrived_at >= 1
    assert deliveries[1].timestamp_s > deliveries[0].timestamp_s
    assert deliveries[0].headers["webhook-signature"] != deliveries[1].headers["webhook-signature"]


def test_a_wallet_that_is_away_gets_its_message_when_it_is_back(start_bank: StartBank, receiver: Receiver) -> None:
    url = receiver.url
    receiver.close()  # nobody listens at this address now
    bank = start_bank(BANK_WEBHOOK_URL=url, BANK_RETRY_BASE_S="0.001")
    payment = bank.paid("approve")
    page = bank.page_with(payment, f"given up after {MAX_ATTEMPTS} attempts")
    assert page.count("Nobody listens there") == MAX_ATTEMPTS


def test_refusals_are_few_and_stay_in_the_log(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = lambda _delivery: Reply(422, '{"code":"not-our-schema"}')
    page = bank.page_with(bank.paid("approve"), f"given up after {MAX_REFUSALS} attempts")
    assert len(receiver.deliveries) == MAX_REFUSALS
    assert page.count("<strong>422</strong>") == MAX_REFUSALS


def test_a_redirect_is_not_followed(bank: BankProcess, receiver: Receiver) -> None:
    receiver.answer = in_turn(Reply(307, headers={"Location": receiver.url + "/elsewhere"}), Reply(200))
    page = bank.page_with(bank.paid("approve"), "delivered after 2 attempts")
    assert "<strong>307</strong>" in page


def test_one_slow_answer_does_not_hold_up_the_others(bank: BankProcess, receiver: Receiver) -> None:
    release = threading.Event()
    slow = bank.new_payment()

    def answer(delivery: Delivery) -> Reply:
        if delivery.message["data"]["reference"] == slow["reference"]:
            release.wait(10)
        return Reply(200)

    receiver.answer = answer
    bank.choose(slow, "approve")
    receiver.wait_for(1)
    bank.page_with(bank.paid("approve"), "delivered after 1 attempt")
    assert "delivered" not in bank.page(slow)
    release.set()
    bank.page_with(slow, "delivered after 1 attempt")


def test_waits_grow_with_full_jitter_up_to_the_longest() -> None:
    for attempts in range(MAX_ATTEMPTS - 1):
        most_s = min(LONGEST_WAIT_S, 2**attempts)
        waits = [decide(message(attempts), Answer(503, ""), 1)[1] for _ in range(200)]
        assert 0 <= min(waits) < most_s / 4
        assert most_s * 3 / 4 < max(waits) <= most_s


@pytest.mark.parametrize(
    ("answer", "attempts", "refusals", "state"),
    [
        (Answer(200, ""), 0, 0, "delivered"),
        (Answer(299, ""), MAX_ATTEMPTS - 1, 3, "delivered"),
        (Answer(503, ""), 0, 0, "waiting"),
        (Answer(None, "No answer in time"), MAX_ATTEMPTS - 2, 0, "waiting"),
        (Answer(None, "No answer in time"), MAX_ATTEMPTS - 1, 0, "given-up"),
        (Answer(409, ""), 5, MAX_REFUSALS - 2, "waiting"),
        (Answer(409, ""), 5, MAX_REFUSALS - 1, "given-up"),
        (Answer(429, ""), 5, MAX_REFUSALS - 1, "waiting"),
        (Answer(408, ""), 5, MAX_REFUSALS - 1, "waiting"),
    ],
)
def test_what_becomes_of_a_message(answer: Answer, attempts: int, refusals: int, state: str) -> None:
    assert decide(message(attempts, refusals), answer, 1)[0] == state


def test_retry_after_is_heeded_up_to_a_limit() -> None:
    assert 5 <= decide(message(), Answer(503, "", 5), 1)[1] <= 6
    assert decide(message(), Answer(503, "", 86_400), 1)[1] <= RETRY_AFTER_MAX_S + 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("0", 0), ("9" * 400, 999_999_999), ("-1", None), ("soon", None), ("", None), ("1.5", None)],
)
def test_retry_after_in_seconds(text: str, seconds: int | None) -> None:
    assert read_retry_after({"retry-after": text}, datetime.now(UTC)) == seconds


def test_retry_after_as_a_date() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    assert read_retry_after({"retry-after": format_datetime(now + timedelta(seconds=9), usegmt=True)}, now) == 9
    assert read_retry_after({"retry-after": format_datetime(now - timedelta(days=1), usegmt=True)}, now) is None
    assert read_retry_after({}, now) is None


def test_a_burst_is_delivered_whole(start_bank: StartBank, receiver: Receiver) -> None:
    bank = start_bank()
    began = time.monotonic()
    references = {bank.paid("approve")["reference"] for _ in range(60)}
    deliveries = receiver.wait_for(60)
    print(f"60 payments asked for, approved and delivered in {time.monotonic() - began:.2f} s")
    assert {one.message["data"]["reference"] for one in deliveries} == references
    assert len({one.webhook_id for one in deliveries}) == 60
