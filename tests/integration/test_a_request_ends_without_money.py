"""Declined, withdrawn, expired: a request ends once, moves nothing, and both people hear of it."""

from uuid import UUID

import psycopg
import pytest

from tests.asked import OPEN, asked, let_time_pass, stored
from tests.books import transfer_count
from tests.conftest import Fund
from wallet_core.errors import RequestCancelled, RequestDeclined, RequestExpired, RequestPaid
from wallet_core.ids import new_token
from wallet_core.services.request_lists import list_requests, read_request
from wallet_core.services.requests import EXPIRES_AFTER, cancel_request, decline_request, expire_requests, pay_request
from wallet_core.views import RequestSide, RequestStatus


def _told(connection: psycopg.Connection) -> set[str]:
    return {notice.payload for notice in connection.notifies(timeout=5, stop_after=2)}


def test_the_asked_one_declines(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    reference = asked(bob, alice)
    superuser.execute("LISTEN wallet_changes")
    first = decline_request(person_id=alice, reference=reference)
    assert first.status == RequestStatus.DECLINED
    assert _told(superuser) == {str(alice), str(bob)}
    assert decline_request(person_id=alice, reference=reference) == first
    with pytest.raises(RequestDeclined):
        cancel_request(person_id=bob, reference=reference)
    assert stored(superuser) == [("declined", True, False)]
    assert transfer_count(superuser) == 0


def test_the_one_who_asked_takes_it_back(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    reference = asked(bob, alice)
    superuser.execute("LISTEN wallet_changes")
    first = cancel_request(person_id=bob, reference=reference)
    assert first.status == RequestStatus.CANCELLED
    assert _told(superuser) == {str(alice), str(bob)}
    assert cancel_request(person_id=bob, reference=reference) == first
    with pytest.raises(RequestCancelled):
        decline_request(person_id=alice, reference=reference)
    assert stored(superuser) == [("cancelled", True, False)]


def test_what_is_paid_stays_paid(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 40_00)
    reference = asked(bob, alice, 40_00)
    pay_request(person_id=alice, reference=reference, key=new_token())
    with pytest.raises(RequestPaid):
        decline_request(person_id=alice, reference=reference)
    with pytest.raises(RequestPaid):
        cancel_request(person_id=bob, reference=reference)
    let_time_pass(superuser, EXPIRES_AFTER.days)
    assert expire_requests() == 0
    assert stored(superuser) == [("paid", True, True)]


def test_time_alone_ends_it_before_any_sweep(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    reference = asked(bob, alice)
    let_time_pass(superuser, EXPIRES_AFTER.days)
    for person_id, side in ((alice, RequestSide.INCOMING), (bob, RequestSide.OUTGOING)):
        request = read_request(person_id=person_id, reference=reference)
        assert (request.status, request.ended_at) == (RequestStatus.EXPIRED, request.expires_at)
        assert list_requests(person_id=person_id, side=side).requests == [request]
        assert list_requests(person_id=person_id, side=side, only_open=True).requests == []
    with pytest.raises(RequestExpired):
        decline_request(person_id=alice, reference=reference)
    with pytest.raises(RequestExpired):
        cancel_request(person_id=bob, reference=reference)
    assert stored(superuser) == [OPEN]


def test_the_sweep_writes_it_down_and_tells_both(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    asked(bob, alice)
    let_time_pass(superuser, EXPIRES_AFTER.days)
    asked(charlie, alice)
    superuser.execute("LISTEN wallet_changes")
    assert expire_requests() == 1
    assert _told(superuser) == {str(alice), str(bob)}
    assert stored(superuser) == [("expired", True, False), OPEN]
    assert expire_requests() == 0


def test_only_what_waits_is_listed_as_open(alice: UUID, bob: UUID) -> None:
    declined, waiting = asked(bob, alice), asked(bob, alice)
    decline_request(person_id=alice, reference=declined)
    page = list_requests(person_id=alice, side=RequestSide.INCOMING, only_open=True)
    assert [request.reference for request in page.requests] == [waiting]
