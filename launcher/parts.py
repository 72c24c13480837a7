"""The processes of the wallet: how each is started, where it listens, and how one sees that it is up."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wallet_core.config import Settings

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path(sys.executable).parent

#: The first build of the interface fetches a hundred JavaScript packages; on a slow line that takes minutes.
APP_START_S: Final = 600
START_S: Final = 30

#: The webhook finishes a batch and what waits behind it (webhook/settlement.py DRAIN_S) before it goes.
STOP_S: Final = 15

#: Progress bars and rules, which say nothing in a log. What went wrong looks like none of these.
REFLEX_NOISE: Final = re.compile(r"^\W*$|[━─]{3}|^App running at|^(Info|Success): ")

#: In the data directory: what Reflex builds.
WEB_FOLDER: Final = "web"

#: WALLET_BIND_HOST for "every interface".
ANY_HOST: Final = "0.0.0.0"  # noqa: S104 - only compared

NAMES: Final = ("app", "webhook", "bank")


@dataclass(frozen=True, slots=True)
class Part:
    """One process. ``environment``: what it gets beyond the launcher's own."""

    name: str
    command: tuple[str, ...]
    port: int
    port_setting: str
    health_path: str
    health_host: str
    start_s: int = START_S
    environment: Mapping[str, str] = field(default_factory=dict)
    noise: re.Pattern[str] | None = None


def choose_parts(settings: Settings, names: tuple[str, ...]) -> list[Part]:
    """The parts of these names that belong to these settings: no demo bank in production, nor beside another bank."""
    made = [_app(settings), _webhook(settings)]
    if has_demo_bank(settings):
        made.append(_bank(settings))
    return [part for part in made if part.name in names]


def has_demo_bank(settings: Settings) -> bool:
    """Whether the wallet talks to the bank simulator on this machine."""
    return not settings.is_production and settings.bank_url == f"http://localhost:{settings.bank_port}"


def _reachable(settings: Settings) -> str:
    """Where this machine itself finds what listens on the bind host."""
    return "127.0.0.1" if settings.bind_host == ANY_HOST else settings.bind_host


def _app(settings: Settings) -> Part:
    return Part(
        name="app",
        command=(sys.executable, "-m", "launcher.app"),
        port=settings.app_port,
        port_setting="WALLET_APP_PORT",
        health_path="/signin",
        health_host=_reachable(settings),
        start_s=APP_START_S,
        environment={
            # What Reflex builds and remembers stays with the data: two wallets in one checkout do not meet, and nothing
            # is written elsewhere.
            "REFLEX_WEB_WORKDIR": str(settings.data_dir / WEB_FOLDER),
            "REFLEX_STATES_WORKDIR": str(settings.data_dir / "states"),
            "REFLEX_DIR": str(settings.data_dir / "reflex"),
            # Rich draws its progress bars as wide as the terminal, which no pipe has.
            "COLUMNS": "120",
        },
        noise=REFLEX_NOISE,
    )


def _webhook(settings: Settings) -> Part:
    return Part(
        name="webhook",
        command=(sys.executable, "-m", "webhook"),
        port=settings.webhook_port,
        port_setting="WALLET_WEBHOOK_PORT",
        health_path="/healthz",
        health_host=_reachable(settings),
    )


def _bank(settings: Settings) -> Part:
    return Part(
        name="bank",
        command=(sys.executable, "-m", "bank_simulator"),
        port=settings.bank_port,
        port_setting="WALLET_BANK_PORT",
        health_path="/healthz",
        health_host=_reachable(settings),
        environment={
            "BANK_HOST": settings.bind_host,
            "BANK_PORT": str(settings.bank_port),
            "BANK_DATABASE": str(settings.data_dir / "bank.sqlite3"),
            "BANK_PUBLIC_URL": settings.bank_url,
            "BANK_WEBHOOK_URL": f"http://localhost:{settings.webhook_port}/webhooks/bank",
            "BANK_WEBHOOK_SECRET": settings.bank_webhook_secrets[0],
        },
    )
