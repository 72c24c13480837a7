"""The webhook as an ASGI application: its three addresses, and what lives as long as the process."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypedDict

from psycopg.errors import UndefinedTable
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from wallet_core import bank_client, metrics
from wallet_core.config import Settings
from wallet_core.db import open_async_pool
from wallet_core.errors import DatabaseUnavailable
from wallet_core.keeping_pool import KeepingPool
from wallet_core.leaving import Leaving
from wallet_core.logs import call_fields, new_request_id
from wallet_core.readiness import DATABASE, MIGRATIONS, REVISION, Readiness, reaches
from wallet_core.services.onramps import settle_batch
from wallet_core.tracing import close_tracing, set_up_tracing
from wallet_core.views import BankMessage, MessageOutcome
from webhook.answers import RETRY_AFTER_S
from webhook.auditing import Auditing
from webhook.door import BANK_PATH, BankDoor
from webhook.figures import BooksFigures
from webhook.settlement import Settlement
from webhook.signature import Verifier
from webhook.sweeping import Sweeping

log = logging.getLogger("webhook.app")

#: A database that needs longer for a row of one table is not ready for credits either.
PROBE_S: Final = 1


class State(TypedDict):
    """What the server's protocol gets from us: the way past ASGI for what the bank sends in one packet."""

    door: BankDoor


class Database:
    """The pool, opened with the process. It need not reach the database yet: that heals without a restart."""

    def __init__(self) -> None:
        self._pool: KeepingPool | None = None

    async def open(self) -> None:
        self._pool = await open_async_pool()

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def settle(self, messages: list[BankMessage]) -> list[MessageOutcome | None]:
        """Raises: DatabaseUnavailable."""
        return await settle_batch(self._opened(), messages)

    async def missing(self) -> list[str]:
        """What is missing to settle credits: a database that answers, or its migrations."""
        try:
            async with self._opened().connection(timeout=PROBE_S) as connection:
                row = await (await connection.execute(REVISION)).fetchone()
        except UndefinedTable:
            return [MIGRATIONS]
        except Exception:  # noqa: BLE001 - every other failure has one meaning here, and the question comes again
            return [DATABASE]
        return [] if row is not None and reaches(row[0]) else [MIGRATIONS]

    def show_pool(self) -> None:
        """Has Prometheus ask this pool whenever it asks for figures."""
        pool = self._opened()
        metrics.POOL_SIZE.labels("settlement").set(pool.max_size)
        metrics.POOL_USED.labels("settlement").set_function(pool.in_use)
        metrics.POOL_WAITING.labels("settlement").set_function(lambda: pool.get_stats().get("requests_waiting", 0))

    def _opened(self) -> KeepingPool:
        if self._pool is None:
            raise DatabaseUnavailable
        return self._pool


def make_app(settings: Settings) -> ASGIApp:
    """The bank's address is answered by the door itself; Starlette keeps the rest: lifespan, health, 404.

    Raises: ValueError without a webhook secret.
    """
    database = Database()
    settlement = Settlement(database.settle)
    leaving = Leaving()
    readiness = Readiness(database.missing, leaving=leaving, figure=metrics.WEBHOOK_READY, within_s=PROBE_S)
    sweeping = Sweeping()
    auditing = Auditing(settings.audit_every_s)
    figures = BooksFigures(readiness.missing) if settings.webhook_metrics_port is not None else None
    door = BankDoor(Verifier(settings.bank_webhook_secrets), settlement)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[State]:
        set_up_tracing("webhook")
        if settings.behind_tls_proxy:
            leaving.say_first()
        await database.open()
        settlement.start()
        sweeping.start()
        auditing.start()
        if figures is not None:
            database.show_pool()
            figures.start()
        try:
            yield State(door=door)
        finally:
            if figures is not None:
                await figures.close()
            await auditing.close()
            await sweeping.close()
            await asyncio.to_thread(bank_client.close)
            await settlement.close()
            await readiness.close()
            await database.close()
            await asyncio.to_thread(close_tracing)

    others = Starlette(
        routes=[Route("/healthz", _healthz), Route("/readyz", _readyz(readiness))],
        lifespan=lifespan,
        exception_handlers={404: _refuse, 405: _refuse},
    )
    # A redirect would repeat the caller's own Host header.
    others.router.redirect_slashes = False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == BANK_PATH:
            await door(scope, receive, send)
        else:
            call_fields.set({"request_id": new_request_id()})
            await others(scope, receive, send)

    return app


async def _healthz(_: Request) -> Response:
    """The process is alive and its event loop turns."""
    return JSONResponse({"status": "alive"})


def _readyz(readiness: Readiness) -> Callable[[Request], Awaitable[Response]]:
    async def readyz(_: Request) -> Response:
        """Credits can be settled: the database answers, and has the form that this code was written for."""
        missing = await readiness.missing()
        if not missing:
            return JSONResponse({"status": "ready"})
        log.warning("not ready", extra={"missing": missing})
        return JSONResponse({"status": "unavailable", "missing": missing}, 503, {"retry-after": str(RETRY_AFTER_S)})

    return readyz


async def _refuse(_: Request, error: Exception) -> Response:
    """404 and 405, in the form of the other refusals; the connection is closed, for a body may still come."""
    status, headers = 500, None
    if isinstance(error, HTTPException):
        status, headers = error.status_code, error.headers
    log.info("request", extra={"status": status})
    code = "not-found" if status == 404 else "method-not-allowed"
    return JSONResponse({"code": code}, status, {**(headers or {}), "connection": "close"})
