"""Who looks through the directory sees a page of names and masked phones; no hash of a password leaves the database."""

import re
from uuid import UUID

import pytest

from tests.conftest import CAST, Fund, add_person
from tests.counting import counted_statements
from wallet_core.ids import new_token
from wallet_core.services.directory import (
    MAX_PAGE_PEOPLE,
    choose_payee,
    list_recent_payees,
    search_people,
)
from wallet_core.services.payments import send_money

#: What is left of a phone: "+91 98••• ••211".
MASKED = re.compile(r"\+91 \d\d••• ••\d{3}")
DEFAULT_PAGE_PEOPLE = 20


@pytest.fixture
def crowd(bob: UUID, charlie: UUID) -> list[str]:
    """More people than any page has; their phones."""
    phones = [f"+9198000{number:05}" for number in range(MAX_PAGE_PEOPLE + 5)]
    for number, phone in enumerate(phones):
        add_person(f"Payee {number}", phone)
    return phones


def test_a_page_is_a_page_whatever_is_asked_for(alice: UUID, crowd: list[str]) -> None:
    assert len(search_people(person_id=alice).people) == DEFAULT_PAGE_PEOPLE
    for query in ("", "payee", "98000"):
        page = search_people(person_id=alice, query=query, limit=1_000_000)
        assert len(page.people) == MAX_PAGE_PEOPLE
        assert page.next_cursor is not None


def test_every_phone_of_a_list_is_masked(alice: UUID, bob: UUID, crowd: list[str], fund: Fund) -> None:
    fund(alice, 1_00)
    send_money(person_id=alice, payee_id=bob, amount_paise=1, note="", key=new_token())
    pages = [search_people(person_id=alice, query=query, limit=100).people for query in ("", "payee", "98000")]
    for card in [card for cards in (*pages, list_recent_payees(person_id=alice)) for card in cards]:
        assert MASKED.fullmatch(card.masked_phone)
        assert not [phone for phone in (*crowd, *CAST.values()) if phone.removeprefix("+91") in repr(card)]


def test_no_password_hash_is_read(alice: UUID, bob: UUID) -> None:
    with counted_statements() as statements:
        search_people(person_id=alice)
        search_people(person_id=alice, query="bob")
        search_people(person_id=alice, query="98765")
        list_recent_payees(person_id=alice)
        choose_payee(person_id=alice, payee_id=bob)
    about_people = [statement for statement in statements if "FROM person" in statement]
    assert len(about_people) >= 5
    for statement in statements:
        assert "password_hash" not in statement
        assert not re.search(r"person\.\*|SELECT \*", statement)
