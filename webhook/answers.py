"""Every answer that the bank can get, each spelled once: the table of the webhook."""

import json
from enum import Enum
from http import HTTPStatus
from typing import Final

from starlette.types import Send

from wallet_core.views import MessageOutcome

#: Long enough for a database to come back or a queue to empty, short enough that credits do not wait for it.
RETRY_AFTER_S: Final = 2


#: The connection ends with this answer.
_CLOSE: Final = (b"connection", b"close")


class Answer(Enum):
    """Status, the one JSON object of the body, further headers.

    2xx ends the bank's repetitions, anything else does not: a dispute and an unknown shape are repeated as well, and
    settle by themselves if it was we who were wrong.
    """

    CREDITED = (200, {"outcome": MessageOutcome.CREDITED})
    FAILED = (200, {"outcome": MessageOutcome.FAILED})
    DUPLICATE = (200, {"outcome": MessageOutcome.DUPLICATE})
    IGNORED = (200, {"outcome": MessageOutcome.IGNORED})
    DISPUTED = (409, {"outcome": MessageOutcome.DISPUTED})
    #: One answer, whether the signature is missing, malformed, wrong or too old: a forger learns nothing.
    NOT_SIGNED = (401, {"code": "signature-refused"}, {"www-authenticate": "StandardWebhooks"})
    NOT_FOUND = (404, {"code": "not-found"})
    WRONG_METHOD = (405, {"code": "method-not-allowed"}, {"allow": "POST"})
    TOO_SLOW = (408, {"code": "body-too-slow"})
    TOO_LARGE = (413, {"code": "body-too-large"})
    NOT_JSON = (415, {"code": "content-type-not-json"}, {"accept": "application/json"})
    HEAD_TOO_LARGE = (431, {"code": "head-too-large"})
    INVALID = (422, {"code": "message-invalid"})
    BROKEN = (500, {"code": "internal-error"})
    UNAVAILABLE = (503, {"code": "unavailable"}, {"retry-after": str(RETRY_AFTER_S)})

    def __init__(self, status: int, content: dict[str, str], headers: dict[str, str] | None = None) -> None:
        self.status: Final = status
        self.body: Final = json.dumps(content, separators=(",", ":")).encode()
        self.headers: Final = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self.body)).encode()),
            *((name.encode(), value.encode()) for name, value in (headers or {}).items()),
        ]
        #: As it goes over the wire, before and behind the date: where the connection stays, and where it ends.
        self.staying: Final = self._parts(self.headers)
        self.closing: Final = self._parts([*self.headers, _CLOSE])

    def _parts(self, headers: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        status = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
        return status.encode(), lines + b"\r\n" + self.body


ANSWER_TO_OUTCOME: Final = {outcome: Answer[outcome.name] for outcome in MessageOutcome}


class Refused(Exception):
    """A request that ends with this answer, before its body was read to the end."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.name)
        self.answer = answer


def whole_answer(answer: Answer, date: bytes = b"", *, closing: bool = True) -> bytes:
    """The answer as it goes over the wire, where the ordinary way through ASGI is not taken.

    ``date``: the whole line of that header. ``closing``: the connection ends with this answer.
    """
    before, after = answer.closing if closing else answer.staying
    return before + date + after


async def send_answer(send: Send, answer: Answer, *, closing: bool = False) -> None:
    """``closing``: this connection takes no further request, for the rest of this one's body may still come."""
    headers = [*answer.headers, _CLOSE] if closing else answer.headers
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
