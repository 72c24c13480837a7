"""``python -m bench.load_tabs FILE``: open tabs without a browser, which note when each was sent which balance.

FILE holds a plan (``LoadPlan`` as JSON). When all tabs have their page the process says ``open``; on ``stop`` it says
what they were sent (``Sent`` as JSON) and ends. A tab that is dropped connects again, as the real one does, and is
counted.
"""

import asyncio
import json
import re
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from bench.tabs import AT_ONCE, NAMESPACE, OPEN_S, PING, PONG

#: What a real tab sends when it opens Home: it asks for all of its state, and for what the page loads.
BOOT: Final = (
    "reflex___state____state.hydrate",
    "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal",
)
PAGE: Final = "/dashboard"

#: The balance in a frame.
BALANCE: Final = re.compile(r'"available_rx_state_":"₹([\d,]+)\.(\d\d)"')

#: Before a tab that was dropped comes again.
AGAIN_S: Final = 1.0


@dataclass(frozen=True)
class LoadPlan:
    """``cookies``: one for each tab. ``urls``: the apps, taken in turn. ``origin``: what the pages' address is."""

    urls: list[str]
    origin: str
    cookies: list[str]


@dataclass
class Sent:
    """For each tab, in the order of the cookies: pairs of paise and milliseconds since 1970."""

    balances: list[list[tuple[int, float]]] = field(default_factory=list)
    dropped: int = 0


def boot_frames(origin: str) -> list[str]:
    """What a tab sends after it has connected."""
    router = {"pathname": PAGE, "asPath": PAGE, "query": {}, "origin": origin}
    events = [{"name": name, "payload": {}, "router_data": router} for name in BOOT]
    return [f"42{NAMESPACE}{json.dumps(['event', event])}" for event in events]


class Tab:
    """One of them, for as long as the process lives."""

    def __init__(self, plan: LoadPlan, number: int, sent: Sent, gate: asyncio.Semaphore) -> None:
        self._plan, self._number, self._sent, self._gate = plan, number, sent, gate
        self._balances: list[tuple[int, float]] = []
        self.is_open = asyncio.Event()
        sent.balances.append(self._balances)

    async def live(self) -> None:
        while True:
            with suppress(OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                async with self._gate:
                    socket = await self._connect()
                    await asyncio.wait_for(self._read_page(socket), OPEN_S)
                self.is_open.set()
                while True:
                    await self._read(socket)
            self._sent.dropped += self.is_open.is_set()
            await asyncio.sleep(AGAIN_S)

    async def _connect(self) -> ClientConnection:
        url = self._plan.urls[self._number % len(self._plan.urls)]
        socket = await connect(
            f"ws://{urlsplit(url).netloc}/_event/?token={secrets.token_hex(16)}&EIO=4&transport=websocket",
            additional_headers={"Cookie": self._plan.cookies[self._number]},
            origin=Origin(self._plan.origin),
            max_size=2**22,
            ping_interval=None,
            compression=None,
        )
        await socket.send(f"40{NAMESPACE}")
        while not (await self._read(socket)).startswith(f"40{NAMESPACE}"):
            pass
        return socket

    async def _read_page(self, socket: ClientConnection) -> None:
        for frame in boot_frames(self._plan.origin):
            await socket.send(frame)
        shown = len(self._balances)
        while len(self._balances) == shown or self._balances[-1][0] == 0:
            await self._read(socket)

    async def _read(self, socket: ClientConnection) -> str:
        frame = str(await socket.recv())
        if frame == PING:
            await socket.send(PONG)
        elif found := BALANCE.search(frame):
            paise = int(found[1].replace(",", "") + found[2])
            self._balances.append((paise, time.time() * 1000))
        return frame


async def _run(plan: LoadPlan) -> None:
    sent, gate = Sent(), asyncio.Semaphore(AT_ONCE)
    tabs = [Tab(plan, number, sent, gate) for number in range(len(plan.cookies))]
    living = [asyncio.create_task(tab.live()) for tab in tabs]
    await asyncio.gather(*(tab.is_open.wait() for tab in tabs))
    _say("open")
    await asyncio.to_thread(sys.stdin.readline)
    for task in living:
        task.cancel()
    await asyncio.gather(*living, return_exceptions=True)
    _say({"balances": sent.balances, "dropped": sent.dropped})


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run(LoadPlan(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
