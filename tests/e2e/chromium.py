"""Chromium as the tests drive it: one for many tests, another one where it hung or fell."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType

#: Chromium calls home at every start. Here it must not, and as root it has no sandbox.
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    # The headless shell rounds each letter to whole pixels, as no browser with a window does any more.
    "--font-render-hinting=none",
]


class Chromium:
    """A browser that is started when it is wanted, and again when it is gone."""

    def __init__(self, kind: BrowserType, path: Path) -> None:
        self._kind = kind
        self._path = path
        self._running: Browser | None = None
        self._process_id = 0

    @contextmanager
    def watched(self, patience_s: float) -> Iterator[Browser]:
        """The browser for one test. Some calls of Playwright wait without an end (``evaluate``, ``close``): after
        ``patience_s`` the browser is killed, and then whatever waits for it raises ``TargetClosedError``."""
        running = self._started()
        # From another thread, and so by its number: nothing of Playwright may be called there.
        killing = threading.Timer(patience_s, os.kill, (self._process_id, signal.SIGKILL))
        killing.daemon = True
        killing.start()
        try:
            yield running
        finally:
            killing.cancel()

    def stand_still(self) -> None:
        """Answers nothing from now on, as one that hangs."""
        os.kill(self._process_id, signal.SIGSTOP)

    def close(self) -> None:
        if self._running is not None and self._running.is_connected():
            self._running.close()

    def _started(self) -> Browser:
        if self._running is None or not self._running.is_connected():
            self._running = self._kind.launch(executable_path=self._path, args=BROWSER_ARGUMENTS)
            processes = self._running.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
            self._process_id = next(process["id"] for process in processes if process["type"] == "browser")
        return self._running
