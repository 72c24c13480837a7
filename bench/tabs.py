"""``python -m bench.tabs FILE``: open tabs without a browser, in a process of their own: the app alone is measured.

FILE holds a plan (``Plan`` as JSON): who each tab is, and the frames that a real tab sent when it opened its page. All
are opened; the process says ``open``. Then it takes commands, one a line, and answers each with one line of JSON:
``events NAME SECONDS`` (every tab calls a handler again and again), ``sees TEXT`` (when each tab was sent this) and
``close``.
"""

import asyncio
import itertools
import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

#: So many tabs connect at the same time; all at once would be a test of the listening queue.
AT_ONCE: Final = 20

#: For a tab to have its page, while all others open theirs.
OPEN_S: Final = 60

#: A tab has its page when nothing has come for so long.
SILENCE_S: Final = 0.5

PING, PONG = "2", "3"
NAMESPACE: Final = "/_event,"


@dataclass(frozen=True)
class Plan:
    """``cookies``: one for each tab. ``frames``: what a tab sends after it has connected. ``path``: its page."""

    url: str
    cookies: list[str]
    frames: list[str]
    path: str


class Tabs:
    """Such a process, seen from the one that started it."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        file = folder / "tabs.json"
        file.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        self._process = Popen([sys.executable, "-m", "bench.tabs", str(file)], stdin=PIPE, stdout=PIPE, text=True)
        self._answer()

    def events(self, name: str, seconds: int) -> float:
        """Calls of the handler a second, all tabs together; each waits for its answer before it calls again."""
        return float(self._ask(f"events {name} {seconds}"))

    def seen_ms(self, text: str, cause: Callable[[], None]) -> list[float]:
        """When each tab was sent this text, after ``cause``: milliseconds since 1970."""
        self._tell(f"sees {text}")
        assert self._answer() == "looking"
        cause()
        arrived_ms: list[float] = self._answer()
        return arrived_ms

    def close(self) -> None:
        self._ask("close")
        self._process.wait()

    def _ask(self, line: str) -> Any:
        self._tell(line)
        return self._answer()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The process of the tabs has ended")
        return json.loads(line)


async def _open(plan: Plan, cookie: str, gate: asyncio.Semaphore) -> ClientConnection:
    address = urlsplit(plan.url)
    async with gate:
        socket = await connect(
            f"ws://{address.netloc}/_event/?token={secrets.token_hex(16)}&EIO=4&transport=websocket",
            additional_headers={"Cookie": cookie},
            origin=Origin(plan.url),
            max_size=2**22,
            ping_interval=None,
        )
        await _read_until(socket, "0{")
        for frame in plan.frames:
            await socket.send(frame)
        await _read_until(socket, f"40{NAMESPACE}")
        while await _read(socket, SILENCE_S) is not None:
            pass
        return socket


async def _read(socket: ClientConnection, timeout_s: float | None) -> str | None:
    """The next frame that is not the keeping alive; None when none came in time."""
    while True:
        try:
            frame = str(await asyncio.wait_for(socket.recv(), timeout_s))
        except TimeoutError:
            return None
        if frame != PING:
            return frame
        await socket.send(PONG)


async def _read_until(socket: ClientConnection, head: str) -> None:
    while True:
        frame = await _read(socket, OPEN_S)
        if frame is None:
            raise RuntimeError(f"No frame {head!r} came")
        if frame.startswith(head):
            return


async def _stay(socket: ClientConnection) -> None:
    """Alive and idle."""
    while True:
        await _read(socket, None)


async def _call(socket: ClientConnection, plan: Plan, name: str, ends_s: float) -> int:
    """How often the handler was called and answered. Each call has another value, or nothing would change."""
    router = {"pathname": plan.path, "asPath": plan.path, "query": {}, "origin": plan.url}
    state = name.rpartition(".")[0]
    for count in itertools.count():
        if time.monotonic() > ends_s:
            return count
        event = {"name": name, "payload": {"text": str(count % 9 + 1)}, "router_data": router}
        await socket.send(f"42{NAMESPACE}{json.dumps(['event', event])}")
        while True:
            frame = await _read(socket, OPEN_S)
            if frame is None:
                raise RuntimeError("An event was not answered")
            # The change of the handler's own state.
            if state in frame:
                break
    raise AssertionError("unreachable")


async def _sees(socket: ClientConnection, text: str) -> float:
    """Now, in milliseconds since 1970, as soon as a frame with this text has come."""
    async with asyncio.timeout(OPEN_S):
        while text not in (await _read(socket, None) or ""):
            pass
    return time.time() * 1000


async def _open_and_stay(
    plan: Plan, cookie: str, gate: asyncio.Semaphore
) -> tuple[ClientConnection, "asyncio.Task[None]"]:
    """From the first moment: the server drops a tab that keeps silent while the others open theirs."""
    socket = await _open(plan, cookie, gate)
    return socket, asyncio.create_task(_stay(socket))


async def _rest(idle: list["asyncio.Task[None]"]) -> None:
    """Ends the idling. A tab that is gone was not there to be measured, so the measuring fails."""
    gone = sum(task.done() for task in idle)
    for task in idle:
        task.cancel()
    await asyncio.gather(*idle, return_exceptions=True)
    if gone:
        raise RuntimeError(f"{gone} of {len(idle)} tabs were dropped")


async def _run(plan: Plan) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    opened = await asyncio.gather(*(_open_and_stay(plan, cookie, gate) for cookie in plan.cookies))
    sockets = [socket for socket, _ in opened]
    idle = [task for _, task in opened]
    _say("open")
    while True:
        command, *arguments = (await asyncio.to_thread(sys.stdin.readline)).split() or ["close"]
        await _rest(idle)
        if command == "close":
            break
        if command == "sees":
            looking = [asyncio.create_task(_sees(socket, arguments[0])) for socket in sockets]
            await asyncio.sleep(0)
            _say("looking")
            _say(await asyncio.gather(*looking))
        else:
            name, seconds = arguments
            started_s = time.monotonic()
            counts = await asyncio.gather(*(_call(socket, plan, name, started_s + int(seconds)) for socket in sockets))
            _say(sum(counts) / (time.monotonic() - started_s))
        idle = [asyncio.create_task(_stay(socket)) for socket in sockets]
    await asyncio.gather(*(socket.close() for socket in sockets))
    _say("closed")


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run(Plan(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
