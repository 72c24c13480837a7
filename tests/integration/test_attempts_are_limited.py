"""Limits on attempts: counted in the database, by all processes together, and never for ever."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from tests.conftest import CAST
from wallet_core import passwords, rate_limit
from wallet_core.errors import TooManyAttempts, WrongCredentials
from wallet_core.rate_limit import KNOWN_PREFIX, Limit, address_subject, clear_old_buckets
from wallet_core.services import people
from wallet_core.services.people import sign_in, sign_up
from wallet_core.views import Client

HOME = Client(address="198.51.100.7", user_agent="Firefox on Linux")
CAFE = Client(address="203.0.113.9", user_agent="Safari on iPhone")
PASSWORD = "demo-wallet-1"


@pytest.fixture(autouse=True)
def quick_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


@pytest.fixture
def later(superuser: psycopg.Connection) -> Callable[[int], None]:
    """Lets so many seconds go by for every bucket."""

    def pass_time(seconds: int) -> None:
        superuser.execute("UPDATE rate_limit_bucket SET updated_at = updated_at - make_interval(secs => %s)", [seconds])

    return pass_time


@pytest.fixture
def slow_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address's bucket gets nothing back while a test takes its time."""
    monkeypatch.setattr(people, "SIGN_IN_OF_ADDRESS", replace(people.SIGN_IN_OF_ADDRESS, refill_every_s=3600))


def try_take(subject: str = "alice", *, capacity: int = 3, refill_every_s: int = 60) -> int | None:
    """None where a token was taken, else the seconds to wait."""
    try:
        Limit("test", capacity=capacity, refill_every_s=refill_every_s).take(subject)
    except TooManyAttempts as refusal:
        return int(refusal.details["retry_after_s"])
    return None


def guess(phone: str = CAST["alice"], password: str = "wrong-password", client: Client = HOME) -> str:
    try:
        sign_in(phone=phone, password=password, client=client)
    except (WrongCredentials, TooManyAttempts) as refusal:
        return refusal.code
    return "in"


def test_a_bucket_empties_and_says_how_long_to_wait(database_url: str) -> None:
    assert [try_take() for _ in range(3)] == [None] * 3
    wait_s = try_take()
    assert wait_s is not None
    assert 55 <= wait_s <= 60


def test_a_bucket_refills_a_token_at_a_time(database_url: str, later: Callable[[int], None]) -> None:
    for _ in range(3):
        try_take()
    later(59)
    assert try_take() == 1
    later(1)
    assert try_take() is None
    assert try_take() is not None
    later(120)
    assert [try_take() is None for _ in range(3)] == [True, True, False]


def test_a_bucket_never_holds_more_than_its_capacity(database_url: str, later: Callable[[int], None]) -> None:
    try_take()
    later(1_000_000)
    Limit("test", capacity=3, refill_every_s=60).give_back("alice")
    assert [try_take() is None for _ in range(4)] == [True, True, True, False]


def test_waiting_refused_does_not_make_the_wait_longer(database_url: str, later: Callable[[int], None]) -> None:
    for _ in range(3):
        try_take()
    for _ in range(5):
        assert try_take() is not None
    later(60)
    assert try_take() is None


def test_subjects_and_buckets_do_not_share(database_url: str) -> None:
    for _ in range(3):
        try_take("alice")
    assert try_take("alice") is not None
    assert try_take("bob") is None
    Limit("another", capacity=1, refill_every_s=60).take("alice")


def test_at_once_no_more_get_through_than_there_are_tokens(database_url: str) -> None:
    at_once = threading.Barrier(8)

    def attempt(_: int) -> bool:
        at_once.wait()
        return try_take(capacity=5) is None

    with ThreadPoolExecutor(8) as threads:
        taken = [answer for _ in range(3) for answer in threads.map(attempt, range(8))]
    assert sum(taken) == 5


def test_five_guesses_at_a_phone_then_one_a_minute(database_url: str, later: Callable[[int], None]) -> None:
    sign_up(name="Alice", phone=CAST["alice"], password=PASSWORD, client=CAFE)
    assert [guess() for _ in range(6)] == ["credentials-wrong"] * 5 + ["too-many-attempts"]
    assert guess(password=PASSWORD) == "too-many-attempts", (
        "no guess beyond the limit is looked at, not even a right one"
    )
    later(60)
    assert [guess(), guess()] == ["credentials-wrong", "too-many-attempts"]
    later(60)
    assert guess(password=PASSWORD) == "in", "the limit locks nobody out for ever"


def test_guesses_at_a_phone_count_from_everywhere_together(database_url: str) -> None:
    strangers = [Client(address=f"192.0.2.{number}", user_agent="") for number in range(6)]
    assert [guess(client=stranger) for stranger in strangers] == ["credentials-wrong"] * 5 + ["too-many-attempts"]


def test_a_phone_is_one_phone_however_it_is_typed(database_url: str) -> None:
    ways = ["9876543210", "+919876543210", "09876543210", "98765-43210", "+91 98765 43210", "919876543210"]
    assert [guess(phone) for phone in ways] == ["credentials-wrong"] * 5 + ["too-many-attempts"]


def test_an_unknown_phone_is_limited_like_a_known_one(database_url: str) -> None:
    sign_up(name="Alice", phone=CAST["alice"], password=PASSWORD, client=CAFE)
    assert [guess(CAST["alice"]) for _ in range(6)] == [guess(CAST["bob"]) for _ in range(6)]


def test_a_stranger_who_uses_up_every_guess_does_not_keep_the_owner_out(
    database_url: str, later: Callable[[int], None]
) -> None:
    sign_up(name="Alice", phone=CAST["alice"], password=PASSWORD, client=HOME)
    for _ in range(10):
        guess(client=CAFE)
    assert guess(client=CAFE) == "too-many-attempts"
    assert guess(password=PASSWORD, client=HOME) == "in", "from an address where she has been before"
    assert [guess(client=HOME) for _ in range(6)] == ["credentials-wrong"] * 5 + ["too-many-attempts"]


def test_signing_in_from_a_new_place_makes_it_a_known_one(database_url: str) -> None:
    sign_up(name="Alice", phone=CAST["alice"], password=PASSWORD, client=HOME)
    assert guess(password=PASSWORD, client=CAFE) == "in"
    stranger = Client(address="192.0.2.66", user_agent="")
    assert [guess(client=stranger) for _ in range(6)][-1] == "too-many-attempts"
    assert guess(password=PASSWORD, client=CAFE) == "in"


def test_signing_in_rightly_is_never_limited(database_url: str) -> None:
    sign_up(name="Alice", phone=CAST["alice"], password=PASSWORD, client=HOME)
    assert [guess(password=PASSWORD) for _ in range(35)] == ["in"] * 35


@pytest.mark.usefixtures("slow_refill")
def test_ones_own_right_password_does_not_buy_guesses_at_others(database_url: str) -> None:
    """30 wrong ones from one address, whatever right ones come between them."""
    sign_up(name="Mallory", phone=CAST["charlie"], password=PASSWORD, client=HOME)
    answers = []
    for number in range(34):
        answers.append(guess(f"+9198765400{number:02d}"))
        guess(CAST["charlie"], PASSWORD)
    assert answers.index("too-many-attempts") == people.SIGN_IN_OF_ADDRESS.capacity


@pytest.mark.usefixtures("slow_refill")
def test_malformed_phones_count_for_the_address(database_url: str) -> None:
    answers = [guess("hello") for _ in range(people.SIGN_IN_OF_ADDRESS.capacity + 1)]
    assert answers == ["credentials-wrong"] * people.SIGN_IN_OF_ADDRESS.capacity + ["too-many-attempts"]


def test_many_guesses_at_once_gain_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    at_once = threading.Barrier(8)

    def verify(password: str, password_hash: str | None) -> bool:
        looked_at.append(password)
        return False

    monkeypatch.setattr(people, "verify_password", verify)

    def attempt(number: int) -> str:
        at_once.wait()
        return guess(password=f"guess-{number}")

    with ThreadPoolExecutor(8) as threads:
        for _ in range(2):
            list(threads.map(attempt, range(8)))
    assert len(looked_at) == 5


def test_an_attempt_counts_even_if_the_process_dies_in_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(people, "verify_password", die)
        for _ in range(5):
            with pytest.raises(KeyboardInterrupt):
                guess()
    assert guess() == "too-many-attempts"


def test_sign_ups_are_limited_generously(database_url: str, superuser: psycopg.Connection) -> None:
    sign_up(name="Alice", phone=CAST["alice"], password=PASSWORD, client=HOME)
    superuser.execute("UPDATE rate_limit_bucket SET tokens = 0 WHERE bucket = 'sign-up-address'")
    with pytest.raises(TooManyAttempts) as refusal:
        sign_up(name="Bob", phone=CAST["bob"], password=PASSWORD, client=HOME)
    assert refusal.value.details == {"retry_after_s": 3}
    sign_up(name="Bob", phone=CAST["bob"], password=PASSWORD, client=CAFE)
    assert people.SIGN_UP_OF_ADDRESS.capacity == 100


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_whole_ipv6_network_counts_as_one_address(address: str, subject: str) -> None:
    assert address_subject(address) == subject


def test_odd_subjects_do_no_harm(database_url: str) -> None:
    for subject in ("", "a\0b", "x" * 100_000, "₹" * 300, "'; DROP TABLE person; --"):
        assert try_take(subject) is None


def test_old_buckets_are_cleared_away_and_living_ones_stay(database_url: str, superuser: psycopg.Connection) -> None:
    known = rate_limit.KNOWN_PREFIX + "test"
    superuser.execute(
        "INSERT INTO rate_limit_bucket (bucket, subject, tokens, updated_at) VALUES"
        " ('test', 'old', 0, now() - interval '25 hours'), ('test', 'young', 0, now() - interval '23 hours'),"
        " (%(known)s, 'old', 5, now() - interval '91 days'), (%(known)s, 'young', 5, now() - interval '89 days')",
        {"known": known},
    )
    clear_old_buckets()
    left = superuser.execute("SELECT bucket, subject FROM rate_limit_bucket ORDER BY bucket, subject").fetchall()
    assert left == [(known, "young"), ("test", "young")]


def test_taking_clears_up_now_and_then(
    database_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "CLEAR_ONE_IN", 1)
    superuser.execute("INSERT INTO rate_limit_bucket VALUES ('test', 'old', 0, now() - interval '2 days')")
    try_take("new")
    assert superuser.execute("SELECT subject FROM rate_limit_bucket").fetchall() == [("new",)]


def test_who_was_remembered_is_known(database_url: str) -> None:
    limit = Limit(f"{KNOWN_PREFIX}test", capacity=5, refill_every_s=60)
    assert not limit.is_known("alice")
    limit.remember("alice")
    limit.remember("alice")
    assert limit.is_known("alice")
    assert not limit.is_known("bob")
