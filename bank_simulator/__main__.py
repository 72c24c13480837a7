"""``python -m bank_simulator``: serves the demo bank until SIGTERM or Ctrl-C.

Exit status: 0 after a stop, 1 with one sentence when it cannot start. Settings: settings.py.
"""

import dataclasses
import errno
import logging
import os
import signal
import socket
import sys
from types import FrameType
from typing import Final, NoReturn

import uvicorn

from bank_simulator.app import make_app
from bank_simulator.settings import Settings, SettingsError, read_settings
from bank_simulator.storage import Storage, StorageError

log = logging.getLogger("bank_simulator")

#: Requests that are being answered may finish for this long; with the queue's grace, a stop stays below two seconds.
STOP_GRACE_S: Final = 1


def main() -> int:
    """Answers the exit status."""
    # After its own graceful stop uvicorn raises the signal again, for whoever handled it before: us, and that is a
    # success. Ctrl-C comes to the whole group of processes and means the same.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # The bank says in its own words what it does: one line at the start, one for each message.
    for name in ("httpx", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        settings = read_settings(os.environ)
        listener = _listen(settings)
        storage = Storage(settings.database)
    except (SettingsError, StorageError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with listener:
        _serve(settings, listener, storage)
    return 0


def _serve(settings: Settings, listener: socket.socket, storage: Storage) -> None:
    port = listener.getsockname()[1]
    settings = dataclasses.replace(settings, public_url=settings.public_url or f"http://localhost:{port}")
    config = uvicorn.Config(
        make_app(settings, storage),
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_GRACE_S,
    )
    log.info("The demo bank listens on port %d: %s", port, settings.public_url)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """Raises: SettingsError. Done before the file is opened: two banks on one file would send everything twice."""
    # TCP is named outright: asyncio looks at it before it sets TCP_NODELAY, without which head and body of an answer
    # wait 40 ms for each other.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # So that connections of the process before, still winding down, do not hold the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as error:
        listener.close()
        what = "is in use: stop what listens there, or" if error.errno == errno.EADDRINUSE else "cannot be opened:"
        raise SettingsError(f"Port {settings.port} {what} set BANK_PORT to another port.") from None
    return listener


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
