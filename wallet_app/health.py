"""``/healthz``: the worker's event loop turns, and goes on doing so. ``/readyz``: it can serve. For deploy scripts and
operators, and kept from the world by the proxy.

Asked however often, the database is asked once in a moment.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wallet_app.asking import ask
from wallet_core import metrics
from wallet_core.config import get_settings
from wallet_core.errors import DatabaseUnavailable
from wallet_core.leaving import LEAVING, Leaving
from wallet_core.notifications import is_listening
from wallet_core.readiness import DATABASE, MIGRATIONS, Readiness, is_migrated

log = logging.getLogger(__name__)

#: Beyond this a person would wait as well.
PROBE_S: Final = 2

#: For the figure, where nobody asks.
WATCH_EVERY_S: Final = 10


async def _look() -> list[str]:
    missing = [] if is_listening() else ["changes"]
    try:
        async with asyncio.timeout(PROBE_S):
            if not await ask(is_migrated):
                missing.append(MIGRATIONS)
    except (DatabaseUnavailable, TimeoutError):
        missing.append(DATABASE)
    except Exception as error:  # noqa: BLE001 - a database without our tables; every failure has one meaning here
        log.warning("the database is not ours yet: %s", type(error).__name__)
        missing.append(MIGRATIONS)
    if (url := get_settings().redis_url) and not await _answers(url):
        missing.append("redis")
    return missing


async def _answers(url: str) -> bool:
    try:
        async with asyncio.timeout(PROBE_S), Redis.from_url(url) as redis:
            return bool(await redis.ping())  # type: ignore[misc]  # typed for both kinds of client at once
    except (RedisError, OSError, TimeoutError):
        return False


leaving: Final = Leaving()
readiness: Final = Readiness(_look, leaving=leaving, figure=metrics.APP_READY, within_s=2 * PROBE_S)


def watch() -> "asyncio.Task[None]":
    """Keeps the figure fresh until it is cancelled."""

    async def run() -> None:
        while True:
            await readiness.missing()
            await asyncio.sleep(WATCH_EVERY_S)

    return asyncio.create_task(run(), name="readiness-figure")


@asynccontextmanager
async def leave_with_a_word() -> AsyncGenerator[None]:
    """Behind a proxy: told to go, this worker says so, and goes on answering until the proxy has heard it."""
    if get_settings().behind_tls_proxy:
        leaving.say_first()
    yield


async def get_healthz(_: Request) -> Response:
    if leaving.is_said:
        return JSONResponse({"status": LEAVING}, 503)
    return JSONResponse({"status": "alive"})


async def get_readyz(_: Request) -> Response:
    missing = await readiness.missing()
    if not missing:
        return JSONResponse({"status": "ready"})
    log.warning("not ready", extra={"missing": missing})
    return JSONResponse({"status": "unavailable", "missing": missing}, 503, {"retry-after": "2"})
