"""Reads a request's body within limits: of size, of time, of type."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.types import Receive, Scope

from webhook.answers import Answer, Refused

#: A message of the bank has some 300 bytes. 64 KiB leaves it room to grow and keeps a flood out of memory.
BODY_MAX_BYTES: Final = 64 * 1024

#: For the whole body, however it drips in. A bank that needs longer for one packet repeats the message anyhow.
BODY_READ_S: Final = 5

#: What follows a refusal is read and thrown away up to here: closing at once would make the client's system drop our
#: answer (RFC 9112, section 9.6). It bounds what a client can make us read for nothing.
DISCARD_MAX_BYTES: Final = 256 * 1024
DISCARD_S: Final = 1

#: More digits than any length has; ``int`` would take its time over some thousands of them.
_LENGTH_MAX_DIGITS: Final = 20

_JSON_TYPES: Final = frozenset({b"application/json", b"application/json;charset=utf-8"})


class Disconnected(Exception):
    """The client hung up before its body was here: nobody is left to answer."""


def check_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Refuses by the headers alone what is not JSON (415) or says itself that it is too large (413).

    Raises: Refused.
    """
    types = 0
    for name, value in headers:
        if name == b"content-type":
            types += 1
            if not is_json(value):
                raise Refused(Answer.NOT_JSON)
        elif name == b"content-encoding" and value.strip().lower() != b"identity":
            raise Refused(Answer.NOT_JSON)
    if types != 1:
        raise Refused(Answer.NOT_JSON)
    for name, value in headers:
        # The server has checked that it is a number. What says too little is still counted as it is read.
        if name == b"content-length" and (len(value) > _LENGTH_MAX_DIGITS or int(value) > BODY_MAX_BYTES):
            raise Refused(Answer.TOO_LARGE)


def is_json(content_type: bytes) -> bool:
    """However it is spelled; in UTF-8, where it says so."""
    if content_type in _JSON_TYPES:
        return True
    return content_type.replace(b" ", b"").replace(b'"', b"").lower() in _JSON_TYPES


async def read_body(receive: Receive) -> bytes:
    """The whole body, at most ``BODY_MAX_BYTES`` of it within ``BODY_READ_S``.

    Raises: Refused (413, 408), Disconnected.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_READ_S):
            while True:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise Disconnected
                body += event.get("body", b"")
                if len(body) > BODY_MAX_BYTES:
                    raise Refused(Answer.TOO_LARGE)
                if not event.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Refused(Answer.TOO_SLOW) from None


async def discard_body(scope: Scope, receive: Receive) -> None:
    """Reads on for a moment before a refusal is sent, so that the client is still there to hear it.

    A client that asked first (``Expect: 100-continue``) has sent nothing yet and is not told to.
    """
    if any(name == b"expect" for name, _ in scope["headers"]):
        return
    size_bytes = 0
    try:
        async with asyncio.timeout(DISCARD_S):
            while size_bytes <= DISCARD_MAX_BYTES:
                event = await receive()
                size_bytes += len(event.get("body", b""))
                if event["type"] == "http.disconnect" or not event.get("more_body", False):
                    return
    except TimeoutError:
        return
