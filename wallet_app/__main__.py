"""``python -m wallet_app``: serves the built interface on WALLET_APP_PORT until SIGTERM or Ctrl-C.

More workers than one (WEB_CONCURRENCY) need REFLEX_REDIS_URL. Exit status: 0 after a stop.
"""

import os
import signal
from types import FrameType
from typing import Final, NoReturn

import uvicorn

from wallet_core.config import get_settings

APP: Final = "wallet_app.wallet_app:app"

#: What ``reflex run --env prod --single-port`` tells its workers: the pages are built, serve them as well.
_SERVES_WHAT_IS_BUILT: Final = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}

#: Ours are a few hundred bytes, and no field takes a hundredth of this. Engine.IO's own bound is a megabyte: with eight
#: connections and no account that made everybody else wait for seconds, and the process grow by hundreds of megabytes.
MAX_MESSAGE_BYTES: Final = 32 * 1024

#: A download that is on its way may end; tabs are told at once, and come back to whoever serves then.
LEAVE_S: Final = 5


def main() -> None:
    # After its own graceful stop uvicorn raises the signal again, for whoever handled it before: that is a success.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    os.environ.update(_SERVES_WHAT_IS_BUILT | os.environ)
    # Why uvicorn, and these settings: docs/decisions/0011-app-server.md.
    settings = get_settings()
    uvicorn.run(
        APP,
        factory=True,
        host=settings.bind_host,
        port=settings.app_port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        # Engine.IO asks by itself whether somebody is there, and a window for compressing costs each tab its memory.
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks is read from X-Forwarded-For where the settings say that a proxy sets it (wallet_app/addresses.py).
        proxy_headers=False,
        timeout_graceful_shutdown=LEAVE_S,
    )


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
