"""The order of things: one wallet a data directory, database, migrations, parts; and backwards when it ends."""

import asyncio
import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from launcher.children import Children
from launcher.database import Database, GivenDatabase, OwnDatabase, has_people
from launcher.errors import CannotGoOn
from launcher.leftovers import stop_leftovers
from launcher.parts import BIN, WEB_FOLDER, Part
from launcher.ports import check_ports
from launcher.screen import Screen
from wallet_core.config import Settings
from wallet_core.phones import format_phone
from wallet_core.services.demo import ALICE, PASSWORD

#: The last line of a start, which programs wait for. The address follows.
READY: Final = "Wallet is ready:"

LOCK_FILE: Final = "launcher.lock"


@contextmanager
def one_launcher(data_dir: Path) -> Iterator[None]:
    """The right to start processes on this data directory. It goes with the process, however that dies.

    Raises: CannotGoOn where another launcher has it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / LOCK_FILE).open("a+", encoding="utf-8")
    except OSError:
        raise CannotGoOn(f"{data_dir} cannot be written: set WALLET_DATA_DIR to a writable directory.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotGoOn(
                f"The wallet already runs on {data_dir}. Stop it first, or give a second one its own WALLET_DATA_DIR."
            ) from None
        yield


class Supervisor:
    """Brings the wallet up, watches it, takes it down. ``run`` answers the exit status."""

    def __init__(self, settings: Settings, parts: list[Part], screen: Screen, *, with_demo_people: bool) -> None:
        self._settings = settings
        self._parts = parts
        self._screen = screen
        self._with_demo_people = with_demo_people
        self._database: Database = (
            GivenDatabase(settings.database_url) if settings.database_url else OwnDatabase(settings.data_dir, screen)
        )
        self._children = Children(
            screen,
            settings.data_dir,
            {"WALLET_DATA_DIR": str(settings.data_dir), "DATABASE_URL": self._database.url},
        )
        self._healthy = {part.name: asyncio.Event() for part in parts}

    async def run(self) -> int:
        """Answers 0 after a signal, 1 where something keeps the wallet from running."""
        work = asyncio.create_task(self._work())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, work)
        status = 1
        try:
            status = await self._until_told(work)
        finally:
            # The database last, and before it whatever slipped through.
            await asyncio.to_thread(stop_leftovers, self._settings.data_dir)
            await self._database.stop()
        if status == 0:
            self._screen.say("Everything is stopped.")
        return status

    async def _until_told(self, work: "asyncio.Task[None]") -> int:
        try:
            await work
        except asyncio.CancelledError:
            return 0
        except CannotGoOn as error:
            self._screen.say(str(error))
        except ExceptionGroup as group:
            # One part gave up and the others were stopped. Anything else is a fault of ours and keeps its traceback.
            mine, others = group.split(CannotGoOn)
            if mine is None or others is not None:
                raise
            self._screen.say(str(_first(mine)))
        return 1

    def _on_signal(self, work: "asyncio.Task[None]") -> None:
        if work.cancelling():
            self._screen.say("Stopping at once.")
            self._children.hurry.set()
        else:
            self._screen.say("Stopping ...")
            work.cancel()

    async def _work(self) -> None:
        found = await asyncio.to_thread(stop_leftovers, self._settings.data_dir)
        if found:
            self._screen.say(f"An earlier run was killed and left {found} processes behind. They are stopped.")
        check_ports(self._parts)
        self._screen.say(
            "Starting PostgreSQL ..." if not self._settings.database_url else "Looking for the database ..."
        )
        await self._database.start()
        await self._children.run_to_end("migrate", [str(BIN / "alembic"), "upgrade", "head"])
        async with asyncio.TaskGroup() as group:
            group.create_task(self._database.keep_running())
            for part in self._parts:
                group.create_task(self._children.keep_running(part, self._healthy[part.name]))
            group.create_task(self._announce())

    async def _announce(self) -> None:
        """Says the address when everybody is there to answer."""
        names = [part.name for part in self._parts]
        self._screen.say(f"Starting {', '.join(names)} ...")
        if "app" in names and not (self._settings.data_dir / WEB_FOLDER).exists():
            self._screen.say("The interface is built for the first time, which takes a minute.")
        is_seeded = await self._seed()
        for part in self._parts:
            await self._healthy[part.name].wait()
        if is_seeded:
            phone, password = format_phone(ALICE), PASSWORD
            self._screen.say(f"Demo people are there. Sign in as Alice: phone {phone}, password {password}")
        ports = ", ".join(f"{part.name} on port {part.port}" for part in self._parts)
        self._screen.plain(f"{READY} {self._settings.public_url if 'app' in names else ports}")

    async def _seed(self) -> bool:
        """Demo people, on the first run and in development only. Answers whether they are there."""
        if self._settings.is_production or not self._with_demo_people:
            return False
        if not await asyncio.to_thread(has_people, self._database.url):
            await self._children.run_to_end("people", [sys.executable, "-m", "wallet_core", "seed-demo"])
        return True


def _first(group: BaseExceptionGroup[CannotGoOn]) -> BaseException:
    """The reason that came first; what came after it came because of it."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
