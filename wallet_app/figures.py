"""The log, the figures and the traces of this worker: they begin and end with it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from wallet_app.health import watch
from wallet_app.tabs import open_tabs
from wallet_core import metrics
from wallet_core.config import get_settings
from wallet_core.logs import set_up_logs
from wallet_core.services.figures import show_pools
from wallet_core.tracing import close_tracing, set_up_tracing


@asynccontextmanager
async def show_figures() -> AsyncGenerator[None]:
    """Around everything that the worker does."""
    settings = get_settings()
    set_up_logs("app", as_json=settings.log_format == "json")
    set_up_tracing("app")
    metrics.OPEN_TABS.set_function(open_tabs.count)
    show_pools()
    server = metrics.serve_metrics(settings.metrics_host, settings.app_metrics_port)
    watching = watch() if server is not None else None
    try:
        yield
    finally:
        if watching is not None:
            watching.cancel()
        metrics.stop_metrics(server)
        await asyncio.to_thread(close_tracing)
