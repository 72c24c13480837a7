"""``python -m webhook``: serves the bank's door on WALLET_WEBHOOK_PORT until SIGTERM or Ctrl-C.

Exit status: 0 after a stop, 1 with one sentence when it cannot start.
"""

import errno
import logging
import signal
import socket
import sys
from types import FrameType
from typing import Final, NoReturn

import uvicorn

from wallet_core.config import Settings, get_settings
from wallet_core.errors import SettingsError
from wallet_core.logs import set_up_logs
from wallet_core.metrics import serve_metrics, stop_metrics
from webhook.app import make_app
from webhook.protocol import BoundedHeadProtocol, LeavingServer
from webhook.settlement import DRAIN_S

log = logging.getLogger("webhook")

#: Connections at once; above it each is told to come again, and closed. Below the 1,024 files that a process may
#: usually have open.
CONNECTIONS_MAX: Final = 900

#: An idle connection is kept this long: the bank calls in bursts, and a new connection costs a round trip or three.
KEEP_ALIVE_S: Final = 15


def main() -> int:
    """Answers the exit status."""
    # After its own graceful stop uvicorn raises the signal again, for whoever handled it before: us, and that is a
    # success. Ctrl-C comes to the whole group of processes and means the same.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    try:
        settings = get_settings()
        set_up_logs("webhook", as_json=settings.log_format == "json")
        listener = _listen(settings.bind_host, settings.webhook_port)
    except SettingsError as error:
        return _refuse_to_start(str(error))
    except OSError as error:
        return _refuse_to_start(_sentence(settings.webhook_port, error))
    with listener:
        _serve(settings, listener)
    return 0


def _serve(settings: Settings, listener: socket.socket) -> None:
    """The choice of these settings, and what they do not do: docs/decisions/0003-webhook-server.md."""
    config = uvicorn.Config(
        make_app(settings),
        http=BoundedHeadProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    figures = serve_metrics(settings.metrics_host, settings.webhook_metrics_port)
    log.info("listening", extra={"port": settings.webhook_port})
    try:
        LeavingServer(config).run(sockets=[listener])
    finally:
        stop_metrics(figures)
        log.info("stopped")


def _listen(host: str, port: int) -> socket.socket:
    """Raises: OSError. Done before anything else, so that a port in use is said at once and in our words."""
    # TCP is named outright: asyncio looks at it before it sets TCP_NODELAY, without which head and body of an answer
    # wait 40 ms for each other.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # So that connections of the process before, still winding down, do not hold the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _sentence(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what listens there, or set WALLET_WEBHOOK_PORT to another port."
    return f"Port {port} cannot be opened ({error.strerror}): set WALLET_WEBHOOK_PORT to another port."


def _refuse_to_start(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
