"""The whole application with a pool that remembers whether anybody touched it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

import webhook.app
from tests.webhook.bank import FOREIGN_SECRET, PATH, SECRET, encode, message, signed_headers
from wallet_core.config import Settings
from wallet_core.errors import DatabaseUnavailable


class Pool:
    def __init__(self) -> None:
        self.touched = 0

    def connection(self, **_: object) -> object:
        self.touched += 1
        raise DatabaseUnavailable

    cursor = connection

    async def close(self) -> None:
        pass


@asynccontextmanager
async def started(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The application between its start and its end, and a client that calls it without a socket."""
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    lifespan = asyncio.create_task(app({"type": "lifespan", "state": {}}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    assert await from_app.get() == {"type": "lifespan.startup.complete"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client
    await to_app.put({"type": "lifespan.shutdown"})
    assert await from_app.get() == {"type": "lifespan.shutdown.complete"}
    await lifespan


def test_the_database_is_touched_by_signed_messages_in_our_shape_and_by_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool()

    async def open_pool() -> Pool:
        return pool

    monkeypatch.setattr(webhook.app, "open_async_pool", open_pool)
    monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", SECRET)
    body = encode(message())
    genuine = signed_headers(body)
    refused = [
        (body, {"content-type": "application/json"}, 401),
        (body, signed_headers(body, secret=FOREIGN_SECRET), 401),
        (body, signed_headers(body, timestamp=1_000_000_000), 401),
        (body, {**genuine, "webhook-signature": "v1," + base64.b64encode(bytes(32)).decode()}, 401),
        (body + b" ", genuine, 401),
        (body, {**genuine, "content-type": "text/plain"}, 415),
        (bytes(70_000), signed_headers(bytes(70_000)), 413),
        (b"{}", signed_headers(b"{}"), 422),
    ]

    async def run() -> None:
        async with started(webhook.app.make_app(Settings())) as client:
            assert (await client.get(PATH)).status_code == 405
            for content, headers, status in refused:
                answered = await client.post(PATH, content=content, headers=headers)
                assert answered.status_code == status
            assert pool.touched == 0
            assert (await client.post(PATH, content=body, headers=genuine)).status_code == 503
            assert pool.touched == 1

    asyncio.run(run())
