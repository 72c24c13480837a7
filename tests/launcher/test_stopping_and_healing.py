"""Ctrl-C and SIGTERM stop everything, the database last. What is killed is started again, now or by the next run."""

import re
import signal
import time
from collections.abc import Callable

import httpx
import psutil
import pytest

from launcher.leftovers import find_leftovers
from tests.launcher.launched import Launched

WEBHOOK, BANK = 1, 2


def _eventually(holds: Callable[[], bool], *, within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(process: psutil.Process) -> bool:
    """A dead process that nobody has waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _answers(wallet: Launched, part: int, path: str = "/healthz") -> bool:
    try:
        return httpx.get(wallet.url(part) + path, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_with_the_database_last(wallet: Launched, number: signal.Signals) -> None:
    wallet.start()
    database, webhook = wallet.database(), wallet.part("webhook")
    launcher = wallet.launchers[-1]
    launcher.send_signal(number)
    seen_alive = []  # of the webhook, then of the database, until both are gone
    while _lives(webhook) or _lives(database):
        seen_alive.append((_lives(webhook), _lives(database)))
        time.sleep(0.002)
    assert launcher.wait(timeout=30) == 0
    assert (True, False) not in seen_alive
    assert find_leftovers(wallet.data_dir) == []
    log = (wallet.data_dir / "postgres" / "log").read_text()
    assert "received fast shutdown request" in log
    assert "database system is shut down" in log


def test_two_signals_stop_everything_as_well(wallet: Launched) -> None:
    wallet.start()
    launcher = wallet.launchers[-1]
    launcher.send_signal(signal.SIGINT)
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(timeout=30) == 0
    assert find_leftovers(wallet.data_dir) == []
    assert "database system is shut down" in (wallet.data_dir / "postgres" / "log").read_text()


def test_a_signal_in_the_middle_of_the_start_leaves_nothing(wallet: Launched) -> None:
    launcher = wallet.spawn()
    wallet.wait_for("Starting PostgreSQL")
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(timeout=60) == 0
    assert find_leftovers(wallet.data_dir) == []
    assert not (wallet.data_dir / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize(("module", "part"), [("webhook", WEBHOOK), ("bank_simulator", BANK)])
def test_a_part_that_is_killed_is_started_again(wallet: Launched, module: str, part: int) -> None:
    wallet.start()
    killed = wallet.part(module)
    killed.kill()
    wallet.wait_for("died (signal SIGKILL). It is started again.")
    _eventually(lambda: _answers(wallet, part))
    assert wallet.part(module).pid != killed.pid
    assert wallet.stop() == 0


def test_a_part_that_dies_again_and_again_stops_the_wallet(wallet: Launched) -> None:
    wallet.start()
    launcher = wallet.launchers[-1]
    while launcher.poll() is None:
        for process in find_leftovers(wallet.data_dir):
            try:
                if process.cmdline()[-2:] == ["-m", "bank_simulator"]:
                    process.kill()
            except psutil.Error:
                continue
        time.sleep(0.05)
    assert launcher.returncode == 1
    assert "The part bank died 5 times within a minute" in wallet.log.read_text()
    assert find_leftovers(wallet.data_dir) == []


def test_a_killed_database_is_started_again_and_the_webhook_heals_by_itself(wallet: Launched) -> None:
    wallet.start()
    webhook, killed = wallet.part("webhook"), wallet.database()
    killed.kill()
    wallet.wait_for("PostgreSQL runs again.")
    _eventually(lambda: _answers(wallet, WEBHOOK, "/readyz"))
    assert wallet.part("webhook").pid == webhook.pid
    assert wallet.database().pid != killed.pid
    assert wallet.stop() == 0


def test_what_a_killed_launcher_left_is_healed_by_the_next_start(wallet: Launched) -> None:
    wallet.start()
    before = {process.pid for process in find_leftovers(wallet.data_dir)}
    database = wallet.database()
    # Suspended, a part cannot follow the signal that Linux sends it when its parent dies: it is really left over.
    wallet.part("webhook").suspend()
    wallet.launchers[-1].kill()
    wallet.launchers[-1].wait()
    _eventually(lambda: len(find_leftovers(wallet.data_dir)) == 1)
    assert _lives(database)
    wallet.start()
    assert re.search(r"An earlier run was killed and left \d+ process", wallet.log.read_text())
    assert not before & {process.pid for process in find_leftovers(wallet.data_dir)}
    assert _answers(wallet, WEBHOOK, "/readyz")
    assert _answers(wallet, BANK)
    assert wallet.stop() == 0
    assert not _lives(database)


def test_linux_ends_the_parts_of_a_killed_launcher(wallet: Launched) -> None:
    wallet.start()
    wallet.launchers[-1].kill()
    wallet.launchers[-1].wait()
    _eventually(lambda: find_leftovers(wallet.data_dir) == [])
