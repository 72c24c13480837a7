"""uvicorn's HTTP with httptools, and with the two bounds that uvicorn does not set: on the time and the size of a head.

Without them a few hundred connections that send a header now and then keep the bank out (docs/decisions/0003). And a
server that leaves without resetting anybody's connection, as uvicorn's own does to who speaks in that moment.
"""

import asyncio
import ctypes
import logging
import socket
import struct
import sys
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from webhook.answers import Answer, whole_answer
from webhook.body import BODY_MAX_BYTES

log = logging.getLogger("webhook.protocol")

#: From a connection's opening, or from the first byte of a further request, until the head is complete. The bank sends
#: a head in one packet; who needs longer for 400 bytes does not mean to finish.
HEAD_S: Final = 5

#: Of the request line and the headers, which have some 400 bytes of the bank's. What comes in one read with the end of
#: the head is not counted.
HEAD_MAX_BYTES: Final = 16 * 1024

#: Of one whole request as it comes over the wire. The door counts the body alone: what evades it are the sizes and
#: extensions of chunks, and trailers, which the parser would gather by the gigabyte. Room for a body of single bytes,
#: six bytes a chunk, and for what the door reads and throws away behind a refusal.
REQUEST_MAX_BYTES: Final = 8 * BODY_MAX_BYTES


#: A server that leaves answers what comes within this on connections that are open, and tells each that it ends. A
#: request that is on its way when we hang up would be answered with a reset.
LEAVING_S: Final = 1


class BoundedHeadProtocol(HttpToolsProtocol):
    """One connection. A head that is late is hung up on: nobody is waiting for an answer to half a request."""

    _head_deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = False
    _request_bytes = 0
    _is_leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._head_deadline is None and self._is_between_requests():
            self._expect_head()
        self._head_bytes += len(data)
        self._request_bytes += len(data)
        super().data_received(data)
        if self._head_deadline is not None and self._head_bytes > HEAD_MAX_BYTES:
            self._refuse(Answer.HEAD_TOO_LARGE)
        elif self._request_bytes > REQUEST_MAX_BYTES:
            self._refuse(Answer.TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here too, and uvicorn would add them to the headers that the door has been given.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._forget_head()
        super().on_headers_complete()
        if self._is_leaving:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._request_bytes = 0
        super().on_message_complete()

    def shutdown(self) -> None:
        self._is_leaving = True
        if self._is_between_requests():
            self.loop.call_later(LEAVING_S, self._leave)
        else:
            self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self._is_between_requests() and not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def _refuse(self, answer: Answer) -> None:
        """At once, whatever the door is waiting for: it will hear that the client is gone."""
        if self.transport.is_closing():
            return
        log.warning("request too large", extra={"status": answer.status})
        if self._is_between_requests() or not self.cycle.response_started:
            self.transport.write(whole_answer(answer))
        self.transport.close()

    def _is_between_requests(self) -> bool:
        # Before the first request there is no cycle, whatever uvicorn's annotation says.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or (cycle.response_complete and not cycle.more_body)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_deadline = self.loop.call_later(HEAD_S, self._hang_up)

    def _forget_head(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _hang_up(self) -> None:
        self._head_deadline = None
        if not self.transport.is_closing():
            log.info("head too slow")
            self.transport.close()


#: Between the first and the last packet of a handshake that is under way when the server leaves: a round trip to a bank
#: on another continent.
HANDSHAKE_S: Final = 0.2

#: Linux (asm-generic/socket.h): a filter for what a socket receives. Ours reads the flags of a packet (the byte 13 of
#: its TCP header) and drops those that would open a connection (SYN, 2). Fields: code, jump if true, if false, value.
SO_ATTACH_FILTER: Final = 26
_INSTRUCTIONS: Final = ((0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
_FILTER: Final = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in _INSTRUCTIONS))


class LeavingServer(uvicorn.Server):
    """uvicorn's server, which on its way out takes also those who have called and were not heard yet."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in sockets or []:
            _stop_hearing(listener)
        # Who was in the middle of a handshake comes in now, and is fetched by the event loop.
        await asyncio.sleep(HANDSHAKE_S)
        waiting = [connection for listener in sockets or [] for connection in _accepted(listener)]
        for server in self.servers:
            server.close()
        for connection in waiting:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> BoundedHeadProtocol:
        return BoundedHeadProtocol(self.config, self.server_state, self.lifespan.state)


def _stop_hearing(listener: socket.socket) -> None:
    """Whoever calls from now on is not heard, and finds nobody when they call again a second later. Without it the
    kernel would let some in between the last one that we fetch and the closing of the door, and reset them: so it does
    where a kernel allows no filter to a user without rights, and the bank says it again.
    """
    if sys.platform == "linux":
        program = struct.pack("HL", len(_INSTRUCTIONS), ctypes.addressof(_FILTER))
        try:
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        except OSError as error:
            log.info("no filter", extra={"reason": error.strerror})


def _accepted(listener: socket.socket) -> list[socket.socket]:
    """Everybody whom the kernel has let in and the event loop has not fetched yet."""
    taken = []
    listener.setblocking(False)
    while True:
        try:
            taken.append(listener.accept()[0])
        except BlockingIOError:
            return taken
