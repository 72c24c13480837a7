"""``python -m bench.workers [--write]``: one app and two, with and without Redis, under the same crowd of tabs.

Prints a line for each, and writes it into docs/scaling.md (a trial writes none): events a second from all tabs
together, and the memory of a tab in the apps and in Redis.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import psutil
import redis

from bench.ground import ROUND_S, Ground, ground
from bench.load import session_cookies, write_line
from bench.load_tabs import boot_frames
from bench.ratio import say
from bench.report import is_trial
from bench.tabs import NAMESPACE, Plan, Tabs
from tests.e2e.stack import environment_of, free_ports
from tests.scale.machines import AppProcess
from tests.scale.servers import Redis

TABS: Final = 200
PAGE: Final = "/dashboard"

#: Changes one text of the state and reads nothing: what an event costs by itself.
TRIVIAL: Final = "reflex___state____state.wallet_app___state___transfer____transfer_state.type_amount"

#: How many apps, and how they keep the state. "held": a worker keeps what it has in hand, and writes later.
WAYS: Final = ((1, "memory"), (1, "Redis"), (2, "Redis"), (1, "Redis, held"), (2, "Redis, held"))


def main(arguments: list[str]) -> int:
    with ground() as ready:
        cookies = session_cookies(ready, TABS)
        for number, (apps, way) in enumerate(WAYS):
            folder = ready.folder / f"way-{number}"
            folder.mkdir(mode=0o755)
            line = {"apps": str(apps), "state": way, **_measure(ready, folder, cookies, apps, way)}
            say("  " + ", ".join(f"{name}: {value}" for name, value in line.items()))
            if "--write" in arguments and not is_trial():
                write_line(line, keys=2)
    return 0


def _measure(ready: Ground, folder: Path, cookies: list[str], count: int, way: str) -> dict[str, str]:
    with ExitStack() as stack:
        environment = {"DATABASE_URL": ready.url, "WALLET_PUBLIC_URL": "http://localhost:3000"}
        store: redis.Redis | None = None
        if way != "memory":
            server = Redis(folder)
            stack.callback(server.stop)
            server.run()
            store = redis.Redis.from_url(server.url)
            stack.callback(store.close)
            environment["REFLEX_REDIS_URL"] = server.url
        if way.endswith("held"):
            environment["REFLEX_OPLOCK_ENABLED"] = "1"
        apps = [
            AppProcess(port, folder, environment_of(folder / "data", free_ports(3), environment))
            for port in free_ports(count)
        ]
        for app in apps:
            stack.callback(app.stop)
            app.start()
        before_kb, before_store_kb = _memory_kb(apps), _store_kb(store)
        crowds = []
        for place, app in enumerate(apps):
            own = folder / str(place)
            own.mkdir()
            frames = [f"40{NAMESPACE}", *boot_frames(app.address)]
            crowds.append(Tabs(Plan(app.address, cookies[place::count], frames, PAGE), own))
        app_kb, store_kb = (_memory_kb(apps) - before_kb) / TABS, (_store_kb(store) - before_store_kb) / TABS
        with ThreadPoolExecutor(len(crowds)) as at_once:
            rate = sum(at_once.map(lambda crowd: crowd.events(TRIVIAL, ROUND_S), crowds))
        for crowd in crowds:
            crowd.close()
    return {
        "events/s": f"{rate:,.0f}",
        "kB a tab in the apps": f"{app_kb:.0f}",
        "kB a tab in Redis": f"{store_kb:.0f}" if store else "-",
    }


def _memory_kb(apps: list[AppProcess]) -> float:
    """Of all their processes; pages that they share are counted once."""
    families = [[psutil.Process(app.pid), *psutil.Process(app.pid).children(recursive=True)] for app in apps]
    return sum(process.memory_full_info().pss for family in families for process in family) / 1024


def _store_kb(store: "redis.Redis | None") -> float:
    return int(store.info("memory")["used_memory"]) / 1024 if store is not None else 0.0  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
