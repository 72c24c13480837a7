"""Signing up: one phone is one person with two empty accounts, and nothing half-made is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.conftest import CAST
from wallet_core import passwords
from wallet_core.errors import (
    InvalidInput,
    InvalidName,
    InvalidPhone,
    PasswordTooLong,
    PasswordTooShort,
    PhoneTaken,
    WalletError,
    WrongCredentials,
)
from wallet_core.services.people import change_name, check_name, sign_in, sign_up
from wallet_core.sessions import resolve_session
from wallet_core.views import Client, NewSession

CLIENT = Client(address="198.51.100.7", user_agent="Firefox on Linux")
PASSWORD = "demo-wallet-1"


@pytest.fixture(autouse=True)
def quick_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


def sign_alice_up(*, phone: str = CAST["alice"], name: str = "Alice Nair", password: str = PASSWORD) -> NewSession:
    return sign_up(name=name, phone=phone, password=password, client=CLIENT)


def count_people(superuser: psycopg.Connection) -> tuple[int, int, int]:
    """How many people, accounts and sessions there are."""
    row = superuser.execute(
        "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM account WHERE person_id IS NOT NULL),"
        " (SELECT count(*) FROM session)"
    ).fetchone()
    assert row is not None
    return row


def test_a_new_person_is_signed_in_and_has_two_empty_accounts(superuser: psycopg.Connection) -> None:
    opened = sign_alice_up(phone="098765 43210", name="  Alice \t Nair ")
    signed_in = resolve_session(opened.token)
    assert signed_in is not None
    assert (signed_in.person_id, signed_in.name, signed_in.phone) == (opened.person_id, "Alice Nair", CAST["alice"])
    accounts = superuser.execute(
        "SELECT kind, balance_paise FROM account WHERE person_id = %s ORDER BY kind", [opened.person_id]
    ).fetchall()
    assert accounts == [("available", 0), ("locked", 0)]


def test_the_password_is_nowhere_in_the_database(superuser: psycopg.Connection) -> None:
    sign_alice_up(password="planted-password")
    stored = superuser.execute("SELECT person::text FROM person").fetchone()
    assert stored is not None
    assert "planted-password" not in stored[0]
    assert "$2b$" in stored[0]


@pytest.mark.parametrize("again", ["+919876543210", "9876543210", "09876543210", "+91 98765-43210", "९८७६५४३२१०"])
def test_one_phone_is_one_person_however_it_is_typed(superuser: psycopg.Connection, again: str) -> None:
    sign_alice_up()
    with pytest.raises(PhoneTaken):
        sign_alice_up(phone=again, name="Mallory", password="another-password")
    assert count_people(superuser) == (1, 2, 1)
    with pytest.raises(WrongCredentials):
        sign_in(phone=CAST["alice"], password="another-password", client=CLIENT)


def test_of_many_at_once_with_one_phone_one_is_made(superuser: psycopg.Connection) -> None:
    at_once = threading.Barrier(8)

    def attempt(number: int) -> str:
        at_once.wait()
        try:
            sign_alice_up(name=f"Alice {number}")
        except PhoneTaken:
            return "taken"
        return "made"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))
    assert sorted(answers) == ["made"] + ["taken"] * 7
    assert count_people(superuser) == (1, 2, 1)


def test_a_typo_in_the_phone_makes_nobody(superuser: psycopg.Connection) -> None:
    sign_alice_up()
    before = count_people(superuser)
    for phone in ("+919876543201", "987654321", "hello", ""):
        with pytest.raises(WrongCredentials):
            sign_in(phone=phone, password=PASSWORD, client=CLIENT)
    assert count_people(superuser) == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, InvalidName),
        ({"name": "x" * 81}, InvalidName),
        ({"name": "Alice\0"}, InvalidName),
        ({"phone": "12345"}, InvalidPhone),
        ({"phone": "022 2345 6789"}, InvalidPhone),
        ({"password": "x" * 7}, PasswordTooShort),
        ({"password": "x" * 73}, PasswordTooLong),
        ({"password": "demo\0wallet"}, InvalidInput),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    superuser: psycopg.Connection, changes: dict[str, str], error: type[WalletError]
) -> None:
    with pytest.raises(error):
        sign_alice_up(**changes)
    assert count_people(superuser) == (0, 0, 0)
    attempts = superuser.execute("SELECT count(*) FROM rate_limit_bucket").fetchone()
    assert attempts == (0,), "a slip of the fingers is not counted as an attempt"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Alice", "Alice"),
        ("  Alice   Nair  ", "Alice Nair"),
        ("Alice\nNair\u00a0K", "Alice Nair K"),
        ("Jose\u0301", "Jos\u00e9"),
        ("X", "X"),
        ("O'Brien-Şahin Jr. 3", "O'Brien-Şahin Jr. 3"),
        ("अनन्या शर्मा", "अनन्या शर्मा"),
        ("ന\u0d4d\u200dനായര്\u200d", "ന\u0d4d\u200dനായര്\u200d"),  # Malayalam needs its joiners
        ("x" * 80, "x" * 80),
        ("e\u0301" * 80, "\u00e9" * 80),
    ],
)
def test_names_of_every_script_are_kept(typed: str, stored: str) -> None:
    assert check_name(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        " ",
        "...",
        "Alice\u3164",  # a letter by its category, and nothing to see
        "Ali\u202ece",  # turns the direction of what follows
        "Ali\u2066ce",
        "Ali\u200bce",
        "Ali\ufeffce",
        "Ali\x07ce",
        "Ali\x1b[31mce",
        "Ali\ud800ce",
        "Ali\ue000ce",
        "x" * 81,
        "x" * 100_000,
    ],
)
def test_names_that_hide_or_deceive_are_refused(typed: str) -> None:
    with pytest.raises(InvalidName) as refusal:
        check_name(typed)
    assert refusal.value.details == {"max_characters": 80}


@pytest.mark.parametrize("hostile", [None, 5, ["Alice"], {"name": "Alice"}, b"Alice"])
def test_only_text_is_a_name(hostile: object) -> None:
    with pytest.raises(InvalidName):
        check_name(hostile)  # type: ignore[arg-type]


def test_a_name_is_changed_by_the_same_rules(database_url: str) -> None:
    opened = sign_alice_up()
    change_name(person_id=opened.person_id, name=" Alice   Menon ")
    with pytest.raises(InvalidName):
        change_name(person_id=opened.person_id, name="Ali\u202ece")
    signed_in = resolve_session(opened.token)
    assert signed_in is not None
    assert signed_in.name == "Alice Menon"
