"""The terminal: what the launcher says, and what its processes say, each line with the name of who said it."""

import os
import sys
from typing import Final, TextIO

LAUNCHER: Final = "wallet"

#: ANSI colours, bright enough on a dark ground and dark enough on a light one.
COLOURS: Final = {
    LAUNCHER: "1",
    "app": "36",
    "webhook": "35",
    "bank": "33",
    "migrate": "32",
    "people": "32",
}
NAME_WIDTH: Final = max(len(name) for name in COLOURS)


class Screen:
    """Writes whole lines, at once. Goes quiet when nobody reads any more, for the wallet runs on."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """The launcher's own words."""
        for line in text.splitlines():
            self.line(LAUNCHER, line)

    def line(self, name: str, text: str) -> None:
        """One line that ``name`` said."""
        label = f"{name:<{NAME_WIDTH}} |"
        if self._coloured:
            label = f"\033[{COLOURS.get(name, '0')}m{label}\033[0m"
        self.plain(f"{label} {text}")

    def plain(self, text: str) -> None:
        """A line without a name."""
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of this process
