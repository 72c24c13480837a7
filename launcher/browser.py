"""A Chromium for the tests: the system's, else Playwright's, else Debian's package."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from launcher.errors import CannotGoOn

#: Debian's Chromium without windows: the same pages in three quarters of the time.
HEADLESS: Final = "chromium-headless-shell"

#: Names on the PATH, then where macOS keeps it. TEST_BROWSER goes before all of them.
NAMES: Final = (HEADLESS, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

#: Without the font Hindi is drawn as nothing: widths are wrong, and pictures show empty buttons.
PACKAGES: Final = (HEADLESS, "fonts-lohit-deva")

#: Where the tests read the path (tests/e2e).
PATH_FILE: Final = "test-browser"

ASKED_S: Final = 30
INSTALLED_S: Final = 600


def find_browser(say: Callable[[str], None]) -> Path:
    """Finds or installs a browser that starts, and answers its path.

    Raises: CannotGoOn, with what a person can do.
    """
    for source in (_of_the_system, _of_playwright, _of_debian):
        for path in source(say):
            if version := _version(path):
                say(f"The browser for the tests: {path} ({version})")
                return path
    raise CannotGoOn(
        "No browser for the tests was found, and none could be installed. "
        "Install Chromium or Chrome, or set TEST_BROWSER to the path of one."
    )


def _of_the_system(_say: Callable[[str], None]) -> Iterator[Path]:
    if given := os.environ.get("TEST_BROWSER"):
        yield Path(given)
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    yield from map(Path, PLACES)


def _of_playwright(say: Callable[[str], None]) -> Iterator[Path]:
    path = _playwright_path()
    if path is None:
        return
    if not path.exists():
        say("No Chromium or Chrome on this machine. Trying Playwright's own ...")
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    yield path


def _playwright_path() -> Path | None:
    # In a process of its own, for Playwright starts another one to ask.
    code = (
        "from playwright.sync_api import sync_playwright as p\nwith p() as found: print(found.chromium.executable_path)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.returncode == 0 and done.stdout.strip() else None


def _of_debian(say: Callable[[str], None]) -> Iterator[Path]:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    say(f"Installing Debian's packages {' and '.join(PACKAGES)} ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _try(["apt-get", "update", "-qq"], environment)
    _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], environment)
    if found := shutil.which(HEADLESS):
        yield Path(found)


def _try(command: list[str], environment: dict[str, str] | None = None) -> None:
    """What it says is shown only when it fails; then the next way is tried."""
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=INSTALLED_S,
            check=False,
        )
        failure = "" if done.returncode == 0 else done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        failure = str(error)
    for line in failure.strip().splitlines()[-3:]:
        print(f"  {line}", flush=True)


def _version(path: Path) -> str:
    """What the browser calls itself; "" where it does not start (a snap without its daemon, a missing library)."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=ASKED_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
