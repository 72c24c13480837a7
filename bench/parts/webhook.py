"""Credits a second: the webhook beside Express 5 and pg (bench/peers/express), which neither signs nor keeps books."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

import httpx
from psycopg.conninfo import conninfo_to_dict

from bench.ground import PEOPLE, ROUND_S, Ground, ground
from bench.ratio import Figure, Ratio, alternate
from bench.wrk import Load, http_post, run_wrk
from tests.webhook.bank import PATH, encode, message, signed_headers
from tests.webhook.process import WebhookProcess, free_port

PEER: Final = Path(__file__).resolve().parents[1] / "peers" / "express"
START_S: Final = 20

#: More than either side settles in a second; a round that uses them up fails.
ORDERS_A_SECOND: Final = 16_000
AMOUNT_PAISE: Final = 100

#: Connections of each of its workers: the default of pg.
PEER_POOL: Final = 10
PEER_WORKERS: Final = (1, 2)

UNIT: Final = "credits/s"

ORDERS: Final = """
    INSERT INTO onramp (reference, person_id, bank_code, amount_paise, key, inputs_sha256, created_at, expires_at)
    SELECT %s || n, bench_person(1 + n %% %s), 'HDFC', %s, %s || n, sha256('x'), now(), now() + interval '15 minutes'
    FROM generate_series(1, %s) n
"""

PEER_TABLES: Final = """
    CREATE TABLE peer_balance (id serial PRIMARY KEY, user_id int UNIQUE NOT NULL, amount int NOT NULL, locked int);
    CREATE TABLE peer_onramp (id serial PRIMARY KEY, status text NOT NULL, token text UNIQUE NOT NULL,
        provider text NOT NULL, amount int NOT NULL, start_time timestamp NOT NULL, user_id int NOT NULL)
"""

PEER_ORDERS: Final = """
    INSERT INTO peer_onramp (status, token, provider, amount, start_time, user_id)
    SELECT 'Processing', %s || n, 'HDFC', %s, now(), 1 + n %% %s FROM generate_series(1, %s) n
"""


class Sides:
    """Both on one PostgreSQL; only the one whose turn it is runs."""

    def __init__(self, ready: Ground) -> None:
        self.ready = ready
        self.rounds = count(1)
        self.seen: dict[str, list[Load]] = {"ours": [], "theirs": []}
        for statement in PEER_TABLES.split(";"):
            ready.execute(statement)
        ready.execute(
            "INSERT INTO peer_balance (user_id, amount, locked) SELECT n, 0, 0 FROM generate_series(1, %s) n", PEOPLE
        )
        self.folder = ready.folder / "express"
        shutil.copytree(PEER, self.folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=self.folder, check=True, capture_output=True)

    def ours(self, connections: int) -> float:
        prefix, orders = f"A-B{next(self.rounds)}-", ORDERS_A_SECOND * ROUND_S
        self.ready.execute(ORDERS, prefix, PEOPLE, AMOUNT_PAISE, prefix, orders)
        self.ready.rest()
        requests = [_signed(f"{prefix}{n}") for n in range(1, orders + 1)]
        process = WebhookProcess(self.ready.url, free_port(), self.ready.folder)
        process.start()
        try:
            load = run_wrk(process.url, requests, connections, ROUND_S, self.ready.folder)
        finally:
            process.stop()
        _every_answer_is_a_credit(
            load,
            self.ready.number(f"SELECT count(*) FROM transfer WHERE reference LIKE '{prefix}%'"),
            connections,
        )
        self.seen["ours"].append(load)
        return load.per_second

    def theirs(self, connections: int, workers: int = 1) -> float:
        prefix, orders = f"T{next(self.rounds)}-", ORDERS_A_SECOND * ROUND_S
        self.ready.execute(PEER_ORDERS, prefix, AMOUNT_PAISE, PEOPLE, orders)
        self.ready.rest()
        requests = [_unsigned(f"{prefix}{n}", 1 + n % PEOPLE) for n in range(1, orders + 1)]
        with _express(self.ready, self.folder, workers) as address:
            load = run_wrk(address, requests, connections, ROUND_S, self.ready.folder)
        marked = f"SELECT count(*) FROM peer_onramp WHERE status = 'Success' AND token LIKE '{prefix}%'"
        _every_answer_is_a_credit(load, self.ready.number(marked), connections)
        self.seen["theirs"].append(load)
        return load.per_second


def measure() -> list[Ratio | Figure]:
    """webhook_vs_express_*, webhook_p99_vs_express_64, webhook_vs_express_best_workers_64."""
    measured: list[Ratio | Figure] = []
    with ground() as ready:
        sides = Sides(ready)
        for connections, target in ((16, None), (64, 5.0)):
            measured += _one_worker(sides, connections, target)
        measured.append(_best_workers(sides, 64))
        ready.check_books()
    return measured


def _one_worker(sides: Sides, connections: int, target: float | None) -> list[Ratio | Figure]:
    name = f"webhook_vs_express_{connections}"
    sides.seen = {"ours": [], "theirs": []}
    ours, theirs = alternate(lambda: sides.ours(connections), lambda: sides.theirs(connections), what=name)
    what = f"the webhook over Express 5 and pg, {connections} connections, one worker each"
    p50_ms = {f"p50_ms_{side}": round(median(load.p50_ms for load in loads), 2) for side, loads in sides.seen.items()}
    found: list[Ratio | Figure] = [Ratio(name, what, UNIT, ours, theirs, target, further=p50_ms)]
    slowest = [[load.p99_ms for load in sides.seen[side]] for side in ("ours", "theirs")]
    p99_target = None if target is None else 0.25
    p99 = f"webhook_p99_vs_express_{connections}"
    return [*found, Ratio(p99, f"p99 of {what}", "ms", slowest[0], slowest[1], p99_target, better="lower")]


def _best_workers(sides: Sides, connections: int) -> Ratio:
    """The webhook has one process a port; the peer gets the better of its numbers of workers, anew in each round."""
    name = f"webhook_vs_express_best_workers_{connections}"
    ours, theirs = alternate(
        lambda: sides.ours(connections),
        lambda: max(sides.theirs(connections, workers) for workers in PEER_WORKERS),
        what=name,
    )
    what = f"one webhook over the better of {PEER_WORKERS} Express workers, {connections} connections"
    return Ratio(name, what, UNIT, ours, theirs, None)


def _signed(reference: str) -> bytes:
    body = encode(message(reference, AMOUNT_PAISE))
    return http_post(PATH, body, signed_headers(body))


def _unsigned(token: str, user: int) -> bytes:
    body = encode({"token": token, "user_identifier": user, "amount": AMOUNT_PAISE})
    return http_post("/hdfcWebhook", body, {"Content-Type": "application/json"})


def _every_answer_is_a_credit(load: Load, credits: int, connections: int) -> None:
    """What was under way when wrk left may be credited without an answer, one a connection."""
    if not load.answers <= credits <= load.answers + connections:
        raise RuntimeError(f"{load.answers} answers of success, but {credits} credits")


@contextmanager
def _express(ready: Ground, folder: Path, workers: int) -> Iterator[str]:
    """Its address, once it answers."""
    port = free_port()
    found = conninfo_to_dict(ready.url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {
        **os.environ,
        **{variable: str(found[name]) for name, variable in names.items() if found.get(name)},
        "NODE_ENV": "production",
        "PEER_PORT": str(port),
        "PEER_POOL": str(PEER_POOL),
        "PEER_WORKERS": str(workers),
    }
    process = subprocess.Popen(["node", "server.js"], cwd=folder, env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}/hdfcWebhook"
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("Express did not start.")
