"""The load generator: wrk, which costs a few microseconds a request and so leaves the cores to the servers."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LUA: Final = Path(__file__).with_suffix(".lua")

#: wrk spells latencies so: "12.34ms", "870.00us", "1.20s".
_MS_OF_UNIT: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_P99: Final = re.compile(r"^\s+99%\s+([\d.]+)(us|ms|s) *$", re.MULTILINE)
_TOTAL: Final = re.compile(r"^\s+(\d+) requests in ([\d.]+)(s|m),", re.MULTILINE)
_REFUSED: Final = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_BROKEN: Final = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")


@dataclass(frozen=True)
class Load:
    """What one run of wrk counted. ``bad``: answers that were not 2xx, and connections that failed."""

    requests: int
    seconds: float
    p99_ms: float
    bad: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def program() -> str:
    """Where wrk is; installed as Debian's package where that is possible.

    Raises: RuntimeError, with what a person can do.
    """
    if shutil.which("wrk") is None and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(command, env=environment, capture_output=True, check=False)
    found = shutil.which("wrk")
    if found is None:
        raise RuntimeError("The load generator wrk is missing. On Debian and Ubuntu: apt-get install wrk")
    return found


def start(url: str, requests: Path, connections: int, seconds: int) -> "subprocess.Popen[str]":
    """Sends what stands in ``requests`` (each ended by a NUL) over so many connections; ``result`` waits for it."""
    command = [program(), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(LUA)]
    return subprocess.Popen(
        [*command, url, "--", str(requests)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def result(running: "subprocess.Popen[str]") -> Load:
    """Raises: RuntimeError with all that wrk said, where it did not come to its end."""
    said, _ = running.communicate()
    if running.returncode != 0:
        raise RuntimeError(f"wrk failed:\n{said}")
    return parse(said)


def parse(said: str) -> Load:
    """Raises: RuntimeError where this is not what wrk prints."""
    total, p99 = _TOTAL.search(said), _P99.search(said)
    if total is None or p99 is None:
        raise RuntimeError(f"wrk said something else:\n{said}")
    refused, broken = _REFUSED.search(said), _BROKEN.search(said)
    bad = int(refused[1]) if refused else 0
    bad += sum(map(int, broken.groups())) if broken else 0
    seconds = float(total[2]) * (60 if total[3] == "m" else 1)
    return Load(int(total[1]), seconds, float(p99[1]) * _MS_OF_UNIT[p99[2]], bad)
