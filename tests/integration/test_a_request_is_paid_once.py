"""A request and the payment of it are one thing: both or neither, and once, whoever clicks how often."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.asked import OPEN, asked, let_time_pass, stored
from tests.at_once import at_once_behind
from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import Fund
from wallet_core.errors import (
    InsufficientBalance,
    InvalidKey,
    KeyConflict,
    PayeeNotFound,
    PersonBlocked,
    RequestCancelled,
    RequestDeclined,
    RequestExpired,
    RequestNotFound,
    RequestPaid,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.ledger import BATCHES_AT_ONCE
from wallet_core.services.payments import find_payment, send_money
from wallet_core.services.request_lists import read_request
from wallet_core.services.requests import EXPIRES_AFTER, cancel_request, decline_request, expire_requests, pay_request
from wallet_core.views import ActivityKind, Receipt, RequestStatus

LOCK = "SELECT 1 FROM payment_request WHERE reference = %s FOR UPDATE"


def test_paying_moves_what_was_asked_for_and_closes_the_request(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    reference = asked(bob, alice, 40_00, "rent")
    superuser.execute("LISTEN wallet_changes")
    receipt = pay_request(person_id=alice, reference=reference, key=new_token())
    assert (receipt.kind, receipt.amount_paise, receipt.note, receipt.counterparty_id) == (
        ActivityKind.SENT,
        -40_00,
        "rent",
        bob,
    )
    assert receipt.balance_after_paise == 60_00
    for person_id in (alice, bob):
        request = read_request(person_id=person_id, reference=reference)
        assert (request.status, request.payment_reference, request.ended_at) == (
            RequestStatus.PAID,
            receipt.reference,
            receipt.at,
        )
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (60_00, 40_00)
    assert {notice.payload for notice in superuser.notifies(timeout=5, stop_after=2)} == {str(alice), str(bob)}
    books_are_right(superuser)


def test_20_keys_at_once_pay_once(
    alice: UUID, bob: UUID, fund: Fund, database_url: str, superuser: psycopg.Connection
) -> None:
    fund(alice, 1_000_00)
    reference = asked(bob, alice, 40_00)
    pays = [partial(pay_request, person_id=alice, reference=reference, key=new_token()) for _ in range(20)]
    answers = at_once_behind(database_url, LOCK, [reference], pays, waiting=8)
    assert len([answer for answer in answers if isinstance(answer, Receipt)]) == 1
    assert {type(answer) for answer in answers} == {Receipt, RequestPaid}
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (960_00, 40_00)
    assert transfer_count(superuser) == 2
    books_are_right(superuser)


def test_20_clicks_at_once_answer_one_receipt(
    alice: UUID, bob: UUID, fund: Fund, database_url: str, superuser: psycopg.Connection
) -> None:
    fund(alice, 1_000_00)
    reference, key = asked(bob, alice, 40_00), new_token()
    pays = [partial(pay_request, person_id=alice, reference=reference, key=key)] * 20
    answers = at_once_behind(database_url, LOCK, [reference], pays, waiting=8)
    assert all(answer == answers[0] for answer in answers)
    assert isinstance(answers[0], Receipt)
    assert find_payment(person_id=alice, key=key) == answers[0]
    assert transfer_count(superuser) == 2


@pytest.mark.parametrize("other", ["decline", "cancel"])
def test_paid_and_otherwise_ended_at_the_same_moment_is_one_of_the_two(
    other: str, alice: UUID, bob: UUID, fund: Fund, database_url: str, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    reference = asked(bob, alice, 40_00)
    ends: dict[str, Callable[[], object]] = {
        "decline": partial(decline_request, person_id=alice, reference=reference),
        "cancel": partial(cancel_request, person_id=bob, reference=reference),
    }
    pays = [partial(pay_request, person_id=alice, reference=reference, key=new_token()) for _ in range(3)]
    at_once_behind(database_url, LOCK, [reference], [*pays, ends[other]], waiting=4)
    ((status, has_ended, has_transfer),) = stored(superuser)
    assert has_ended
    assert has_transfer == (status == "paid")
    assert available_paise(superuser, bob) == (40_00 if status == "paid" else 0)
    books_are_right(superuser)


def test_payments_and_requests_in_both_directions_end(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, database_url: str
) -> None:
    fund(alice, 1_000_00)
    fund(bob, 1_000_00)
    mine, theirs = asked(bob, alice, 5_00), asked(alice, bob, 3_00)
    calls: list[Callable[[], Receipt]] = [
        partial(pay_request, person_id=alice, reference=mine, key=new_token()),
        partial(pay_request, person_id=bob, reference=theirs, key=new_token()),
    ]
    for payer, payee in ((alice, bob), (bob, alice)) * 4:
        calls.append(partial(send_money, person_id=payer, payee_id=payee, amount_paise=1_00, note="", key=new_token()))
    both = "SELECT 1 FROM account WHERE person_id IN (%s, %s) FOR UPDATE"
    # Ordinary payments of one process wait together, on so many connections.
    answers = at_once_behind(database_url, both, [alice, bob], calls, waiting=2 + BATCHES_AT_ONCE)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (998_00, 1_002_00)
    books_are_right(superuser)


def test_the_same_key_answers_the_first_receipt_for_ever(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 40_00)
    reference, key = asked(bob, alice, 40_00), new_token()
    first = pay_request(person_id=alice, reference=reference, key=key)
    let_time_pass(superuser, 2 * EXPIRES_AFTER.days)
    superuser.execute("UPDATE person SET blocked_at = now()")
    assert pay_request(person_id=alice, reference=reference, key=key) == first
    with pytest.raises(RequestPaid):
        pay_request(person_id=alice, reference=reference, key=new_token())


def test_a_key_of_another_payment_is_a_conflict(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    key = new_token()
    send_money(person_id=alice, payee_id=bob, amount_paise=40_00, note="tea", key=key)
    reference = asked(bob, alice, 40_00, "tea")
    with pytest.raises(KeyConflict):
        pay_request(person_id=alice, reference=reference, key=key)
    assert stored(superuser) == [OPEN]
    assert available_paise(superuser, alice) == 60_00


def _decline(alice: UUID, bob: UUID, reference: str, superuser: psycopg.Connection) -> None:
    decline_request(person_id=alice, reference=reference)


def _cancel(alice: UUID, bob: UUID, reference: str, superuser: psycopg.Connection) -> None:
    cancel_request(person_id=bob, reference=reference)


def _expire(alice: UUID, bob: UUID, reference: str, superuser: psycopg.Connection) -> None:
    let_time_pass(superuser, EXPIRES_AFTER.days)


def _sweep(alice: UUID, bob: UUID, reference: str, superuser: psycopg.Connection) -> None:
    let_time_pass(superuser, EXPIRES_AFTER.days)
    assert expire_requests() == 1


def _block_payer(alice: UUID, bob: UUID, reference: str, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [alice])


def _block_requester(alice: UUID, bob: UUID, reference: str, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [bob])


@pytest.mark.parametrize(
    ("before", "error"),
    [
        (_decline, RequestDeclined),
        (_cancel, RequestCancelled),
        (_expire, RequestExpired),
        (_sweep, RequestExpired),
        (_block_payer, PersonBlocked),
        (_block_requester, PayeeNotFound),
    ],
)
def test_what_cannot_be_paid_any_more_is_refused_and_changes_nothing(
    before: Callable[[UUID, UUID, str, psycopg.Connection], None],
    error: type[WalletError],
    alice: UUID,
    bob: UUID,
    fund: Fund,
    superuser: psycopg.Connection,
) -> None:
    fund(alice, 100_00)
    reference = asked(bob, alice, 40_00)
    before(alice, bob, reference, superuser)
    was = stored(superuser)
    with pytest.raises(error) as refusal:
        pay_request(person_id=alice, reference=reference, key=new_token())
    assert type(refusal.value) is error
    assert stored(superuser) == was
    assert available_paise(superuser, alice) == 100_00
    assert superuser.execute("SELECT count(*) FROM payment_command").fetchone() == (0,)


def test_a_purse_that_is_too_small_leaves_the_request_open_and_the_key_free(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 39_99)
    reference, key = asked(bob, alice, 40_00), new_token()
    with pytest.raises(InsufficientBalance) as refusal:
        pay_request(person_id=alice, reference=reference, key=key)
    assert refusal.value.details == {"available_paise": 39_99}
    assert stored(superuser) == [OPEN]
    fund(alice, 1)
    assert pay_request(person_id=alice, reference=reference, key=key).balance_after_paise == 0


def test_nobody_but_the_asked_one_pays_declines_or_withdraws(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    for person_id in (alice, bob, charlie):
        fund(person_id, 100_00)
    reference = asked(bob, alice, 40_00)
    for person_id in (bob, charlie):
        with pytest.raises(RequestNotFound):
            pay_request(person_id=person_id, reference=reference, key=new_token())
        with pytest.raises(RequestNotFound):
            decline_request(person_id=person_id, reference=reference)
    for person_id in (alice, charlie):
        with pytest.raises(RequestNotFound):
            cancel_request(person_id=person_id, reference=reference)
    assert stored(superuser) == [OPEN]
    assert [available_paise(superuser, person_id) for person_id in (alice, bob, charlie)] == [100_00] * 3


@pytest.mark.parametrize("key", ["", "short", "x" * 65, None, 7, "a" * 20 + "\n"])
def test_a_key_that_is_none(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, key: object) -> None:
    fund(alice, 100_00)
    reference = asked(bob, alice, 40_00)
    with pytest.raises(InvalidKey):
        pay_request(person_id=alice, reference=reference, key=key)  # type: ignore[arg-type]
    assert stored(superuser) == [OPEN]
