"""``python -m launcher``: starts the wallet and watches it until Ctrl-C or SIGTERM. ``make run`` calls it.

Exit status: 0 after a stop, 1 with a sentence where it cannot start or go on, 2 for arguments that it does not know.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from launcher.errors import CannotGoOn
from launcher.leftovers import MARK
from launcher.parts import NAMES, choose_parts
from launcher.screen import Screen
from launcher.supervisor import Supervisor, one_launcher
from wallet_core.config import get_settings
from wallet_core.errors import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the exit status."""
    options = _parse(arguments)
    screen = Screen()
    os.environ.pop(MARK, None)  # a launcher that a part of another one started is not that one's leftover
    try:
        settings = get_settings()
        with one_launcher(settings.data_dir):
            parts = choose_parts(settings, options.only)
            supervisor = Supervisor(settings, parts, screen, with_demo_people=options.demo_people)
            return asyncio.run(supervisor.run())
    except (CannotGoOn, SettingsError) as error:
        screen.say(str(error))
        return 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m launcher", description="Starts the wallet. Settings: see README.md."
    )
    parser.add_argument(
        "--only",
        type=_names,
        default=NAMES,
        metavar="PART,...",
        help=f"start the database and these parts only (of {', '.join(NAMES)}), as on a machine of their own",
    )
    parser.add_argument(
        "--no-demo-people",
        dest="demo_people",
        action="store_false",
        help="begin with nobody, in development, too",
    )
    return parser.parse_args(arguments)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if unknown := [name for name in names if name not in NAMES]:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
