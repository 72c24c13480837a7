"""uvicorn's HTTP with httptools, and with the two bounds that uvicorn does not set: on the time and the size of a head.

Without them a few hundred connections that send a header now and then keep the bank out (docs/decisions/0003).
"""

import asyncio
import logging
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from webhook.answers import Answer, whole_answer

log = logging.getLogger("webhook.protocol")

#: From a connection's opening, or from the first byte of a further request, until the head is complete. The bank sends
#: a head in one packet; who needs longer for 400 bytes does not mean to finish.
HEAD_S: Final = 5

#: Of the request line and the headers, which have some 400 bytes of the bank's. What comes in one read with the end of
#: the head is not counted.
HEAD_MAX_BYTES: Final = 16 * 1024


class BoundedHeadProtocol(HttpToolsProtocol):
    """One connection. A head that is late is hung up on: nobody is waiting for an answer to half a request."""

    _head_deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._head_deadline is None and self._is_between_requests():
            self._expect_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_deadline is not None and self._head_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
            log.warning("head too large")
            self.transport.write(whole_answer(Answer.HEAD_TOO_LARGE))
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._forget_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

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
