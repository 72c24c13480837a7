"""The guard with Redis, where a state lies in parts, each loaded when it is needed, on whichever machine asks."""

import secrets
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import redis

from tests.e2e.raw_socket import RawSocket
from tests.scale.conftest import READ_PAGE, Person, wait_for_all_of_it
from tests.scale.machines import Machines
from wallet_app.state.balance import BalanceState
from wallet_app.state.navigation import NavigationState
from wallet_core.phones import format_phone

#: The pages that fill most of the states.
PAGES = ("/dashboard", "/transactions", "/settings")

AMOUNT_PAISE, SHOWN = 7_531_97, "7,531.97"


@pytest.fixture
def store(machines: Machines) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(machines.redis_url)
    yield client
    client.close()


def _stored(store: redis.Redis, token: str) -> bytes:
    """All that lies under this client token."""
    return b"".join(store.get(key) or b"" for key in sorted(store.scan_iter(f"*{token}*")))


def _secrets(person: Person) -> list[str]:
    return [person.name, person.phone, format_phone(person.phone), str(person.person_id), SHOWN]


def _leave(tab: RawSocket, store: redis.Redis, token: str) -> None:
    """Returns when no machine counts the tab as open: only then its token is free."""
    tab.__exit__(None, None, None)
    deadline = time.monotonic() + 10
    while store.exists(f"token_manager_socket_record_{token}"):
        assert time.monotonic() < deadline, "the tab is still counted as open"
        time.sleep(0.02)


def _used_tab(machines: Machines, alice: Person, token: str, store: redis.Redis) -> None:
    """Alice has looked at her pages on the first machine, and gone."""
    for path in PAGES:
        tab = alice.tab(machines.apps[0].address, path, token)
        _leave(tab, store, token)


@pytest.mark.parametrize(
    "first_event",
    ["reflex___state____state.hydrate", READ_PAGE, f"{NavigationState.get_full_name()}.toggle", "balance"],
)
def test_charlie_finds_nothing_under_her_tabs_token_on_the_other_machine(
    machines: Machines,
    alice: Person,
    charlie: Person,
    credit: Callable[..., httpx.Response],
    store: redis.Redis,
    first_event: str,
) -> None:
    credit(alice, AMOUNT_PAISE)
    token = secrets.token_hex(16)
    _used_tab(machines, alice, token, store)
    if not machines.holds_states:
        left = _stored(store, token)
        assert alice.name.encode() in left
        assert SHOWN.encode() in left
    with RawSocket(machines.apps[1].address, client_token=token, cookie=charlie.cookie) as socket:
        socket.send(f"{BalanceState.get_full_name()}.load" if first_event == "balance" else first_event)
        socket.send("reflex___state____state.hydrate")
        answers = socket.until("settings_state") + socket.listen(silence_s=0.5)
    assert [secret for secret in _secrets(alice) if secret in answers] == []
    if not machines.holds_states:
        left = _stored(store, token)
        assert [secret for secret in _secrets(alice) if secret.encode() in left] == []


def test_a_token_that_is_in_use_on_one_machine_is_another_one_on_the_other(
    machines: Machines, alice: Person, charlie: Person, credit: Callable[..., httpx.Response]
) -> None:
    token = secrets.token_hex(16)
    hers = alice.tab(machines.apps[0].address, client_token=token)
    with RawSocket(machines.apps[1].address, client_token=token, cookie=charlie.cookie) as his:
        his.send(READ_PAGE)
        his.until(charlie.name)
        wait_for_all_of_it(his)
        credit(alice, AMOUNT_PAISE)
        assert charlie.name not in hers.until(SHOWN)
        assert [secret for secret in _secrets(alice) if secret in "\n".join(his.received)] == []
        assert his.listen(silence_s=0.5) == ""


def test_a_stranger_who_takes_a_token_over_is_sent_no_push(
    machines: Machines, alice: Person, charlie: Person, credit: Callable[..., httpx.Response], store: redis.Redis
) -> None:
    """He connects to the other machine and says nothing; then something of hers changes."""
    token = secrets.token_hex(16)
    _used_tab(machines, alice, token, store)
    for app in machines.apps:
        with RawSocket(app.address, client_token=token, cookie=charlie.cookie) as socket:
            credit(alice, AMOUNT_PAISE)
            answers = socket.listen(silence_s=1.0)
        assert [secret for secret in _secrets(alice) if secret in answers] == []
