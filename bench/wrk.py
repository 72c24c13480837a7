"""Load from wrk: every request of a round is made beforehand and sent once."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: When the file is used up the answer is a 404, which fails the round: nothing is sent twice.
SCRIPT: Final = r"""
local found, at = {}, 0
function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local data = file:read("*a")
  file:close()
  local from = 1
  while true do
    local to = string.find(data, "\0", from, true)
    if not to then break end
    found[#found + 1] = string.sub(data, from, to - 1)
    from = to + 1
  end
end
function request()
  at = at + 1
  return found[at] or wrk.format("GET", "/used-up")
end
"""

UNITS_MS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """What wrk saw in one round."""

    answers: int
    per_second: float
    p50_ms: float
    p99_ms: float


def http_post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One whole request, as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run_wrk(address: str, requests: Iterable[bytes], connections: int, seconds: int, folder: Path) -> Load:
    """Raises: RuntimeError, when wrk is missing or any answer was not a success."""
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is not installed: install the package wrk (apt-get install wrk, brew install wrk).")
    (folder / "wrk.lua").write_text(SCRIPT)
    (folder / "requests").write_bytes(b"".join(request + b"\0" for request in requests))
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(folder / "wrk.lua")]
    command += [address, "--", str(folder / "requests")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return parse(done.stdout + done.stderr)


def parse(text: str) -> Load:
    """Raises: RuntimeError, when a request failed or the numbers are not there."""
    answers = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p50, p99 = (re.search(rf"\b{share}%\s+([\d.]+)(us|ms|s|m)\b", text) for share in (50, 99))
    if not (answers and rate and p50 and p99) or "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk failed:\n{text}")
    p50_ms, p99_ms = (float(found[1]) * UNITS_MS[found[2]] for found in (p50, p99))
    return Load(int(answers[1]), float(rate[1]), p50_ms, p99_ms)
