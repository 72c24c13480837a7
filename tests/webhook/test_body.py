"""Method, type, size and time of a request, before anybody asks who signed it."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.webhook.bank import PATH, encode, message, signed_headers
from tests.webhook.conftest import Door
from webhook import body as body_module
from webhook.answers import Answer, Refused
from webhook.body import BODY_MAX_BYTES, Disconnected, check_headers, discard_body, read_body

BODY = encode(message())


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POSTS"])
def test_only_post_is_answered(door: Door, method: str) -> None:
    answered = door.call(BODY, signed_headers(BODY), method=method)
    assert (answered.status, answered.headers["allow"], door.settled) == (405, "POST", [])


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_is_taken(door: Door, content_type: str) -> None:
    assert door.call(BODY, {**signed_headers(BODY), "content-type": content_type}).status == 200


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/jsonp", "application/json, text/html", "application/json; charset=utf-16", "\xe9"],
)
def test_another_type_is_refused(door: Door, content_type: str) -> None:
    answered = door.call(BODY, {**signed_headers(BODY), "content-type": content_type})
    assert (answered.status, answered.headers["connection"], door.settled) == (415, "close", [])


def test_a_type_missing_or_given_twice_is_refused(door: Door) -> None:
    headers = signed_headers(BODY)
    missing = {name: value for name, value in headers.items() if name != "content-type"}
    twice = [*headers.items(), ("content-type", "application/json")]
    assert [answered.status for answered in door.call_all([(BODY, missing), (BODY, twice)])] == [415, 415]


def test_a_compressed_body_is_refused(door: Door) -> None:
    assert door.call(BODY, {**signed_headers(BODY), "content-encoding": "gzip"}).status == 415
    assert door.call(BODY, {**signed_headers(BODY), "content-encoding": "identity"}).status == 200


def _padded(size_bytes: int) -> bytes:
    return BODY + b" " * (size_bytes - len(BODY))


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not(door: Door) -> None:
    fits, too_large = _padded(BODY_MAX_BYTES), _padded(BODY_MAX_BYTES + 1)
    assert door.call(fits, signed_headers(fits)).status == 200
    assert door.call(too_large, signed_headers(too_large)).status == 413
    assert len(door.settled) == 1


@pytest.mark.parametrize("length", [str(BODY_MAX_BYTES + 1), "9" * 20, "9" * 10_000])
def test_a_body_that_says_itself_too_large_is_refused_by_its_header(length: str) -> None:
    with pytest.raises(Refused) as refused:
        check_headers([(b"content-type", b"application/json"), (b"content-length", length.encode())])
    assert refused.value.answer is Answer.TOO_LARGE


class Sender:
    """A client that sends these pieces and then nothing more; counts what was asked for."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self.pieces = list(pieces)
        self.ends = ends
        self.taken_bytes = 0

    async def receive(self) -> dict[str, Any]:
        if not self.pieces:
            await asyncio.Event().wait()
        piece = self.pieces.pop(0)
        self.taken_bytes += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or not self.ends}


def test_pieces_are_put_together() -> None:
    assert asyncio.run(read_body(Sender(b"a", b"", b"bc").receive)) == b"abc"


def test_reading_stops_at_the_limit() -> None:
    sender = Sender(*[bytes(16 * 1024)] * 100)
    with pytest.raises(Refused) as refused:
        asyncio.run(read_body(sender.receive))
    assert refused.value.answer is Answer.TOO_LARGE
    assert sender.taken_bytes <= BODY_MAX_BYTES + 16 * 1024


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "BODY_READ_S", 0.05)
    with pytest.raises(Refused) as refused:
        asyncio.run(read_body(Sender(b"{", ends=False).receive))
    assert refused.value.answer is Answer.TOO_SLOW


def test_the_time_limit_is_for_the_whole_body_not_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "BODY_READ_S", 0.2)

    async def drip() -> AsyncIterator[dict[str, Any]]:
        while True:
            await asyncio.sleep(0.02)
            yield {"type": "http.request", "body": b"x", "more_body": True}

    async def run() -> None:
        pieces = drip()
        await read_body(pieces.__anext__)  # type: ignore[arg-type]

    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        asyncio.run(run())
    assert refused.value.answer is Answer.TOO_SLOW
    assert time.monotonic() - started < 2


def test_nobody_is_answered_who_hung_up() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(Disconnected):
        asyncio.run(read_body(receive))  # type: ignore[arg-type]


def test_what_follows_a_refusal_is_thrown_away_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "DISCARD_S", 0.05)
    flood, stuck, asking = Sender(*[bytes(64 * 1024)] * 100), Sender(b"{", ends=False), Sender(b"{")
    scope: dict[str, Any] = {"type": "http", "path": PATH, "headers": []}
    asyncio.run(discard_body(scope, flood.receive))
    asyncio.run(discard_body(scope, stuck.receive))
    asyncio.run(discard_body({**scope, "headers": [(b"expect", b"100-continue")]}, asking.receive))
    assert (flood.taken_bytes, stuck.taken_bytes, asking.taken_bytes) == (5 * 64 * 1024, 1, 0)
