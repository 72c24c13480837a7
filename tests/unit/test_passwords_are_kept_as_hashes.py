"""Passwords: hashed with bcrypt, never cut, never compared in clear, and never an error for somebody who guesses."""

import time

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet_core import passwords
from wallet_core.errors import InvalidInput, PasswordTooLong, PasswordTooShort
from wallet_core.passwords import check_new_password, hash_password, verify_password

RUPEE = "₹"  # three bytes in UTF-8


@pytest.fixture
def quick_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """bcrypt's least cost, where the time it takes is not the point."""
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


def test_the_cost_is_twelve_and_stands_in_the_hash() -> None:
    assert hash_password("demo-wallet-1").startswith("$2b$12$")


@pytest.mark.usefixtures("quick_bcrypt")
def test_the_right_password_is_told_from_wrong_ones() -> None:
    stored = hash_password("demo-wallet-1")
    assert verify_password("demo-wallet-1", stored)
    for wrong in ("demo-wallet-2", "Demo-wallet-1", "demo-wallet-1 ", "", "x" * 2000):
        assert not verify_password(wrong, stored)


@pytest.mark.usefixtures("quick_bcrypt")
def test_the_same_password_never_has_the_same_hash() -> None:
    assert hash_password("demo-wallet-1") != hash_password("demo-wallet-1")


@pytest.mark.usefixtures("quick_bcrypt")
@pytest.mark.parametrize("longest", ["x" * 72, RUPEE * 24, "é" * 36])
def test_seventy_two_bytes_are_taken_and_all_of_them_count(longest: str) -> None:
    stored = hash_password(longest)
    assert verify_password(longest, stored)
    assert not verify_password(longest[:-1] + "y", stored)
    assert not verify_password(longest + "y", stored)


@pytest.mark.parametrize("too_long", ["x" * 73, RUPEE * 25, RUPEE * 24 + "x", "x" * 5000])
def test_more_than_seventy_two_bytes_are_refused_and_never_cut(too_long: str) -> None:
    with pytest.raises(PasswordTooLong) as refusal:
        hash_password(too_long)
    assert refusal.value.details == {"max_bytes": 72}


@pytest.mark.parametrize("too_short", ["", "x", "x" * 7, RUPEE * 7, "e\u0301" * 7])
def test_fewer_than_eight_characters_are_refused(too_short: str) -> None:
    with pytest.raises(PasswordTooShort) as refusal:
        check_new_password(too_short)
    assert refusal.value.details == {"min_characters": 8}


def test_eight_characters_of_any_script_are_enough() -> None:
    check_new_password("x" * 8)
    check_new_password("पासवर्ड१२")
    check_new_password("        ")


@pytest.mark.parametrize("hostile", ["demo\0wallet", "demo-wallet-\ud800", None, 12345678, ["demo-wallet-1"]])
def test_what_is_no_text_for_bcrypt_is_refused(hostile: object) -> None:
    with pytest.raises(InvalidInput):
        hash_password(hostile)  # type: ignore[arg-type]


@pytest.mark.usefixtures("quick_bcrypt")
@pytest.mark.parametrize("hostile", ["demo\0wallet", "demo-wallet-\ud800", None, 12345678, "x" * 73])
def test_guessing_with_it_is_simply_wrong(hostile: object) -> None:
    assert not verify_password(hostile, hash_password("demo-wallet-1"))  # type: ignore[arg-type]
    assert not verify_password(hostile, None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("quick_bcrypt")
def test_an_accent_and_a_space_may_be_typed_either_way() -> None:
    composed, decomposed = "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me".replace(" ", "\u00a0")
    assert verify_password(decomposed, hash_password(composed))
    assert verify_password(composed, hash_password(decomposed))


@pytest.mark.usefixtures("quick_bcrypt")
def test_different_characters_stay_different() -> None:
    # NFKC would make these two the same password.
    assert not verify_password("wallet①②③④", hash_password("wallet1234"))


@pytest.mark.parametrize("stored", ["", "!", "x", "demo-wallet-1", "$2b$12$", "$2b$99$" + "a" * 53, "\u20b9" * 60])
def test_nobody_signs_in_with_a_stored_value_that_is_no_hash(stored: str) -> None:
    assert not verify_password("demo-wallet-1", stored)
    assert not verify_password(stored, stored)


def test_the_time_it_takes_does_not_tell_who_has_an_account() -> None:
    stored = bcrypt.hashpw(b"demo-wallet-1", bcrypt.gensalt(passwords.BCRYPT_COST)).decode()

    def best_of_three(password_hash: str | None) -> float:
        times_s = []
        for _ in range(3):
            start_s = time.process_time()
            verify_password("a wrong password", password_hash)
            times_s.append(time.process_time() - start_s)
        return min(times_s)

    known_s, unknown_s = best_of_three(stored), best_of_three(None)
    assert 0.5 < unknown_s / known_s < 2


@settings(deadline=None, max_examples=50)
@given(st.text(min_size=1, max_size=100))
def test_any_text_is_kept_whole_or_refused(text: str) -> None:
    original = passwords.BCRYPT_COST
    passwords.BCRYPT_COST = 4
    try:
        stored = hash_password(text)
    except InvalidInput:
        return
    finally:
        passwords.BCRYPT_COST = original
    assert verify_password(text, stored)
