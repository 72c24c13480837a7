"""uvicorn's HTTP with httptools, and with the bounds that uvicorn does not set: on the time and the size of a head, and
on the time until an answer is taken.

Without them a few hundred connections that send a header now and then, or read nothing, keep the bank out
(docs/decisions/0003). And a server that leaves without resetting anybody's connection, as uvicorn's own does to who
speaks in that moment.

What the bank sends comes whole in one read, and goes to the door at once: no scope, no task, no ASGI, which cost half
of this process's time. Whatever differs from that by a hair goes uvicorn's own way.
"""

import asyncio
import ctypes
import logging
import socket
import struct
import sys
from typing import Any, Final

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from wallet_core import metrics
from webhook.answers import Answer, send_answer, whole_answer
from webhook.body import BODY_MAX_BYTES
from webhook.door import BankDoor
from webhook.whole import read_whole

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


#: Until the client has taken what stays with us of its answers. They have a few hundred bytes, and whoever reads takes
#: them at once; who does not would hold a connection for ever, for closing one waits until everything on it was sent.
UNREAD_S: Final = 5

#: A server that leaves answers what comes within this on connections that are open, and tells each that it ends. A
#: request that is on its way when we hang up would be answered with a reset.
LEAVING_S: Final = 1


class _WholeRequest(RequestResponseCycle):
    """A request that was handed to the door whole, in the place where uvicorn keeps the one that it is answering."""

    response_started = False
    response_complete = False
    more_body = False
    disconnected = False
    message_event = asyncio.Event()  # nobody waits for it

    def __init__(self, connection: "BoundedHeadProtocol", *, keep_alive: bool) -> None:
        # Not uvicorn's: that one makes what an ASGI application needs.
        self._connection = connection
        self.keep_alive = keep_alive

    def answer(self, answer: Answer) -> None:
        self.response_started = self.response_complete = True
        if not self.disconnected:
            self._connection.write_answer(answer, keep_alive=self.keep_alive)


class BoundedHeadProtocol(HttpToolsProtocol):
    """One connection. A head that is late is hung up on: nobody is waiting for an answer to half a request."""

    _head_deadline: asyncio.TimerHandle | None = None
    _unread_deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _heads = 0
    _in_head = False
    _in_request = False
    _request_bytes = 0
    _is_leaving = False
    _answered_s = 0.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # uvicorn's own answer above the limit does not say when to come again.
        self._connections_max, self.limit_concurrency = self.limit_concurrency, None
        self._door: BankDoor = app_state["door"]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Whatever the socket does not take at once is waited for, and its client is known to be slow.
        transport.set_write_buffer_limits(high=0)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._may_come_whole() and (whole := read_whole(data)) is not None:
            self._heads += 1
            self._forget_head()
            self.cycle = request = _WholeRequest(self, keep_alive=not self._is_leaving)
            self._door.take(*whole, request.answer)
        else:
            self._receive_piece(data)

    def _may_come_whole(self) -> bool:
        """Whether nothing of a request is here, nobody is being answered on this connection, and answers are read: who
        does not read them waits until they do, and the ordinary way sees to that.
        """
        if self._in_request or self.flow.write_paused or self.transport.is_closing() or self._are_too_many():
            return False
        return self._is_between_requests()

    def _receive_piece(self, data: bytes) -> None:
        heads_before = self._heads
        self._head_bytes += len(data)
        self._request_bytes += len(data)
        super().data_received(data)
        if self._head_deadline is None and self._heads == heads_before and self._is_between_requests():
            # The first bytes of a further request, and not all of its head.
            self._expect_head()
            self._head_bytes = len(data)
        if self._head_deadline is not None and self._head_bytes > HEAD_MAX_BYTES:
            self._refuse(Answer.HEAD_TOO_LARGE)
        elif self._request_bytes > REQUEST_MAX_BYTES:
            self._refuse(Answer.TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head = self._in_request = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here too, and uvicorn would add them to the headers that the door has been given.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._heads += 1
        self._forget_head()
        self.app = _turn_away if self._are_too_many() else self.config.loaded_app
        super().on_headers_complete()
        if self._is_leaving:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._in_request = False
        self._request_bytes = 0
        super().on_message_complete()

    def _are_too_many(self) -> bool:
        return self._connections_max is not None and len(self.connections) >= self._connections_max

    def on_response_complete(self) -> None:
        """A connection's timer runs on from one whole request to the next: a new one for each is dear."""
        self._answered_s = self.loop.time()
        if self.timeout_keep_alive_task is not None and not self.pipeline:
            self.server_state.total_requests += 1
            return
        super().on_response_complete()
        if self.pipeline:
            # uvicorn reads on after each answer, whatever still waits for its own.
            self.flow.pause_reading()

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if not self._is_between_requests():
            return  # its answer starts another timer
        rest_s = self._answered_s + self.timeout_keep_alive - self.loop.time()
        if rest_s > 0:
            self.timeout_keep_alive_task = self.loop.call_later(rest_s, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def write_answer(self, answer: Answer, *, keep_alive: bool) -> None:
        """What uvicorn does when a response is complete, in one write."""
        if self.transport.is_closing():
            return
        if keep_alive:
            self.transport.write(_dated(answer, self.server_state))
        else:
            self.transport.write(whole_answer(answer, _date_line(self.server_state)))
            self.transport.close()
        self.on_response_complete()

    def shutdown(self) -> None:
        self._is_leaving = True
        if self._is_between_requests():
            self.loop.call_later(LEAVING_S, self._leave)
        else:
            self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self._is_between_requests() and not self.transport.is_closing():
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_deadline = self.loop.call_later(UNREAD_S, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_unread()
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

    def _forget_unread(self) -> None:
        if self._unread_deadline is not None:
            self._unread_deadline.cancel()
            self._unread_deadline = None

    def _give_up(self) -> None:
        """Not ``close``, which waits until everything was sent."""
        self._unread_deadline = None
        log.info("answer not read")
        self.transport.abort()

    def _hang_up(self) -> None:
        self._head_deadline = None
        if not self.transport.is_closing():
            log.info("head too slow")
            self.transport.close()


async def _turn_away(_scope: Scope, _receive: Receive, send: Send) -> None:
    """There are too many connections: this one ends, with the word to come again."""
    log.warning("too many connections", extra={"status": Answer.UNAVAILABLE.status})
    metrics.ANSWERS.labels(str(Answer.UNAVAILABLE.status)).inc()
    await send_answer(send, Answer.UNAVAILABLE, closing=True)


class _Second:
    """What goes out within one second is the same for everybody. ``headers`` are uvicorn's, a new list each second."""

    headers: list[tuple[bytes, bytes]] | None = None
    answers: dict[Answer, bytes]


def _dated(answer: Answer, state: ServerState) -> bytes:
    """The answer on a connection that stays, as it goes over the wire."""
    if _Second.headers is not state.default_headers:
        _Second.headers = state.default_headers
        _Second.answers = {}
    known = _Second.answers.get(answer)
    if known is None:
        known = _Second.answers[answer] = whole_answer(answer, _date_line(state), closing=False)
    return known


def _date_line(state: ServerState) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in state.default_headers)


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
