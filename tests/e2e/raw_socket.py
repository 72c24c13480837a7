"""The websocket of the interface, spoken by hand: what a stranger with a script can do, no more and no less.

Engine.IO 4 and Socket.IO 5 as the Reflex client speaks them: https://socket.io/docs/v4/engine-io-protocol/
"""

import json
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

#: Long enough for any answer of a server on the same machine, short enough to wait for silence many times.
ANSWER_WITHIN_S = 10.0


class RawSocket:
    """One connection. ``received`` keeps every frame that ever came."""

    def __init__(
        self, base_url: str, *, client_token: str, cookie: str | None = None, path: str = "/dashboard"
    ) -> None:
        self._base_url = base_url
        self._path = path
        self._token = client_token
        address = urlsplit(base_url)
        headers = {"Cookie": cookie} if cookie else {}
        self._closing = ExitStack()
        self._socket: ClientConnection = self._closing.enter_context(
            connect(
                f"ws://{address.netloc}/_event/?token={client_token}&EIO=4&transport=websocket",
                additional_headers=headers,
                origin=Origin(base_url),
                max_size=2**22,
            )
        )
        self.received: list[str] = []
        self._wait_for("0{")
        self._socket.send("40/_event,")
        self._wait_for("40/_event,")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def send(self, event_name: str, payload: dict[str, Any] | None = None, *, path: str = "") -> None:
        """Calls a handler, as the page would, without waiting for the answer. ``path``: from another page."""
        page = path or self._path
        event = {
            "name": event_name,
            "payload": payload or {},
            "router_data": {"pathname": page, "asPath": page, "query": {}, "origin": self._base_url},
        }
        self._socket.send(f"42/_event,{json.dumps(['event', event])}")

    def listen(self, *, silence_s: float) -> str:
        """All that comes until nothing has come for ``silence_s``."""
        start = len(self.received)
        while self._read(timeout_s=silence_s):
            pass
        return "\n".join(self.received[start:])

    def until(self, text: str, *, within_s: float = ANSWER_WITHIN_S) -> str:
        """All that comes up to the frame that holds this text."""
        start, deadline = len(self.received), time.monotonic() + within_s
        while self._read(timeout_s=deadline - time.monotonic()):
            if text in "".join(self.received[start:][-1:]):
                return "\n".join(self.received[start:])
        closed = f" before closing code {self._socket.close_code}" if self._socket.close_code else ""
        raise AssertionError(f"{text!r} did not come{closed}; received last: {self.received[start:][-5:]}")

    def send_text(self, frame: str) -> None:
        """Whatever it is."""
        self._socket.send(frame)

    def send_bytes(self, frame: bytes) -> None:
        self._socket.send(frame)

    def until_told_to_leave(self) -> None:
        """Engine.IO says goodbye in a frame of its own, after which its clients hang up."""
        deadline = time.monotonic() + 3 * ANSWER_WITHIN_S
        while self.received[-1:] != ["1"]:
            assert time.monotonic() < deadline, "nothing but " + str(self.received[-3:])
            self._read(timeout_s=0.1)

    def closing_code(self) -> int:
        """Why the server hangs up, once it does (RFC 6455, 7.4)."""
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while time.monotonic() < deadline:
            self._read(timeout_s=0.1)
            if self._socket.close_code is not None:
                return self._socket.close_code
        raise AssertionError("the connection is still open")

    def _wait_for(self, head: str) -> None:
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while time.monotonic() < deadline:
            if not self._read(timeout_s=deadline - time.monotonic()):
                break
            if self.received[-1].startswith(head):
                return
        raise AssertionError(f"no frame {head!r} came; received: {self.received}")

    def _read(self, *, timeout_s: float) -> bool:
        try:
            frame = self._socket.recv(timeout=max(0.01, timeout_s))
        except (TimeoutError, ConnectionClosed):
            return False
        text = frame if isinstance(frame, str) else frame.decode()
        if text == "2":
            self._socket.send("3")
            return True
        self.received.append(text)
        return True
