"""The application: the doors, the queue behind them, and what every answer carries."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bank_simulator.api import Bank, on_http_error, on_slow_body, on_storage_error
from bank_simulator.delivery import Delivery
from bank_simulator.retention import keep_pruning
from bank_simulator.settings import Settings
from bank_simulator.storage import Storage

#: A request has some 300 bytes, the longest allowed one some 3,000.
MAX_BODY_BYTES: Final = 16 * 1024

#: No scripts at all, nothing from elsewhere, and nobody frames the page under somebody else's name.
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


class StandardHeaders:
    """Gives every answer the headers above, unless it has its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def make_app(settings: Settings, storage: Storage) -> Starlette:
    """The bank on an open file; it closes the file when it stops."""
    bank = Bank(settings, storage, Delivery(storage, settings))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        bank.worker = asyncio.create_task(bank.delivery.run())
        pruning = asyncio.create_task(keep_pruning(storage))
        try:
            yield
        finally:
            for task in (pruning, bank.worker):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            storage.close()

    return Starlette(
        routes=bank.routes(),
        lifespan=lifespan,
        max_body_size=MAX_BODY_BYTES,
        middleware=[Middleware(StandardHeaders)],
        exception_handlers={
            HTTPException: on_http_error,
            TimeoutError: on_slow_body,
            sqlite3.Error: on_storage_error,
        },
    )
