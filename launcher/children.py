"""Running one process: its words on the screen, its health, its end. All of it on the launcher's event loop."""

import asyncio
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from launcher.errors import CannotGoOn
from launcher.leftovers import MARK
from launcher.parts import ROOT, STOP_S, Part
from launcher.screen import Screen

#: A part that dies more often than this within the window will not get better by itself.
MAX_DEATHS: Final = 5
DEATHS_WINDOW_S: Final = 60

#: Pauses between a death and the next start: half a second, one, two, four, ...
RESTART_BASE_S: Final = 0.5
RESTART_MAX_S: Final = 8

HEALTH_EVERY_S: Final = 0.1
EXIT_EVERY_S: Final = 0.05
HEALTH_ANSWER_S: Final = 5

#: A line longer than this is shown in pieces, for asyncio refuses to read it as one.
LINE_MAX_BYTES: Final = 1024 * 1024


class Children:
    """Starts and ends processes that all get the same environment. ``hurry`` set: those that are ending are killed."""

    def __init__(self, screen: Screen, data_dir: Path, environment: Mapping[str, str]) -> None:
        self.hurry = asyncio.Event()
        self._screen = screen
        self._environment = {**os.environ, **environment, MARK: str(data_dir), "PYTHONUNBUFFERED": "1"}

    async def run_to_end(self, name: str, command: Iterable[str]) -> None:
        """One step that ends by itself.

        Raises: CannotGoOn where its exit status is not 0.
        """
        process = await self._spawn(command, {})
        try:
            await self._show(name, process)
            status = await _exit_status(process)
        finally:
            await self._end(process)
        if status != 0:
            raise CannotGoOn(f"The step {name} failed ({_how(status)}). What it said stands above.")

    async def keep_running(self, part: Part, healthy: asyncio.Event) -> None:
        """Runs the part, sets ``healthy`` when it first answers, and starts it again when it dies. Ends when cancelled.

        Raises: CannotGoOn where it does not start, or dies too often.
        """
        deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        while True:
            status = await self._run_once(part, healthy)
            if not healthy.is_set():
                raise CannotGoOn(f"The part {part.name} did not start ({_how(status)}). What it said stands above.")
            deaths.append(time.monotonic())
            if len(deaths) == MAX_DEATHS and deaths[-1] - deaths[0] < DEATHS_WINDOW_S:
                raise CannotGoOn(
                    f"The part {part.name} died {MAX_DEATHS} times within a minute, at last with {_how(status)}. "
                    "The wallet stops; what it said stands above."
                )
            pause_s = min(RESTART_BASE_S * 2 ** (len(deaths) - 1), RESTART_MAX_S)
            self._screen.say(f"{part.name} died ({_how(status)}). It is started again.")
            await asyncio.sleep(pause_s)

    async def _run_once(self, part: Part, healthy: asyncio.Event) -> int:
        """From start to end; answers the exit status.

        Raises: CannotGoOn where it lives and does not answer.
        """
        process = await self._spawn(part.command, part.environment)
        showing = asyncio.create_task(self._show(part.name, process, part.noise))
        watching = asyncio.create_task(_see_healthy(part, healthy))
        try:
            status_or_health = {asyncio.create_task(_exit_status(process)), watching}
            await asyncio.wait(status_or_health, timeout=part.start_s, return_when=asyncio.FIRST_COMPLETED)
            if process.returncode is None and not watching.done():
                raise CannotGoOn(f"The part {part.name} did not answer within {part.start_s} s. The wallet stops.")
            return await _exit_status(process)
        finally:
            watching.cancel()
            await self._end(process)
            # What it said last is still in the pipe, which a process that it left in another group may hold open.
            await asyncio.wait({showing}, timeout=1)
            showing.cancel()

    async def _spawn(self, command: Iterable[str], environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "launcher.tether", str(os.getpid()), *command),
            cwd=ROOT,
            env={**self._environment, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # A group of its own: Ctrl-C is for the launcher, which stops the parts in order; and what the part started
            # itself can be ended with it.
            start_new_session=True,
            limit=LINE_MAX_BYTES,
        )

    async def _show(self, name: str, process: asyncio.subprocess.Process, noise: re.Pattern[str] | None = None) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                continue  # longer than LINE_MAX_BYTES: asyncio has thrown the piece away
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip().rpartition("\r")[2]
            if noise is None or not noise.search(text):
                self._screen.line(name, text)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Asks the process to end, waits, then kills it; in any case all that is left of its group."""
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            ended = asyncio.create_task(_exit_status(process))
            hurried = asyncio.create_task(self.hurry.wait())
            await asyncio.wait({ended, hurried}, timeout=STOP_S, return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await _exit_status(process)


async def _exit_status(process: asyncio.subprocess.Process) -> int:
    """Waits for the process alone. ``process.wait`` also waits for its pipe, which a child that outlives it holds."""
    while process.returncode is None:  # noqa: ASYNC110 - nothing else of asyncio tells it
        await asyncio.sleep(EXIT_EVERY_S)
    return process.returncode


async def _see_healthy(part: Part, healthy: asyncio.Event) -> None:
    while not await _answers(part):  # noqa: ASYNC110 - another process cannot set an event
        await asyncio.sleep(HEALTH_EVERY_S)
    healthy.set()


async def _answers(part: Part) -> bool:
    """Whether the part answers 200 to its health request."""
    request = f"GET {part.health_path} HTTP/1.1\r\nHost: localhost:{part.port}\r\nConnection: close\r\n\r\n"
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(HEALTH_ANSWER_S):
            reader, writer = await asyncio.open_connection(part.health_host, part.port)
            try:
                writer.write(request.encode())
                return (await reader.readline()).split()[1:2] == [b"200"]
            finally:
                writer.close()
    return False


def _how(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return f"signal {signal.Signals(-status).name}"
    return f"signal {-status}"
