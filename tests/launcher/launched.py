"""A launcher with webhook and bank, on a data directory of its own. Without the interface, it starts in two seconds."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from launcher.leftovers import find_leftovers
from tests.e2e.stack import READY, ROOT, environment_of, free_ports, stop, wait_for_line

#: More than a start with migrations takes on two busy cores.
START_S = 60


@dataclass
class Launched:
    """One data directory and one set of ports, on which launchers are started one after the other."""

    folder: Path
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    started: int = 0
    launchers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Of the latest launcher."""
        return self.folder / f"log-{self.started}"

    def start(self, *, parts: str = "webhook,bank", changes: Mapping[str, str] | None = None) -> None:
        """Starts a launcher and waits until it is ready."""
        self.spawn(parts=parts, changes=changes)
        wait_for_line(self.log, READY, self.launchers[-1], within_s=START_S)

    def refusal(self, changes: Mapping[str, str] | None = None) -> str:
        """Starts a launcher that must not come up; answers what it said. Its exit status is 1."""
        launcher = self.spawn(changes=changes)
        assert launcher.wait(timeout=START_S) == 1, self.log.read_text()
        return self.log.read_text()

    def spawn(
        self, *, parts: str = "webhook,bank", changes: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Starts a launcher and does not wait."""
        self.started += 1
        with self.log.open("wb") as output:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "launcher", "--only", parts, "--no-demo-people"],
                cwd=ROOT,
                env=environment_of(self.data_dir, self.ports, changes),
                stdout=output,
                stderr=output,
            )
        self.launchers.append(launcher)
        return launcher

    def stop(self) -> int:
        """Stops the latest launcher with SIGTERM; answers its exit status."""
        return stop(self.launchers[-1])

    def wait_for(self, text: str, *, within_s: float = START_S) -> str:
        """The line of the latest launcher's log that holds this text."""
        return wait_for_line(self.log, text, self.launchers[-1], within_s=within_s)

    def part(self, module: str) -> psutil.Process:
        """The running process of ``python -m <module>``."""
        found = [process for process in find_leftovers(self.data_dir) if process.cmdline()[-2:] == ["-m", module]]
        assert len(found) == 1, found
        return found[0]

    def database(self) -> psutil.Process:
        """The running server of the embedded PostgreSQL."""
        return psutil.Process(int((self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]))

    def url(self, part: int) -> str:
        """Of the app (0), the webhook (1) or the bank (2)."""
        return f"http://127.0.0.1:{self.ports[part]}"


@contextmanager
def launched(folder: Path) -> Iterator[Launched]:
    """Whatever a test did: afterwards nothing of it runs."""
    wallet = Launched(folder)
    try:
        yield wallet
    finally:
        for launcher in wallet.launchers:
            stop(launcher)
        for process in find_leftovers(wallet.data_dir):
            with contextlib.suppress(psutil.Error):
                process.kill()
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            os.kill(wallet.database().pid, signal.SIGQUIT)
