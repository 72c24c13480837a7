"""A start that cannot succeed says what to do about it and ends with exit status 1. Nothing keeps running."""

import socket

import pytest

from launcher.leftovers import find_leftovers
from tests.launcher.launched import Launched


@pytest.mark.parametrize(("part", "setting"), [(1, "WALLET_WEBHOOK_PORT"), (2, "WALLET_BANK_PORT")])
def test_a_port_in_use_is_named_with_its_setting(wallet: Launched, part: int, setting: str) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", wallet.ports[part]))
        somebody.listen()
        said = wallet.refusal()
    assert f"Port {wallet.ports[part]} is in use" in said
    assert setting in said
    assert "Traceback" not in said


def test_somebody_on_ipv6_counts_for_a_browser_goes_there_first(wallet: Launched) -> None:
    with socket.socket(socket.AF_INET6) as somebody:
        somebody.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        somebody.bind(("::1", wallet.ports[1]))
        somebody.listen()
        said = wallet.refusal()
    assert f"Port {wallet.ports[1]} is in use" in said


def test_a_database_that_cannot_be_reached_is_named_without_its_password(wallet: Launched) -> None:
    said = wallet.refusal({"DATABASE_URL": "postgresql://clerk:p%40ss-word@127.0.0.1:1/books"})
    assert "The database cannot be reached (127.0.0.1, database books)" in said
    assert "DATABASE_URL" in said
    assert "p%40ss-word" not in said
    assert "p@ss-word" not in said
    assert "Traceback" not in said


def test_a_database_url_that_is_none_is_refused_without_repeating_it(wallet: Launched) -> None:
    said = wallet.refusal({"DATABASE_URL": "postgresql://clerk:secret-word@[oops/books"})
    assert "DATABASE_URL cannot be read" in said
    assert "secret-word" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"WALLET_APP_PORT": "many"}, "WALLET_APP_PORT is not a port"),
        ({"WALLET_ENV": "prod"}, "WALLET_ENV is neither development nor production"),
        ({"WALLET_ENV": "production"}, "DATABASE_URL is missing"),
        ({"WALLET_BIND_HOST": "localhost"}, "WALLET_BIND_HOST is not an IPv4 address"),
    ],
)
def test_a_wrong_setting_is_named(wallet: Launched, changes: dict[str, str], words: str) -> None:
    said = wallet.refusal(changes)
    assert words in said
    assert "Traceback" not in said


def test_a_second_wallet_on_the_same_data_is_refused_and_the_first_runs_on(wallet: Launched) -> None:
    wallet.start()
    said = wallet.refusal()
    assert f"The wallet already runs on {wallet.data_dir}" in said
    assert len(find_leftovers(wallet.data_dir)) == 2


def test_a_part_that_does_not_start_ends_the_start_and_stops_the_others(wallet: Launched) -> None:
    said = wallet.refusal({"BANK_LATE_S": "soon"})
    assert "BANK_LATE_S is not a number of seconds" in said
    assert "The part bank did not start (exit status 1)." in said
    assert find_leftovers(wallet.data_dir) == []
