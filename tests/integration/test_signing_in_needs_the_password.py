"""Signing in: the right phone and password, one answer for every wrong one, and no door that a race leaves open."""

from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST
from wallet_core import passwords
from wallet_core.errors import (
    NotSignedIn,
    PasswordTooLong,
    PasswordTooShort,
    PayeeNotFound,
    PersonBlocked,
    TooManyAttempts,
    WrongCredentials,
    WrongPassword,
)
from wallet_core.services import people
from wallet_core.services.people import block_person, change_password, sign_in, sign_up, unblock_person
from wallet_core.sessions import resolve_session
from wallet_core.views import Client, NewSession

CLIENT = Client(address="198.51.100.7", user_agent="Firefox on Linux")
PASSWORD = "demo-wallet-1"
OTHER_PASSWORD = "another-wallet-2"


@pytest.fixture(autouse=True)
def quick_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


@pytest.fixture
def signed_up(database_url: str) -> NewSession:
    """Alice, with a password and a first session."""
    return sign_up(name="Alice Nair", phone=CAST["alice"], password=PASSWORD, client=CLIENT)


def sign_alice_in(password: str = PASSWORD) -> NewSession:
    return sign_in(phone="98765 43210", password=password, client=CLIENT)


def test_the_right_password_opens_a_session_with_a_new_token(signed_up: NewSession) -> None:
    opened = sign_alice_in()
    assert opened.person_id == signed_up.person_id
    assert opened.token != signed_up.token
    signed_in = resolve_session(opened.token)
    assert signed_in is not None
    assert signed_in.person_id == signed_up.person_id


def test_a_wrong_password_and_an_unknown_phone_are_one_answer(signed_up: NewSession) -> None:
    answers = []
    for phone, password in ((CAST["alice"], "wrong-password"), (CAST["bob"], PASSWORD), (CAST["bob"], "x" * 80)):
        with pytest.raises(WrongCredentials) as refusal:
            sign_in(phone=phone, password=password, client=CLIENT)
        answers.append((refusal.value.code, refusal.value.details))
    assert len(set(map(str, answers))) == 1


def test_an_unknown_phone_costs_the_same_work(signed_up: NewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []

    def verify(password: str, password_hash: str | None) -> bool:
        checked.append(password_hash)
        return False

    monkeypatch.setattr(people, "verify_password", verify)
    for phone in (CAST["alice"], CAST["bob"]):
        with pytest.raises(WrongCredentials):
            sign_in(phone=phone, password=PASSWORD, client=CLIENT)
    assert len(checked) == 2
    assert checked[0] is not None
    assert checked[1] is None


def test_no_transaction_is_open_while_a_password_is_checked(
    signed_up: NewSession, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def look_around(*_: object) -> bool:
        row = superuser.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            "        AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'),"
            "       (SELECT count(*) FROM rate_limit_bucket WHERE bucket = 'sign-in-address' AND tokens < 30)"
        ).fetchone()
        assert row is not None
        seen.append(row)
        return False

    monkeypatch.setattr(people, "verify_password", look_around)
    with pytest.raises(WrongCredentials):
        sign_alice_in()
    with pytest.raises(WrongPassword):
        change_password(person_id=signed_up.person_id, current_password="x", new_password=OTHER_PASSWORD, client=CLIENT)
    assert seen == [(0, 1), (0, 1)], "no open transaction, and the attempt was committed before"


def test_a_blocked_person_does_not_get_in_and_only_they_learn_why(signed_up: NewSession) -> None:
    block_person(phone="098765 43210")
    assert resolve_session(signed_up.token) is None
    with pytest.raises(PersonBlocked):
        sign_alice_in()
    with pytest.raises(WrongCredentials):
        sign_alice_in("wrong-password")
    unblock_person(phone=CAST["alice"])
    assert resolve_session(signed_up.token) is None, "what a block ended stays ended"
    assert resolve_session(sign_alice_in().token) is not None


def test_blocking_twice_is_blocking_once(signed_up: NewSession, superuser: psycopg.Connection) -> None:
    block_person(phone=CAST["alice"])
    first = superuser.execute("SELECT blocked_at FROM person").fetchone()
    block_person(phone=CAST["alice"])
    assert superuser.execute("SELECT blocked_at FROM person").fetchone() == first


def test_nobody_to_block_is_said(database_url: str) -> None:
    for act in (block_person, unblock_person):
        with pytest.raises(PayeeNotFound):
            act(phone=CAST["bob"])


def test_a_new_password_ends_every_session_and_opens_one(signed_up: NewSession) -> None:
    elsewhere = sign_alice_in()
    opened = change_password(
        person_id=signed_up.person_id, current_password=PASSWORD, new_password=OTHER_PASSWORD, client=CLIENT
    )
    assert [resolve_session(session.token) for session in (signed_up, elsewhere)] == [None, None]
    assert resolve_session(opened.token) is not None
    with pytest.raises(WrongCredentials):
        sign_alice_in(PASSWORD)
    assert sign_alice_in(OTHER_PASSWORD).person_id == signed_up.person_id


def test_a_refused_change_of_password_changes_nothing(signed_up: NewSession) -> None:
    for current, new, error in (
        ("wrong-password", OTHER_PASSWORD, WrongPassword),
        (PASSWORD, "short", PasswordTooShort),
        (PASSWORD, "x" * 73, PasswordTooLong),
    ):
        with pytest.raises(error):
            change_password(person_id=signed_up.person_id, current_password=current, new_password=new, client=CLIENT)
    assert resolve_session(signed_up.token) is not None
    assert sign_alice_in(PASSWORD).person_id == signed_up.person_id


def test_the_current_password_cannot_be_guessed_from_an_open_browser(signed_up: NewSession) -> None:
    def guess(password: str) -> None:
        change_password(
            person_id=signed_up.person_id, current_password=password, new_password=OTHER_PASSWORD, client=CLIENT
        )

    for number in range(5):
        with pytest.raises(WrongPassword):
            guess(f"guess-number-{number}")
    with pytest.raises(TooManyAttempts):
        guess(PASSWORD)
    assert sign_alice_in(PASSWORD).person_id == signed_up.person_id, "signing in is another limit"


def test_nobody_changes_the_password_of_nobody(database_url: str) -> None:
    with pytest.raises(NotSignedIn):
        change_password(person_id=UUID(int=1), current_password="x", new_password=OTHER_PASSWORD, client=CLIENT)


@pytest.mark.parametrize("happens", ["password changed", "blocked"])
def test_what_happens_while_the_password_is_checked_counts(
    signed_up: NewSession, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    """Checking takes a quarter of a second: a session opened after it must not outlive what came in between."""
    verify = people.verify_password

    def slow_verify(password: str, password_hash: str | None) -> bool:
        answer = verify(password, password_hash)
        monkeypatch.setattr(people, "verify_password", verify)
        if happens == "blocked":
            block_person(phone=CAST["alice"])
        else:
            change_password(
                person_id=signed_up.person_id, current_password=PASSWORD, new_password=OTHER_PASSWORD, client=CLIENT
            )
        return answer

    monkeypatch.setattr(people, "verify_password", slow_verify)
    with pytest.raises(PersonBlocked if happens == "blocked" else WrongCredentials):
        sign_alice_in()


def test_two_changes_of_password_at_once_are_one(signed_up: NewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = people.verify_password

    def slow_verify(password: str, password_hash: str | None) -> bool:
        answer = verify(password, password_hash)
        monkeypatch.setattr(people, "verify_password", verify)
        change_password(
            person_id=signed_up.person_id, current_password=PASSWORD, new_password="the-first-one", client=CLIENT
        )
        return answer

    monkeypatch.setattr(people, "verify_password", slow_verify)
    with pytest.raises(WrongPassword):
        change_password(
            person_id=signed_up.person_id, current_password=PASSWORD, new_password="the-second-one", client=CLIENT
        )
    assert sign_alice_in("the-first-one").person_id == signed_up.person_id
