"""Asking again and again is pressure: so many times a day, each person and all together, however they end."""

from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.asked import asked, let_time_pass, stored
from tests.at_once import at_once
from tests.conftest import add_person
from wallet_core.errors import RequestsOfDayUsedUp, RequestsToPersonUsedUp
from wallet_core.services.requests import MAX_OF_DAY, MAX_TO_PERSON, decline_request


def test_one_person_is_asked_so_often_in_a_day(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    for _ in range(MAX_TO_PERSON):
        decline_request(person_id=alice, reference=asked(bob, alice))
    with pytest.raises(RequestsToPersonUsedUp) as refusal:
        asked(bob, alice)
    assert refusal.value.details == {"max_requests": MAX_TO_PERSON}
    assert len(stored(superuser)) == MAX_TO_PERSON
    asked(bob, charlie)
    asked(charlie, alice)
    asked(alice, bob)
    let_time_pass(superuser, 1)
    asked(bob, alice)


def test_many_at_once_count_too(alice: UUID, bob: UUID, superuser: psycopg.Connection) -> None:
    answers = at_once([partial(asked, bob, alice)] * 12)
    assert len([answer for answer in answers if isinstance(answer, str)]) == MAX_TO_PERSON
    assert {type(answer) for answer in answers} == {str, RequestsToPersonUsedUp}
    assert len(stored(superuser)) == MAX_TO_PERSON


def test_one_person_asks_so_often_in_a_day(bob: UUID, superuser: psycopg.Connection) -> None:
    people = [add_person(f"Asked {number}", f"+9198000000{number:02}") for number in range(MAX_OF_DAY + 1)]
    for person_id in people[:MAX_OF_DAY]:
        asked(bob, person_id)
    with pytest.raises(RequestsOfDayUsedUp):
        asked(bob, people[MAX_OF_DAY])
    assert len(stored(superuser)) == MAX_OF_DAY
    let_time_pass(superuser, 1)
    asked(bob, people[MAX_OF_DAY])
