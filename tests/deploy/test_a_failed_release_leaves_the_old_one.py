"""Whatever goes wrong before the switch: the old release serves on, and nothing of the new one stays."""

import fcntl
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.deploy.fakes import Machines

OLD, NEW = "wallet:old", "wallet:new"

WITHIN_S = 20


@pytest.mark.parametrize("trouble", ["pull", "migrate", "start app", "start webhook", NEW, "reload"])
def test_the_old_one_serves_on(machines: Machines, trouble: str) -> None:
    old = machines.release(OLD)
    routes, running, containers = machines.routes(), machines.running(), set(machines.containers())
    machines.trouble(trouble)
    failed = machines.machine("release", NEW)
    assert failed.returncode != 0
    assert (machines.routes(), machines.running(), set(machines.containers())) == (routes, running, containers)
    assert (machines.state("live"), machines.state("previous")) == (old, "")
    assert machines.served() == routes


def test_a_first_proxy_that_does_not_serve_is_no_release(machines: Machines) -> None:
    """``docker run`` says that it was started, not that it takes its file; and its settings may be wrong."""
    machines.trouble("reload")
    failed = machines.machine("release", NEW)
    assert failed.returncode == 1
    assert "is live" not in failed.stdout
    assert machines.containers() == {}
    assert machines.state("live") == machines.routes() == ""
    machines.mend("reload")
    machines.release(NEW)


def test_routes_that_were_taken_though_nobody_heard_so_are_taken_back(machines: Machines) -> None:
    machines.release(OLD)
    routes = machines.routes()
    machines.trouble("reload says nothing")
    assert machines.machine("release", NEW).returncode == 1
    assert machines.served() == machines.routes() == routes
    assert set(machines.running().values()) == {OLD}


def test_the_last_words_of_one_that_is_not_ready_are_shown(machines: Machines) -> None:
    machines.trouble(NEW)
    failed = machines.machine("release", NEW)
    assert "is not ready after 1 s" in failed.stdout
    assert ["logs", "--tail", "40"] in [call["words"][:3] for call in machines.docker_calls()]


def test_a_rollback_is_still_possible_afterwards(machines: Machines) -> None:
    first, second = machines.release("wallet:1"), machines.release("wallet:2")
    machines.trouble(NEW)
    assert machines.machine("release", NEW).returncode != 0
    assert (machines.state("live"), machines.state("previous")) == (second, first)
    assert machines.machine("rollback").returncode == 0
    assert set(machines.running().values()) == {"wallet:1"}


def test_two_at_once_are_refused(machines: Machines) -> None:
    with (machines.host() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        failed = machines.machine("release", NEW)
    assert failed.returncode == 1
    assert "another release is under way" in failed.stderr
    assert machines.docker_calls() == []


def test_what_is_started_does_not_keep_the_lock(machines: Machines) -> None:
    machines.release(OLD)
    assert not any(call["has_lock"] for call in machines.docker_calls())


def test_settings_that_others_can_read_are_refused(machines: Machines) -> None:
    (machines.host() / "wallet.env").chmod(0o644)
    failed = machines.machine("release", NEW)
    assert "can be read by others" in failed.stderr
    assert machines.docker_calls() == []


@pytest.mark.parametrize("count", ["0", "many", "100", "1; reboot"])
def test_a_number_of_containers_that_is_none_is_refused(machines: Machines, count: str) -> None:
    with (machines.host() / "wallet.env").open("a") as settings:
        settings.write(f"WALLET_APP_CONTAINERS={count}\n")
    failed = machines.machine("release", NEW)
    assert "is no number from 1 to 99" in failed.stderr
    assert machines.running() == {}


@pytest.fixture
def heard(how: signal.Signals) -> Iterator[None]:
    """A shell cannot trap what was ignored when it began, as SIGHUP is where somebody runs the tests under nohup."""
    before = signal.signal(how, signal.SIG_DFL)
    yield
    signal.signal(how, before)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def hang_up(releasing: "subprocess.Popen[str]") -> None:
    """Nobody hears it any more: the next word is a SIGPIPE."""
    for pipe in (releasing.stdout, releasing.stderr):
        assert pipe is not None
        pipe.close()


def is_reloading(machines: Machines) -> bool:
    (*_, last) = machines.docker_calls()
    return bool(last["words"][:4] == ["exec", "wallet-proxy", "caddy", "reload"])


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM])
def test_a_connection_that_breaks_takes_the_new_one_away(machines: Machines, how: signal.Signals) -> None:
    machines.release(OLD)
    machines.trouble(NEW)
    with machines.start("machine", "release", NEW, WALLET_READY_S="60") as releasing:
        until(lambda: set(machines.running().values()) == {OLD, NEW})
        releasing.send_signal(how)
        releasing.communicate(timeout=WITHIN_S)
    assert releasing.returncode != 0
    assert set(machines.running().values()) == {OLD}


def test_one_that_nobody_hears_any_more_takes_the_new_one_away(machines: Machines) -> None:
    machines.release(OLD)
    machines.trouble(NEW)
    with machines.start("machine", "release", NEW) as releasing:
        until(lambda: set(machines.running().values()) == {OLD, NEW})
        hang_up(releasing)
        releasing.wait(WITHIN_S)
    assert releasing.returncode != 0
    assert set(machines.running().values()) == {OLD}


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM])
def test_what_the_proxy_switches_to_is_not_taken_away(machines: Machines, how: signal.Signals) -> None:
    machines.release(OLD)
    machines.trouble("reload is slow")
    with machines.start("machine", "release", NEW) as releasing:
        until(lambda: is_reloading(machines))
        releasing.send_signal(how)
        if how is signal.SIGPIPE:
            hang_up(releasing)
        machines.mend("reload is slow")
        releasing.wait(WITHIN_S)
    live = machines.state("live")
    assert NEW in set(machines.running().values())
    assert machines.served() == machines.routes()
    assert f"wallet-{live}-app-1:3000" in machines.served()
    assert machines.running()[f"wallet-{live}-app-1"] == NEW
