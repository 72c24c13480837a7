"""Redis, PostgreSQL and PgBouncer as Debian packages them: installed where they are missing, and run by a test."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from tests.webhook.process import free_port

#: Debian's package of each program.
PACKAGES = {"redis-server": "redis-server", "initdb": "postgresql", "pgbouncer": "pgbouncer"}

#: A package list and three small packages, from a mirror nearby.
INSTALL_S = 240
START_S = 30
STOP_S = 20

#: Two apps, two webhooks, the tests, and a template: more than PostgreSQL's own hundred.
CONNECTIONS_MAX = 200

#: Where Debian puts the programs that are no commands, a folder for each version.
POSTGRES_FOLDERS = Path("/usr/lib/postgresql")


@cache
def program(name: str) -> Path:
    """The path of a server's program. Leaves the test out where it is missing and cannot be installed."""
    found = _find(name)
    if found is None:
        install_packages(sorted(PACKAGES.values()))
        found = _find(name)
    if found is None:
        leave_out(f"{name} is missing: install Debian's packages {', '.join(sorted(PACKAGES.values()))} as root")
    return found


def leave_out(sentence: str) -> NoReturn:
    """Skips this test, and says what is missing. What delivers leaves nothing out: there it fails."""
    if os.environ.get("GITHUB_ACTIONS"):
        pytest.fail(f"{sentence} (.github/workflows/check.yml does)")
    pytest.skip(sentence)


def _find(name: str) -> Path | None:
    by_version = sorted(POSTGRES_FOLDERS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if by_version:
        return by_version[-1]
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return Path(found) if found else None


def install_packages(packages: list[str]) -> None:
    """By root on a Debian, else it does nothing. Without a network it fails, and the tests say what is missing."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    # Level 1 is that of one person alone: nothing that is installed is started as a service.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run([apt, *arguments], env=environment, capture_output=True, timeout=INSTALL_S, check=False)


class Server:
    """A process with its log in a file. As root it runs as ``user``, for PostgreSQL and PgBouncer refuse root."""

    def __init__(self, command: list[str], folder: Path, *, name: str, user: str = "postgres") -> None:
        self.log = folder / f"{name}.log"
        self._command = [*(as_user(user)), *command]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, answers: Callable[[], bool]) -> None:
        """Returns when it answers."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=output, cwd="/")
        deadline = time.monotonic() + START_S
        while not answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"not started: {self.log.read_text()}"
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self.stop(signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=STOP_S)


def as_user(user: str) -> list[str]:
    """What stands before a command of root's, so that it runs as this user: the process itself, no child of another."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.geteuid() == 0 else []


class Redis(Server):
    """It keeps nothing on disk: what it holds can be made again, and holds session cookies."""

    def __init__(self, folder: Path, address: str = "127.0.0.1", port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"redis://{address}:{self.port}/0"
        options = {"port": self.port, "bind": address, "save": "", "appendonly": "no", "dir": folder}
        command = [str(program("redis-server"))]
        for option, value in options.items():
            command += [f"--{option}", str(value)]
        super().__init__(command, folder, name="redis", user="redis")

    def run(self) -> None:
        import redis

        client = redis.Redis.from_url(self.url)

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        self.start(answers)
        client.close()


class DebianPostgres(Server):
    """A cluster of its own, on a port and a unix socket; everybody on this machine is trusted. fsync is off."""

    def __init__(self, folder: Path, address: str = "127.0.0.1", port: int | None = None) -> None:
        self.port = port or free_port()
        self._folder = folder / "pg"
        self._sockets = folder
        self.url = f"postgresql://postgres@{address}:{self.port}/postgres"
        settings = {
            "port": self.port,
            "listen_addresses": address,
            "unix_socket_directories": folder,
            "max_connections": CONNECTIONS_MAX,
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        super().__init__([str(program("postgres")), "-D", str(self._folder), *options], folder, name="postgres")

    def run(self) -> None:
        self._folder.mkdir()
        if as_user("postgres"):
            shutil.chown(self._folder, "postgres", "postgres")
            shutil.chown(self._sockets, "postgres", "postgres")
        command = [str(program("initdb")), "-D", str(self._folder), "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run([*as_user("postgres"), *command], check=True, capture_output=True, cwd="/")
        self.start(lambda: _accepts(self.url))

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Fast: it ends connections instead of waiting for them."""
        super().stop(number)


class PgBouncer(Server):
    """In transaction mode, before one PostgreSQL. It lends its few connections to whoever asks."""

    #: Fewer than the clients have: one connection serves many of them in turn.
    CONNECTIONS = 6

    def __init__(self, folder: Path, postgres: DebianPostgres) -> None:
        self.port = free_port()
        self._database_port = postgres.port
        self._file = folder / "pgbouncer.ini"
        super().__init__([str(program("pgbouncer")), str(self._file)], folder, name="pgbouncer")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self) -> None:
        users = self._file.with_name("users.txt")
        users.write_text('"postgres" ""\n')
        lines = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": users,
            "admin_users": "postgres",
            "pool_mode": "transaction",
            "default_pool_size": self.CONNECTIONS,
            "max_client_conn": CONNECTIONS_MAX,
            "query_wait_timeout": 8,
        }
        settings = "\n".join(f"{name} = {value}" for name, value in lines.items())
        self._file.write_text(
            f"[databases]\n* = host=127.0.0.1 port={self._database_port} user=postgres\n[pgbouncer]\n{settings}\n"
        )
        self.start(lambda: _accepts(self.url("pgbouncer")))


def _accepts(url: str) -> bool:
    try:
        # In autocommit and without a query: PgBouncer's own console understands neither transactions nor SELECT.
        psycopg.connect(url, connect_timeout=2, autocommit=True).close()
    except psycopg.OperationalError:
        return False
    return True
