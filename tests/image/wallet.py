"""The services of compose.yaml, started as that file says: by Docker Compose itself, or one after the other by podman.

By podman all of them are on the host's network, where each has an address of its own instead of its name; and
PostgreSQL and Redis are Debian's, for their images cannot be had. Everything else is run as it is written.
"""

import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from tests.conftest import ROOT
from tests.deploy.compose import DEMO, Service, read_services
from tests.e2e.stack import short_folder
from tests.image import stand_in
from tests.image.engine import COMMAND_S, Engine, wait_until
from tests.scale.servers import DebianPostgres, Redis

PROJECT = "wallet-image-test"

#: What is asked of an app until it is there. Two cores may start six processes at once.
READY_S = 90

#: Loopback has sixteen million addresses; these are nobody else's.
NETWORK = "127.90.0."

DATABASE_PORT = 5432
REDIS_PORT = 6379

#: More than any process of ours opens. Docker's own are higher, and cannot be had without its engine.
ULIMITS = ("nofile=4096:4096", "nproc=1024:1024")

#: Before the rule for everybody: both roles are asked for the passwords that the first step made.
ASK_FOR_PASSWORD = "host all wallet,wallet_serving all scram-sha-256\n"


@dataclass
class Wallet:
    """A wallet that runs. ``containers``: of each service, as the engine knows it."""

    engine: Engine
    services: Mapping[str, Service]
    containers: dict[str, str] = field(default_factory=dict)
    opened: ExitStack = field(default_factory=ExitStack)
    postgres: DebianPostgres | None = None

    @cached_property
    def folder(self) -> Path:
        """Of the servers that stand in, gone with them."""
        return self.opened.enter_context(short_folder())

    def execute(self, service: str, *command: str, check: bool = True) -> str:
        """What a program inside of the container writes."""
        return self.engine("exec", self.containers[service], *command, check=check).stdout

    def is_healthy(self, service: str) -> bool:
        """By the check that Docker would run: the service's own, or that of its image."""
        command = self.services[service].health
        if not command:
            (kind, *command) = self.engine.image_settings(self.services[service].image)["Healthcheck"]["Test"]
            assert kind == "CMD"
        return self.engine("exec", self.containers[service], *command, check=False).returncode == 0

    def stop(self, service: str) -> tuple[float, int]:
        """As Compose does. Answers how many seconds it took, and the exit status."""
        started = time.monotonic()
        grace = str(self.services[service].content["stop_grace_period"]).removesuffix("s")
        self.engine("stop", "--time", grace, self.containers[service])
        took_s = time.monotonic() - started
        status = self.engine("inspect", "--format", "{{.State.ExitCode}}", self.containers[service]).stdout
        return took_s, int(status)

    def start_again(self, service: str) -> None:
        self.engine("start", self.containers[service])
        wait_until(lambda: self.is_healthy(service), f"{service} is there again", READY_S)

    def logs(self, service: str) -> str:
        done = self.engine("logs", self.containers[service], check=False)
        return done.stdout + done.stderr

    def read(self, service: str, path: str) -> str:
        return self.execute(service, "cat", path)

    def root_certificate(self) -> str:
        """Of the authority that Caddy made for this machine alone."""
        return self.read("proxy", "/data/caddy/pki/authorities/local/root.crt")

    def bank_secret(self) -> str:
        return (
            self.read("webhook-1", "/run/wallet/bank/secrets.env").strip().rpartition("WALLET_BANK_WEBHOOK_SECRETS=")[2]
        )

    def database_url(self, name: str = "wallet") -> str:
        """As whoever owns it."""
        return f"postgresql://wallet:{self.owners_password}@{self._database_host()}:{DATABASE_PORT}/{name}"

    @cached_property
    def owners_password(self) -> str:
        """Only the step that migrates knows it."""
        words = self.run_step("migrate", "--rm", self.services["migrate"].image, "cat", "/run/wallet/database/password")
        return self.engine(*words).stdout.strip()

    def _database_host(self) -> str:
        if self.postgres is not None:
            return self.address("postgres")
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return self.engine("inspect", "--format", template, self.containers["postgres"]).stdout.strip()

    def address(self, service: str) -> str:
        return f"{NETWORK}{10 + list(self.services).index(service)}"

    def run_step(self, service: str, *arguments: str, **changes: str) -> list[str]:
        """The words of a ``run`` of this service's image, with its settings."""
        return ["run", *_options(self, self.services[service], changes), *arguments]


def start(engine: Engine, stack: ExitStack) -> Wallet:
    """Returns when everything is healthy. The stack takes it all away again."""
    wallet = Wallet(engine, read_services(DEMO), opened=stack)
    if engine.is_docker:
        _compose_up(wallet)
    else:
        for service in wallet.services.values():
            _start_service(wallet, service)
    for name, service in wallet.services.items():
        if name in wallet.containers and not service.ends:
            wait_until(lambda name=name: wallet.is_healthy(name), f"{name} is healthy", READY_S)  # type: ignore[misc]
    return wallet


def _compose_up(wallet: Wallet) -> None:
    engine = wallet.engine
    compose = ("docker", "compose", "--project-name", PROJECT)
    wallet.opened.callback(lambda: engine.run(*compose, "down", "--volumes", "--timeout", "30", check=False))
    engine.run(*compose, "up", "--detach", "--no-build", timeout_s=5 * COMMAND_S)
    for name, service in wallet.services.items():
        if not service.ends:
            wallet.containers[name] = engine.run(*compose, "ps", "--quiet", name).stdout.strip()


def _start_service(wallet: Wallet, service: Service) -> None:
    """When what it waits for is as it must be."""
    for name, condition in service.waits_for.items():
        if condition == "service_healthy" and name in wallet.containers:
            wait_until(lambda name=name: wallet.is_healthy(name), f"{name} for {service.name}", READY_S)  # type: ignore[misc]
    if service.name == "postgres":
        _start_postgres(wallet)
    elif service.name == "redis":
        _start_redis(wallet)
    elif service.ends:
        wallet.engine(*wallet.run_step(service.name, "--rm", service.image, *service.command))
    else:
        if service.name == "proxy" and not wallet.engine.has(service.image):
            base = next(
                line
                for line in wallet.engine("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
                if "python" in line
            )
            stand_in.make_proxy(wallet.engine.run, wallet.engine.folder, service.image, base)
        name = f"{PROJECT}-{service.name}"
        words = wallet.run_step(service.name, "--detach", "--name", name, service.image, *service.command)
        wallet.containers[service.name] = name
        wallet.engine(*words)


def _start_redis(wallet: Wallet) -> None:
    """Debian's, with the password that the official image would read from its settings."""
    server = Redis(wallet.folder, wallet.address("redis"), REDIS_PORT)
    wallet.opened.callback(server.stop)
    server.run()
    with redis.Redis.from_url(server.url) as client:
        client.config_set("requirepass", (_mount_point(wallet, "redis") / "password").read_text())


def _start_postgres(wallet: Wallet) -> None:
    """Debian's, with the role, the database and the password that the official image would make."""
    postgres = DebianPostgres(wallet.folder, wallet.address("postgres"), DATABASE_PORT)
    wallet.postgres = postgres
    wallet.opened.callback(postgres.stop)
    postgres.run()
    password = (_mount_point(wallet, "secrets") / "password").read_text()
    with psycopg.connect(postgres.url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE ROLE wallet LOGIN CREATEDB CREATEROLE PASSWORD {}").format(sql.Literal(password))
        )
        server.execute("CREATE DATABASE wallet OWNER wallet")
        rules = wallet.folder / "pg" / "pg_hba.conf"
        rules.write_text(ASK_FOR_PASSWORD + rules.read_text())
        server.execute("SELECT pg_reload_conf()")


def _mount_point(wallet: Wallet, volume: str) -> Path:
    return Path(wallet.engine("volume", "inspect", "--format", "{{.Mountpoint}}", f"{PROJECT}_{volume}").stdout.strip())


def _options(wallet: Wallet, service: Service, changes: Mapping[str, str]) -> list[str]:
    """What the file says of a service, as options of ``run``."""
    content = service.content
    environment = {name: _at_home(wallet, value) for name, value in {**service.environment, **changes}.items()}
    if service.is_ours and not wallet.engine.is_docker:
        environment |= dict.fromkeys(("WALLET_BIND_HOST", "BANK_HOST"), wallet.address(service.name))
    options = [f"--env={name}={value}" for name, value in environment.items()]
    options += [f"--volume={_volume(volume)}" for volume in service.volumes]
    options += [f"--tmpfs={path}" for path in content.get("tmpfs", [])]
    options += [f"--cap-drop={name}" for name in content.get("cap_drop", [])]
    options += [f"--cap-add={name}" for name in content.get("cap_add", [])]
    options += [f"--security-opt={option.replace(':true', '')}" for option in content.get("security_opt", [])]
    options += ["--read-only"] if content.get("read_only") else []
    if wallet.engine.is_docker:
        return [*options, *(f"--network={PROJECT}_{name}" for name in sorted(service.networks)[:1])]
    limits = {"cpus": "--cpus", "memory": "--memory", "pids": "--pids-limit"}
    options += [f"{limits[name]}={value}" for name, value in service.limits.items()]
    options += [f"--ulimit={limit}" for limit in ULIMITS]
    return [*options, "--network=host", "--pull=never", "--read-only-tmpfs=false"]


def _volume(volume: str) -> str:
    return str(ROOT / volume) if volume.startswith("./") else f"{PROJECT}_{volume}"


def _at_home(wallet: Wallet, value: str) -> str:
    """The value with an address for each service's name that has a port behind it."""
    if wallet.engine.is_docker:
        return value
    names = "|".join(wallet.services)
    return re.sub(rf"(?<![\w.-])({names})(?=:\d)", lambda found: wallet.address(found[1]), value)
