"""The directory: by the beginnings of words or by digits, in pages, masked, and never oneself."""

from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.conftest import CAST, Fund, add_person
from tests.counting import counted_statements
from wallet_core import cursors
from wallet_core.errors import InvalidCursor, PayeeIsPayer, PayeeNotFound, TooManyAttempts
from wallet_core.ids import new_token
from wallet_core.services import directory
from wallet_core.services.directory import choose_payee, list_recent_payees, search_people
from wallet_core.services.payments import send_money
from wallet_core.services.people import block_person
from wallet_core.views import Direction, PersonCard

MORE_PEOPLE = {
    "Priya Nair": "+919812300001",
    "priya anand": "+919812300002",
    "José Álvarez": "+919812300003",
    "Sara D'Souza": "+919812300004",
    "Anne-Marie Lobo": "+919812300005",
    "प्रिया शर्मा": "+919812300006",
    "50% Off_Shop": "+919812300007",
    "Ravi \\ Kumar": "+919812300008",
    "J.R. Tata": "+919812300009",
}


@pytest.fixture
def town(alice: UUID, bob: UUID, charlie: UUID) -> dict[str, UUID]:
    return {name: add_person(name, phone) for name, phone in MORE_PEOPLE.items()}


def pay(payer: UUID, payee: UUID, amount_paise: int) -> None:
    send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=new_token())


def names(person_id: UUID, query: str = "", limit: int = 100) -> list[str]:
    return [card.name for card in search_people(person_id=person_id, query=query, limit=limit).people]


def pages(person_id: UUID, query: str, limit: int) -> list[PersonCard]:
    cards, cursor = [], None
    while True:
        page = search_people(person_id=person_id, query=query, cursor=cursor, limit=limit)
        assert len(page.people) <= limit
        cards += page.people
        cursor = page.next_cursor
        if cursor is None:
            return cards


def test_everybody_but_oneself_by_name(alice: UUID, town: dict[str, UUID]) -> None:
    found = names(alice)
    assert "Alice Nair" not in found
    assert sorted(found) == sorted([*MORE_PEOPLE, "Bob Verma", "Charlie Rao"])
    latin = [name for name in found if name.isascii()]
    assert latin == sorted(latin, key=str.lower)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bob", ["Bob Verma"]),
        ("VERM", ["Bob Verma"]),
        ("  bo   ve ", ["Bob Verma"]),
        ("verma bob", ["Bob Verma"]),
        ("erma", []),
        ("bob x", []),
        ("pri", ["priya anand", "Priya Nair"]),
        ("pri na", ["Priya Nair"]),
        ("jos", ["José Álvarez"]),
        ("josé", ["José Álvarez"]),
        ("JOSÉ ÁLV", ["José Álvarez"]),
        ("jose", []),
        ("jose\u0301", ["José Álvarez"]),
        ("d'so", ["Sara D'Souza"]),
        ("souza", ["Sara D'Souza"]),
        ("anne-m", ["Anne-Marie Lobo"]),
        ("marie", ["Anne-Marie Lobo"]),
        ("प्रि", ["प्रिया शर्मा"]),
        ("j.r", ["J.R. Tata"]),
        ("off", ["50% Off_Shop"]),
        ("50", ["50% Off_Shop"]),
        ("nobody", []),
    ],
)
def test_words_of_a_name_by_their_beginnings(
    alice: UUID, town: dict[str, UUID], query: str, expected: list[str]
) -> None:
    assert names(alice, query) == expected


@pytest.mark.parametrize(
    "odd",
    [
        "%",
        "_",
        "%%%",
        "' OR 1=1 --",
        "a:*",
        "!bob",
        "bob & | !",
        "\\",
        "''",
        "(((",
        "<->",
        "*",
        ":*",
        "\x00bobo",
        "\ud800x",
    ],
)
def test_no_character_of_a_search_is_an_operator(alice: UUID, town: dict[str, UUID], odd: str) -> None:
    assert len(names(alice, odd)) <= 2
    assert len(names(alice, odd * 50)) <= 2


@pytest.mark.parametrize(
    "typed",
    [
        "+919876543211",
        "+91 98765 43211",
        "98765 43211",
        "9876543211",
        "098765 43211",
        "0 98765-43211",
        "919876543211",
        "43211",
        "3 2 1 1",
        "+91 98765 43211 ",
    ],
)
def test_a_phone_in_any_spelling(alice: UUID, town: dict[str, UUID], typed: str) -> None:
    assert names(alice, typed) == ["Bob Verma"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("987", ["Bob Verma", "Charlie Rao"]),
        ("+91 987", ["Bob Verma", "Charlie Rao"]),
        ("0987", ["Bob Verma", "Charlie Rao"]),
        ("91 987", ["Bob Verma", "Charlie Rao"]),
        ("543212", ["Charlie Rao"]),
        ("300 00", MORE_PEOPLE),
        ("198", []),
        ("+98", []),
        ("+198", []),
        ("000000000000000000000000", []),
    ],
)
def test_some_digits_of_a_phone(alice: UUID, town: dict[str, UUID], typed: str, expected: list[str]) -> None:
    assert sorted(names(alice, typed)) == sorted(expected)


@pytest.mark.parametrize("blank", [" ", "\x00", "\ud800", "\u200b\t"])
def test_nothing_to_see_is_no_search(alice: UUID, town: dict[str, UUID], blank: str) -> None:
    assert names(alice, blank) == names(alice)


def test_joiners_of_indic_scripts_are_searched_for(alice: UUID, database_url: str) -> None:
    add_person("ശ്രീ\u200dജ നായർ", "+919812300099")
    assert names(alice, "ശ്രീ\u200dജ") == ["ശ്രീ\u200dജ നായർ"]
    assert names(alice, "നായ\u00a0") == ["ശ്രീ\u200dജ നായർ"]


def test_two_digits_are_no_phone(alice: UUID, town: dict[str, UUID]) -> None:
    assert names(alice, "98") == []


def test_phones_are_masked_until_somebody_is_chosen(alice: UUID, bob: UUID) -> None:
    (card,) = search_people(person_id=alice, query="bob").people
    assert (card.name, card.masked_phone, card.last_payment) == ("Bob Verma", "+91 98••• ••211", None)
    assert CAST["bob"] not in repr(card)
    payee = choose_payee(person_id=alice, payee_id=bob)
    assert (payee.name, payee.phone, payee.last_payment) == ("Bob Verma", CAST["bob"], None)


def test_the_blocked_are_not_found(alice: UUID, bob: UUID, charlie: UUID, fund: Fund) -> None:
    fund(alice, 1_00)
    pay(alice, bob, 10)
    block_person(phone=CAST["bob"])
    assert names(alice) == ["Charlie Rao"]
    assert names(alice, CAST["bob"]) == []
    assert list_recent_payees(person_id=alice) == []
    with pytest.raises(PayeeNotFound):
        choose_payee(person_id=alice, payee_id=bob)


@pytest.mark.parametrize("query", ["", "na", "981"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_of_any_size_tell_the_same(alice: UUID, town: dict[str, UUID], query: str, limit: int) -> None:
    for number in range(4):  # one name, many people: the id decides
        add_person("Nadia Same", f"+9198120000{number:02}")
    assert pages(alice, query, limit) == search_people(person_id=alice, query=query, limit=100).people


def test_the_last_payment_is_the_newest_of_both_directions(alice: UUID, bob: UUID, charlie: UUID, fund: Fund) -> None:
    fund(alice, 10_00)
    pay(alice, bob, 1_00)
    pay(alice, bob, 2_00)
    pay(alice, charlie, 3_00)
    by_name = {card.name: card.last_payment for card in search_people(person_id=alice).people}
    assert by_name["Bob Verma"] is not None
    assert (by_name["Bob Verma"].direction, by_name["Bob Verma"].amount_paise) == (Direction.OUT, 2_00)
    pay(bob, alice, 50)
    last = choose_payee(person_id=alice, payee_id=bob).last_payment
    assert last is not None
    assert (last.direction, last.amount_paise) == (Direction.IN, 50)
    (of_charlie,) = search_people(person_id=charlie, query="bob").people
    assert of_charlie.last_payment is None


def test_who_was_paid_last_comes_first(alice: UUID, bob: UUID, charlie: UUID, fund: Fund) -> None:
    fund(alice, 10_00)
    assert list_recent_payees(person_id=alice) == []
    pay(alice, bob, 1)
    pay(alice, charlie, 2)
    pay(alice, bob, 3)
    pay(charlie, alice, 1)
    assert [card.name for card in list_recent_payees(person_id=alice)] == ["Bob Verma", "Charlie Rao"]
    assert [card.name for card in list_recent_payees(person_id=alice, limit=1)] == ["Bob Verma"]
    assert [card.name for card in list_recent_payees(person_id=charlie)] == ["Alice Nair"]
    assert list_recent_payees(person_id=bob) == []


def test_nobody_chooses_themselves_or_nobody(alice: UUID) -> None:
    with pytest.raises(PayeeIsPayer):
        choose_payee(person_id=alice, payee_id=alice)
    with pytest.raises(PayeeNotFound):
        choose_payee(person_id=alice, payee_id=uuid4())
    with pytest.raises(PayeeNotFound):
        choose_payee(person_id=alice, payee_id="bob")  # type: ignore[arg-type]


def test_nobody_reads_the_directory_out_by_choosing(
    alice: UUID, bob: UUID, charlie: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = directory.CHOICES_OF_PERSON
    assert limit.capacity * limit.refill_every_s == 3600
    monkeypatch.setattr(directory, "CHOICES_OF_PERSON", replace(limit, capacity=3))
    for _ in range(3):
        choose_payee(person_id=alice, payee_id=bob)
    with pytest.raises(TooManyAttempts):
        choose_payee(person_id=alice, payee_id=bob)
    choose_payee(person_id=charlie, payee_id=bob)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "nonsense!",
        cursors.write_cursor("activity", "a", str(uuid4())),
        cursors.write_cursor("people", "a", "no id"),
        cursors.write_cursor("people", "a"),
        cursors.write_cursor("people", 1, str(uuid4())),
        cursors.write_cursor("people", "\x00", str(uuid4())),
    ],
)
def test_a_position_that_we_did_not_hand_out_is_refused(alice: UUID, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        search_people(person_id=alice, cursor=cursor)


def test_a_page_costs_the_same_number_of_statements_however_long(
    alice: UUID, town: dict[str, UUID], fund: Fund
) -> None:
    fund(alice, 10_00)
    with counted_statements() as few:
        search_people(person_id=alice, limit=1)
    for payee in town.values():
        pay(alice, payee, 1)
    with counted_statements() as many:
        page = search_people(person_id=alice, limit=100)
    assert sum(card.last_payment is not None for card in page.people) == len(town)
    assert len(many) == len(few) <= 4


def test_the_longest_name_fits_a_position(alice: UUID, superuser: psycopg.Connection) -> None:
    for number in range(3):
        add_person("𝒜" * 80, f"+9198120000{number:02}")
    assert len(pages(alice, "", 1)) == 3
