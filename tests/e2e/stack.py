"""The whole product for tests: every process, started as a person starts them, on free ports with its own data."""

import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wallet_core.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]

#: The last line of the launcher's start (launcher/supervisor.py READY).
READY = "Wallet is ready:"

#: A first build of the interface on two busy cores, its JavaScript packages fetched anew. It counts for no test:
#: whoever starts a stack adds this to the test's limit (tests/e2e/conftest.py).
START_S = 240
STOP_S = 60

#: The first and the last port that the system gives to whoever connects, where it says so.
GIVEN_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
#: Below it are the ports that are somebody's by custom; and some that browsers refuse to open.
LOWEST_PORT = 10_240
ANY_PORT = 0

#: The bank repeats itself within a test's patience, and is late while somebody still looks.
FAST_BANK = {"BANK_RETRY_BASE_S": "0.2", "BANK_LATE_S": "3"}

#: Tests give money in the name of a bank that has never heard of it; what the auditor makes of that is tested apart.
NO_AUDIT = {"WALLET_AUDIT_EVERY_S": "3600"}


@dataclass(frozen=True, slots=True)
class Stack:
    """A wallet that runs. ``log``: all that its processes said."""

    app_url: str
    webhook_url: str
    bank_url: str
    database_url: str
    data_dir: Path
    log: Path
    launcher: "subprocess.Popen[bytes]"
    app_figures_url: str
    webhook_figures_url: str


def _quiet_ports() -> Iterator[int]:
    """Ports below those that the system gives to whoever connects, each once; then without an end ``ANY_PORT``."""
    try:
        given_from = int(GIVEN_PORTS.read_text().split()[0])
    except OSError:
        given_from = LOWEST_PORT
    # In an order of its own in every run, so that two at a time rarely want the same.
    ports = list(range(LOWEST_PORT, given_from))
    random.Random(os.urandom(8)).shuffle(ports)
    yield from ports
    yield from itertools.repeat(ANY_PORT)


_ports = _quiet_ports()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody uses now, each another one.

    Whoever wants them may listen there a minute later only, when a port that the system gives might be somebody's
    connection; so none of those, while there are others, and none twice in one run.
    """
    found: list[int] = []
    with ExitStack() as opened:
        while len(found) < count:
            each, port = opened.enter_context(socket.socket()), next(_ports)
            try:
                each.bind(("127.0.0.1", port))
            except OSError:
                if port == ANY_PORT:
                    raise
            else:
                found.append(int(each.getsockname()[1]))
    return found


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder with a short name, for the path of a unix socket is limited; others may pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment_of(data_dir: Path, ports: list[int], changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a launcher, without what this process has for a wallet of its own."""
    own = ("WALLET_", "BANK_", "DATABASE_URL", "REFLEX_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    names = ("WALLET_APP_PORT", "WALLET_WEBHOOK_PORT", "WALLET_BANK_PORT")
    return {
        **kept,
        **FAST_BANK,
        **NO_AUDIT,
        **{name: str(port) for name, port in zip(names, ports, strict=True)},
        "WALLET_DATA_DIR": str(data_dir),
        **(changes or {}),
    }


@contextmanager
def running_stack(*, demo_people: bool = False, changes: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Starts the wallet, waits until it says that it is ready, and stops it. ``changes``: of its environment."""
    *ports, app_figures, webhook_figures = free_ports(5)
    figures = {"WALLET_APP_METRICS_PORT": str(app_figures), "WALLET_WEBHOOK_METRICS_PORT": str(webhook_figures)}
    app_url, webhook_url, bank_url = (f"http://localhost:{port}" for port in ports)
    with short_folder() as folder:
        data_dir, log = folder / "data", folder / "log"
        command = [sys.executable, "-m", "launcher", *([] if demo_people else ["--no-demo-people"])]
        with log.open("wb") as output:
            launcher = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment_of(data_dir, ports, {**figures, **(changes or {})}),
                stdout=output,
                stderr=output,
            )
        try:
            wait_for_line(log, READY, launcher)
            database_url = (changes or {}).get("DATABASE_URL") or EmbeddedPostgres(data_dir / "postgres").url()
            figures_urls = (f"http://127.0.0.1:{port}/metrics" for port in (app_figures, webhook_figures))
            yield Stack(app_url, webhook_url, bank_url, database_url, data_dir, log, launcher, *figures_urls)
        finally:
            stop(launcher)


def wait_for_line(log: Path, text: str, launcher: "subprocess.Popen[bytes]", *, within_s: float = START_S) -> str:
    """Waits until the log holds this text, and answers its line."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        ended = launcher.poll() is not None
        found = next((line for line in log.read_text(errors="replace").splitlines() if text in line), None)
        if found is not None:
            return found
        assert not ended, f"The launcher ended ({launcher.returncode}):\n{log.read_text(errors='replace')}"
        time.sleep(0.05)
    raise AssertionError(f"{text!r} did not come within {within_s} s:\n{log.read_text(errors='replace')}")


def stop(launcher: "subprocess.Popen[bytes]") -> int:
    """As Ctrl-C or a service manager does; answers the exit status."""
    if launcher.poll() is None:
        launcher.send_signal(signal.SIGTERM)
    return launcher.wait(timeout=STOP_S)
