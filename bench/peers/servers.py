"""Starts one side of the webhook's comparison, and makes what the bank would send to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.ground import PEOPLE, Ground
from bench.ratio import say
from launcher.npm import NODE, install_packages
from launcher.parts import ROOT
from tests.e2e.stack import free_ports
from tests.webhook.bank import PATH, SECRET, encode, message, signed_headers

EXPRESS: Final = Path(__file__).parent / "express"
PRISMA: Final = Path(__file__).parent / "prisma"

AMOUNT_PAISE: Final = 100

START_S: Final = 30


@dataclass(frozen=True)
class Running:
    """A side that serves. ``urls``: one for each process with a port of its own."""

    urls: tuple[str, ...]


def request_bytes(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """As it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: bank", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Webhook:
    """Ours: ``python -m webhook``, as operators start it. Several workers have a port each.

    ``most_a_second``: more than a side can settle, so that no message must be sent twice.
    """

    name = "webhook"
    most_a_second = 16_000

    @contextmanager
    def running(self, ready: Ground, workers: int) -> Iterator[Running]:
        ports = free_ports(workers)
        environments = [{"WALLET_WEBHOOK_PORT": str(port)} for port in ports]
        common = {
            "DATABASE_URL": ready.url,
            "WALLET_ENV": "development",
            "WALLET_LOG_FORMAT": "json",
            "WALLET_DATA_DIR": str(ready.folder),
            "WALLET_BANK_WEBHOOK_SECRETS": SECRET,
        }
        command = [sys.executable, "-m", "webhook"]
        with _processes(command, [common | own for own in environments], ready.folder / "webhook.log", ports):
            yield Running(tuple(f"http://127.0.0.1:{port}{PATH}" for port in ports))

    def add_orders(self, ready: Ground, round_name: str, count: int) -> None:
        """With the bank's payment, as its answer to the order told it before any message comes (services/onramps)."""
        ready.execute(
            """
            INSERT INTO onramp (reference, payment_id, person_id, bank_code, amount_paise, key, inputs_sha256,
                                created_at, expires_at)
            SELECT 'A-' || %s || lpad(n::text, 9, '0'), 'pay_A-' || %s || lpad(n::text, 9, '0'),
                   bench_person(1 + n %% %s), 'HDFC', %s, %s || n, sha256('x'), now(), now() + interval '1 day'
            FROM generate_series(1, %s) n
            """,
            round_name,
            round_name,
            PEOPLE,
            AMOUNT_PAISE,
            round_name,
            count,
        )

    def request(self, round_name: str, number: int) -> bytes:
        body = encode(message(f"A-{round_name}{number:09}", AMOUNT_PAISE))
        return request_bytes(PATH, signed_headers(body, message_id=f"msg_{round_name}_{number}"), body)

    def credits(self, ready: Ground) -> int:
        return ready.number("SELECT count(*) FROM transfer WHERE kind = 'onramp'")

    def forget_orders(self, ready: Ground) -> None:
        """Those that no message came for: the sweep would ask for them."""
        ready.execute("DELETE FROM onramp WHERE status = 'processing'")


class Express:
    """Theirs: Express 5 and pg, with its tables on the same server. Workers share a port (node:cluster)."""

    name = "express"
    folder = EXPRESS
    most_a_second = 8_000

    def __init__(self, *, is_tuned: bool = False) -> None:
        """As the documentation of pg shows it; or tuned: prepared statements, and the best pool of 8, 16 and 32."""
        self._pool = 16 if is_tuned else 10
        self._is_prepared = is_tuned
        if is_tuned:
            self.name = "express-tuned"

    def install(self) -> None:
        install_packages(self.folder, say)

    @contextmanager
    def running(self, ready: Ground, workers: int) -> Iterator[Running]:
        self.install()
        ports = free_ports(1)
        where = conninfo_to_dict(ready.url)
        environment = {
            "PGHOST": str(where["host"]),
            "PGUSER": str(where["user"]),
            "PGDATABASE": str(where["dbname"]),
            "PORT": str(ports[0]),
            "WORKERS": str(workers),
            "POOL": str(self._pool),
            "PREPARED": str(int(self._is_prepared)),
            "NODE_ENV": "production",
        }
        command = [str(NODE), str(self.folder / "server.js")]
        with _processes(command, [environment], ready.folder / "express.log", ports):
            yield Running((f"http://127.0.0.1:{ports[0]}/hdfcWebhook",))

    def add_orders(self, ready: Ground, round_name: str, count: int) -> None:
        ready.execute(
            """
            INSERT INTO "OnRampTransaction" (status, token, provider, amount, "startTime", "userId")
            SELECT 'Processing', 'A-' || %s || lpad(n::text, 9, '0'), 'HDFC Bank', %s, now(), 1 + n %% %s
            FROM generate_series(1, %s) n
            """,
            round_name,
            AMOUNT_PAISE,
            PEOPLE,
            count,
        )

    def request(self, round_name: str, number: int) -> bytes:
        user = str(1 + number % PEOPLE)
        body = json.dumps(
            {"token": f"A-{round_name}{number:09}", "user_identifier": user, "amount": str(AMOUNT_PAISE)}
        ).encode()
        return request_bytes("/hdfcWebhook", {"Content-Type": "application/json"}, body)

    def credits(self, ready: Ground) -> int:
        return ready.number("SELECT count(*) FROM \"OnRampTransaction\" WHERE status = 'Success'")

    def forget_orders(self, ready: Ground) -> None:
        ready.execute("DELETE FROM \"OnRampTransaction\" WHERE status = 'Processing'")


class Prisma(Express):
    """The same through Prisma 7, as the application before this one had it: same tables, same messages."""

    name = "express-prisma"
    folder = PRISMA

    def install(self) -> None:
        super().install()
        if (self.folder / "generated").exists():
            return
        say("  generating Prisma's client ...")
        # The engine for schemas would be downloaded; generating needs none, so any program may stand for it.
        environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
        command = [str(NODE), str(self.folder / "node_modules" / "prisma" / "build" / "index.js"), "generate"]
        subprocess.run(
            [*command, "--schema", "schema.prisma"],
            cwd=self.folder,
            env={**environment, "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true", "CHECKPOINT_DISABLE": "1"},
            check=True,
            stdout=subprocess.DEVNULL,
        )


Side = Webhook | Express


def check_express_books(ready: Ground) -> None:
    """Theirs agree as well, or the comparison is worth nothing."""
    with psycopg.connect(ready.url, autocommit=True) as connection:
        row = connection.execute(
            """
            SELECT (SELECT sum(amount) FROM "Balance"),
                   (SELECT coalesce(sum(amount), 0) FROM "OnRampTransaction" WHERE status = 'Success')
            """
        ).fetchone()
    assert row is not None
    assert row[0] == row[1], row


@contextmanager
def _processes(command: list[str], environments: list[dict[str, str]], log: Path, ports: list[int]) -> Iterator[None]:
    """Starts one process for each environment, waits until every port answers, and ends them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WALLET_", "BANK_"))}
    with log.open("ab") as output:
        started = [
            subprocess.Popen(command, cwd=ROOT, env={**kept, **own}, stdout=output, stderr=output)
            for own in environments
        ]
    try:
        for port in ports:
            _wait_until_it_answers(port, started, log)
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=START_S)


def _wait_until_it_answers(port: int, started: "list[subprocess.Popen[bytes]]", log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in started):
            break
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"A server did not start:\n{log.read_text(errors='replace')[-2000:]}")
