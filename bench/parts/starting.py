"""How long ``make run`` takes, until the wallet says that it is ready: from nothing, and the second time.

From nothing: a bare clone, an empty HOME, no virtual environment, no build. What a machine keeps for all of its users
(the packages' caches in HOME are not among it) and the network to the registries are as they are.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.ratio import ROUNDS, Figure, Ratio, say
from launcher.parts import ROOT
from tests.e2e.stack import READY, free_ports

#: Far more than a person waits.
START_S: Final = 900
STOP_S: Final = 60

#: docs/promises.md: the second start.
WARM_TARGET_S: Final = 10


def measure() -> list[Ratio | Figure]:
    """cold_start_s, which mostly waits for others and has no target, and warm_start_s."""
    cold, warm = [], []
    for number in range(1, ROUNDS + 1):
        with _bare_clone() as folder:
            # The same ones again, as whoever starts a wallet twice has them: its pages name them.
            ports = _ports()
            cold.append(_start(folder, ports))
            if number == ROUNDS:
                warm = [_start(folder, ports) for _ in range(ROUNDS)]
    return [
        Figure(
            "cold_start_s", "make run in a bare clone with an empty HOME, until it is ready", "s", cold, target=None
        ),
        Figure("warm_start_s", "make run again in the same folder", "s", warm, target=WARM_TARGET_S),
    ]


@contextmanager
def _bare_clone() -> Iterator[Path]:
    """A folder with nothing but the clone, ``w``, and a ``home``."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "w")], check=True)
        (folder / "home").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ports() -> dict[str, str]:
    names = ("WALLET_APP_PORT", "WALLET_WEBHOOK_PORT", "WALLET_BANK_PORT")
    return {name: str(port) for name, port in zip(names, free_ports(3), strict=True)}


def _start(folder: Path, ports: dict[str, str]) -> float:
    """Seconds from ``make run`` to its last line; then it is stopped, as by Ctrl-C."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "LANG": "C.UTF-8", **ports}
    started_s = time.monotonic()
    process = subprocess.Popen(
        ["make", "run"],
        cwd=folder / "w",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    # A start that says nothing would be waited for for ever.
    alarm = threading.Timer(START_S, os.killpg, (process.pid, signal.SIGKILL))
    alarm.start()
    try:
        took_s = _ready_after_s(process, started_s)
    finally:
        alarm.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=STOP_S)
    say(f"  ready after {took_s:.1f} s")
    return took_s


def _ready_after_s(process: "subprocess.Popen[str]", started_s: float) -> float:
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if READY in line:
            return time.monotonic() - started_s
    raise RuntimeError("make run did not get ready:\n" + "".join(said[-30:]))
