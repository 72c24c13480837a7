"""Reads a request that came whole in one packet, in the one form that the bank's call has.

A parser that calls back for each header is a fifth of what a credit costs this process. What is read here is a strict
part of what httptools takes, and means the same there (tests/webhook/test_whole.py compares them); everything else, and
everything that is wrong, is left to it.
"""

from typing import Final

from webhook.body import is_json
from webhook.door import BANK_PATH
from webhook.signature import Headers

#: More has no call of the bank's, and whoever sends more is read piece by piece, within the bounds of the ordinary way.
WHOLE_MAX_BYTES: Final = 8 * 1024

_START: Final = b"POST %b HTTP/1.1\r\n" % BANK_PATH.encode()
_LINE_END: Final = b"\r\n"
_HEAD_END: Final = b"\r\n\r\n"
_COLON: Final = b": "

#: From the space to the tilde: neither what parts lines nor what parsers strip, fold or decode.
_PRINTABLE: Final = bytes(range(0x20, 0x7F))

#: They change how the rest is read, or what becomes of the connection.
_FRAMING: Final = frozenset(
    {b"connection", b"proxy-connection", b"expect", b"transfer-encoding", b"upgrade", b"content-encoding"}
)


def read_whole(data: bytes) -> tuple[Headers, bytes] | None:
    """Headers (names in lower case) and body, if these bytes are one whole call that the door takes; else None."""
    if not data.startswith(_START) or len(data) > WHOLE_MAX_BYTES:
        return None
    head, _, body = data[len(_START) :].partition(_HEAD_END)
    lines = head.split(_LINE_END)
    # Of the head nothing may be left but the ends of its lines.
    if not body or len(head.translate(None, _PRINTABLE)) != len(_LINE_END) * (len(lines) - 1):
        return None
    # No value begins or ends with a space.
    if b":  " in head or b" \r" in head or head.endswith(b" "):
        return None
    headers = {name.lower(): value for name, _, value in [line.partition(_COLON) for line in lines]}
    # Each name once, and none that is not one. A line without a colon has no value.
    if len(headers) < len(lines) or b"" in headers or not all(headers.values()):
        return None
    if not b"".join(headers).replace(b"-", b"").isalnum():
        return None
    if headers.get(b"content-length") != b"%d" % len(body) or not is_json(headers.get(b"content-type", b"")):
        return None
    framing = _FRAMING.intersection(headers)
    if framing and (framing != {b"connection"} or headers[b"connection"] != b"keep-alive"):
        return None
    return headers, body
