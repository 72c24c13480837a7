"""Asking somebody for money: what both see, what is refused, and that nothing moves."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.asked import asked, stored
from tests.at_once import at_once
from tests.books import transfer_count
from wallet_core.errors import (
    AmountAboveLimit,
    AmountNotPositive,
    InvalidAmount,
    InvalidKey,
    InvalidNote,
    KeyConflict,
    PersonBlocked,
    PersonCannotBeAsked,
    PersonIsOneself,
    RequestNotFound,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.money import MAX_MOVEMENT_PAISE
from wallet_core.services import requests
from wallet_core.services.request_lists import list_requests, read_request
from wallet_core.services.requests import ask_for_money
from wallet_core.views import RequestSide, RequestStatus

Ask = Callable[..., None]


@pytest.fixture
def refused(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> Ask:
    """Tries a request with some inputs changed, and looks that nothing is there."""

    def attempt(error: type[WalletError], **changed: object) -> None:
        inputs = {"person_id": bob, "payer_id": alice, "amount_paise": 1_00, "note": "", "key": new_token()} | changed
        with pytest.raises(error) as refusal:
            ask_for_money(**inputs)  # type: ignore[arg-type]
        assert type(refusal.value) is error
        assert stored(superuser) == []

    return attempt


def test_both_see_it_from_their_side(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    made = ask_for_money(person_id=bob, payer_id=alice, amount_paise=40_00, note=" tea ", key=new_token())
    (seen,) = list_requests(person_id=alice, side=RequestSide.INCOMING).requests
    assert (made.side, made.counterparty, made.counterparty_phone) == (
        RequestSide.OUTGOING,
        "Alice Nair",
        "+91 98••• ••210",
    )
    assert (seen.side, seen.counterparty, seen.counterparty_phone) == (
        RequestSide.INCOMING,
        "Bob Verma",
        "+919876543211",
    )
    for request in (made, seen):
        assert (request.amount_paise, request.note, request.status) == (40_00, "tea", RequestStatus.OPEN)
        assert (request.ended_at, request.payment_reference) == (None, "")
        assert abs(request.expires_at - request.created_at - requests.EXPIRES_AFTER) < timedelta(seconds=1)
    assert list_requests(person_id=bob, side=RequestSide.OUTGOING).requests == [made]
    assert list_requests(person_id=bob, side=RequestSide.INCOMING).requests == []
    assert transfer_count(superuser) == 0


def test_charlie_sees_nothing(alice: UUID, bob: UUID, charlie: UUID) -> None:
    reference = asked(bob, alice)
    for side in RequestSide:
        assert list_requests(person_id=charlie, side=side).requests == []
    with pytest.raises(RequestNotFound):
        read_request(person_id=charlie, reference=reference)


def test_both_are_told(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute("LISTEN wallet_changes")
    asked(bob, alice)
    told = {notice.payload for notice in superuser.notifies(timeout=5, stop_after=2)}
    assert told == {str(alice), str(bob)}


def test_20_clicks_at_once_ask_once(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    key = new_token()
    inputs = {"person_id": bob, "payer_id": alice, "amount_paise": 40_00, "note": "tea", "key": key}
    answers = at_once([lambda: ask_for_money(**inputs)] * 20)  # type: ignore[arg-type]
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert len(set(answers)) == 1
    assert len(stored(superuser)) == 1
    with pytest.raises(KeyConflict):
        ask_for_money(**inputs | {"amount_paise": 41_00})  # type: ignore[arg-type]
    assert len(stored(superuser)) == 1


@pytest.mark.parametrize(
    ("amount_paise", "error"),
    [
        (0, AmountNotPositive),
        (-1, AmountNotPositive),
        (MAX_MOVEMENT_PAISE + 1, AmountAboveLimit),
        (2**63, AmountAboveLimit),
        (1.0, InvalidAmount),
        (True, InvalidAmount),
        ("100", InvalidAmount),
    ],
)
def test_an_amount_that_is_none(refused: Ask, amount_paise: object, error: type[WalletError]) -> None:
    refused(error, amount_paise=amount_paise)


@pytest.mark.parametrize("note", ["x" * 61, "a\x00b", "\u202eevil", "\ud800", None])
def test_a_note_that_is_too_long_or_shows_something_else(refused: Ask, note: object) -> None:
    refused(InvalidNote, note=note)


@pytest.mark.parametrize("key", ["", "short", None, "a" * 20 + "\n"])
def test_a_key_that_is_none(refused: Ask, key: object) -> None:
    refused(InvalidKey, key=key)


def test_oneself(refused: Ask, bob: UUID) -> None:
    refused(PersonIsOneself, payer_id=bob)


@pytest.mark.parametrize("payer_id", [uuid4(), None, "alice", "' OR 1=1 --"])
def test_an_unknown_person(refused: Ask, payer_id: object) -> None:
    refused(PersonCannotBeAsked, payer_id=payer_id)


def test_whom_an_operator_has_blocked(refused: Ask, alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [alice])
    refused(PersonCannotBeAsked)
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [bob])
    refused(PersonBlocked)


def test_a_shorter_list_is_the_beginning_of_the_longer_one(alice: UUID, bob: UUID, charlie: UUID) -> None:
    made = [asked(requester, alice) for requester in (bob, charlie, bob, charlie)]
    for limit in (1, 2, 3, 4):
        page = list_requests(person_id=alice, side=RequestSide.INCOMING, limit=limit)
        assert [request.reference for request in page.requests] == made[::-1][:limit]
        assert page.has_more == (limit < len(made))


@pytest.mark.parametrize("reference", ["Q-NONE", "", "x" * 10_000, "a\x00b", "\ud800", None, 7])
def test_a_reference_that_is_none(alice: UUID, reference: object) -> None:
    with pytest.raises(RequestNotFound):
        read_request(person_id=alice, reference=reference)  # type: ignore[arg-type]
