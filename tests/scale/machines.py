"""Several machines of the wallet on this one: apps and webhooks that share a database and a Redis, and a balancer."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from launcher.parts import ROOT
from tests.e2e.stack import environment_of, free_ports
from tests.proofs.proxy import Proxy
from tests.webhook.process import WebhookProcess

START_S = 100
STOP_S = 20

#: Machines of each kind. What holds for two holds for more: none knows of another.
EACH = 2


class AppProcess:
    """The app as a machine runs it (Dockerfile): one port for its whole life, however often it is killed.

    ``web``: a built interface to serve; without one it answers forms and the websocket only, and starts in a second.
    """

    def __init__(self, port: int, folder: Path, environment: Mapping[str, str], web: Path | None = None) -> None:
        self.port = port
        self.address = f"http://localhost:{port}"
        self.log = folder / f"app-{port}.log"
        self._folder = folder
        self._environment = environment
        self._web = web
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        variables = {
            **self._environment,
            "WALLET_APP_PORT": str(self.port),
            "WALLET_BIND_HOST": "127.0.0.1",
            "REFLEX_WEB_WORKDIR": str(self._web or self._folder / "web"),
            "REFLEX_STATES_WORKDIR": str(self._folder / "states"),
            "REFLEX_DIR": str(self._folder / "reflex"),
            "NPM_CONFIG_REGISTRY": "none",
            **({} if self._web else {"__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "false"}),
        }
        command = [sys.executable, "-m", "wallet_app"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/me").status_code == 401
        except httpx.TransportError:
            return False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL, its workers first: nothing is finished, nothing is said."""
        import psutil

        assert self._process is not None
        for process in [*psutil.Process(self.pid).children(recursive=True), self._process]:
            process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=STOP_S)


class Balancer(Proxy):
    """What stands before the apps: each connection goes to the next one of them that takes it."""

    def __init__(self, listens: int, targets: list[int]) -> None:
        super().__init__(listens, targets[0])
        self._targets = targets
        self._turn = 0

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._turn += 1
        for number in range(len(self._targets)):
            port = self._targets[(self._turn + number) % len(self._targets)]
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                continue
        raise ConnectionRefusedError("no app is there")


@dataclass(frozen=True)
class Machines:
    """``url``: as the processes have it, perhaps through a pooler. ``direct_url``: PostgreSQL itself. ``holds_states``:
    a worker keeps the state of a tab in hand until another one wants it, and writes it to Redis later.
    """

    apps: list[AppProcess]
    webhooks: list[WebhookProcess]
    public_url: str
    url: str
    direct_url: str
    redis_url: str
    holds_states: bool

    @property
    def is_pooled(self) -> bool:
        return self.url != self.direct_url


@contextmanager
def running_machines(
    *,
    url: str,
    direct_url: str,
    redis_url: str,
    folder: Path,
    web: Path | None = None,
    public_port: int | None = None,
    changes: Mapping[str, str] | None = None,
) -> Iterator[Machines]:
    """Starts the apps, the webhooks and the balancer, and stops them. ``changes``: of the apps' environment."""
    folder.mkdir()
    ports = free_ports(1 + 2 * EACH)
    balancer_port, app_ports, webhook_ports = public_port or ports[0], ports[1 : 1 + EACH], ports[1 + EACH :]
    public_url = f"http://localhost:{balancer_port}"
    shared = {"DATABASE_URL": url} | ({"WALLET_DIRECT_DATABASE_URL": direct_url} if url != direct_url else {})
    environment = environment_of(
        folder / "data",
        free_ports(3),
        {**shared, "REFLEX_REDIS_URL": redis_url, "WALLET_PUBLIC_URL": public_url, **(changes or {})},
    )
    apps = [AppProcess(port, folder, environment, web) for port in app_ports]
    with ExitStack() as stack:
        for app in apps:
            stack.callback(app.stop)
            app.start()
        webhooks = []
        for port in webhook_ports:
            (folder / str(port)).mkdir()
            webhook = WebhookProcess(url, port, folder / str(port))
            stack.callback(webhook.stop)
            webhook.start(shared)
            webhooks.append(webhook)
        balancer = Balancer(balancer_port, app_ports)
        balancer.start()
        stack.callback(balancer.stop)
        holds_states = environment.get("REFLEX_OPLOCK_ENABLED") == "1"
        yield Machines(apps, webhooks, public_url, url, direct_url, redis_url, holds_states)
