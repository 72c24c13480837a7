"""``python -m bench.load``: a crowd of open tabs while the bank credits, on this machine, for as long as one likes.

    python -m bench.load --minutes 10 --tabs 1000 --credits 200 --write
    python -m bench.load --minutes 1 --apps 2            (two apps need Redis, which is started)

Real processes: PostgreSQL with fsync on, the webhook, the apps; beside them, on the same cores, a process of tabs and
this one, which signs and sends. Credits leave at their moment, whether or not the ones before were answered. They go to
everybody in turn, of whom as many look as there are tabs. ``--write`` puts the line into the table of docs/scaling.md.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Final
from uuid import UUID

import psutil
from sqlmodel import Session

from bench.ground import PEOPLE, RICH_PAISE, Ground, ground
from bench.load_tabs import LoadPlan, Sent
from bench.peers.servers import request_bytes
from bench.ratio import say
from launcher.parts import ROOT
from tests.e2e.stack import environment_of, free_ports
from tests.scale.machines import AppProcess
from tests.scale.servers import Redis
from tests.webhook.bank import PATH, encode, message, signed_headers
from tests.webhook.process import WebhookProcess, free_port
from wallet_core import db, sessions
from wallet_core.views import Client

AMOUNT_PAISE: Final = 100

#: So many calls of the bank may be on their way at once.
CALLERS: Final = 32

#: A prime: it has no factor in common with any number of people that one would choose, so everybody has a turn.
STEP: Final = 7_919

#: Orders are made this far ahead: an order that is old would be asked about by the sweep.
AHEAD_S: Final = 10

#: An answer or a frame that takes longer never came.
PATIENCE_S: Final = 15

#: After the tabs have come, before the load; after it, for tabs that are behind; how often the processes are looked at.
REST_S: Final = 5
DRAIN_S: Final = 30
SAMPLE_EVERY_S: Final = 5

TABLE: Final = ROOT / "docs" / "scaling.md"


@dataclass(frozen=True)
class Wanted:
    """What the arguments ask for."""

    seconds: int
    tabs: int
    credits_per_s: int
    people: int
    apps: int
    has_redis: bool

    def person_of(self, number: int) -> int:
        """Whom the credit of this number goes to: 0 is the first. Those who look are spread evenly over time."""
        return number * STEP % self.people


@dataclass
class Credit:
    """One that was answered. ``number``: the how many-th of this person."""

    person: int
    number: int
    answered_ms: float


@dataclass
class Counted:
    """What the bank saw."""

    credits: list[Credit] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    errors: int = 0


class Bank:
    """Sends at a steady rate to one webhook, over connections that stay open."""

    def __init__(self, ready: Ground, port: int, wanted: Wanted) -> None:
        self._ready, self._port, self._wanted = ready, port, wanted
        self._made = 0
        self.counted = Counted()
        self._of_person: dict[int, int] = {}

    async def run(self) -> Counted:
        count = self._wanted.seconds * self._wanted.credits_per_s
        queue: asyncio.Queue[tuple[int, float]] = asyncio.Queue()
        await self._make_orders(AHEAD_S)
        callers = [asyncio.create_task(self._call_all(queue)) for _ in range(CALLERS)]
        feeder = asyncio.create_task(self._feed())
        started_s = time.monotonic()
        for number in range(count):
            due_s = started_s + number / self._wanted.credits_per_s
            if (wait_s := due_s - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
            queue.put_nowait((number, due_s))
        await asyncio.wait_for(queue.join(), PATIENCE_S)
        for task in (*callers, feeder):
            task.cancel()
        await asyncio.gather(*callers, feeder, return_exceptions=True)
        return self.counted

    async def _feed(self) -> None:
        while True:
            await self._make_orders(AHEAD_S)
            await asyncio.sleep(AHEAD_S * 0.9)

    async def _make_orders(self, seconds: int) -> None:
        first, self._made = self._made, self._made + seconds * self._wanted.credits_per_s
        await asyncio.to_thread(
            self._ready.execute,
            """
            INSERT INTO onramp (reference, payment_id, person_id, bank_code, amount_paise, key, inputs_sha256,
                                created_at, expires_at)
            SELECT 'A-L' || lpad(n::text, 9, '0'), 'pay_A-L' || lpad(n::text, 9, '0'),
                   bench_person(1 + n::bigint * %s %% %s), 'HDFC', %s, 'L' || n, sha256('x'), now(),
                   now() + interval '1 day'
            FROM generate_series(%s::int, %s::int - 1) n
            """,
            STEP,
            self._wanted.people,
            AMOUNT_PAISE,
            first,
            self._made,
        )

    async def _call_all(self, queue: "asyncio.Queue[tuple[int, float]]") -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while True:
            number, due_s = await queue.get()
            try:
                status = await asyncio.wait_for(_call(reader, writer, number), PATIENCE_S)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                status = 0
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            self._note(number, due_s, status)
            queue.task_done()

    def _note(self, number: int, due_s: float, status: int) -> None:
        if status != 200:
            self.counted.errors += 1
            return
        self.counted.latencies_ms.append((time.monotonic() - due_s) * 1000)
        person = self._wanted.person_of(number)
        self._of_person[person] = self._of_person.get(person, 0) + 1
        self.counted.credits.append(Credit(person, self._of_person[person], time.time() * 1000))


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> int:
    body = encode(message(f"A-L{number:09}", AMOUNT_PAISE))
    writer.write(request_bytes(PATH, signed_headers(body, message_id=f"msg_L{number}"), body))
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ")[1])


class Watch:
    """Memory and processor time of each kind of process, children included, from its start to its end."""

    def __init__(self, roots: dict[str, list[int]]) -> None:
        self._roots = roots
        self._mb: dict[str, list[float]] = {kind: [] for kind in roots}
        self._cpu_s: dict[str, float] = dict.fromkeys(roots, 0)
        self._last: dict[int, float] = {}
        self._started_s = time.monotonic()

    async def run(self) -> None:
        self._look(counting=False)
        self._started_s = time.monotonic()
        while True:
            await asyncio.sleep(SAMPLE_EVERY_S)
            await asyncio.to_thread(self._look)

    def _look(self, *, counting: bool = True) -> None:
        for kind, pids in self._roots.items():
            kilobytes = 0
            for process in _family(pids):
                try:
                    kilobytes += process.memory_full_info().pss // 1024
                    spent_s = sum(process.cpu_times()[:2])
                except psutil.NoSuchProcess:
                    continue
                before_s = self._last.get(process.pid, 0 if counting else spent_s)
                self._last[process.pid] = spent_s
                self._cpu_s[kind] += (spent_s - before_s) if counting else 0
            self._mb[kind].append(kilobytes / 1024)

    def words(self) -> dict[str, str]:
        """Of each kind: memory at the start and at most, and how much of one core it used."""
        passed_s = time.monotonic() - self._started_s
        return {
            kind: f"{mb[0]:.0f} → {max(mb):.0f} MB, {100 * self._cpu_s[kind] / passed_s:.0f} %"
            for kind, mb in self._mb.items()
            if mb
        }


def _family(pids: list[int]) -> Iterator[psutil.Process]:
    for pid in pids:
        try:
            root = psutil.Process(pid)
            yield from [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue


@contextmanager
def _servers(ready: Ground, wanted: Wanted) -> Iterator[tuple[list[AppProcess], WebhookProcess, dict[str, list[int]]]]:
    """The apps, the webhook, and the processes of each kind."""
    pids: dict[str, list[int]] = {}
    with ExitStack() as stack:
        redis_url = ""
        if wanted.has_redis:
            redis = Redis(ready.folder)
            stack.callback(redis.stop)
            redis.run()
            redis_url, pids["Redis"] = redis.url, [redis.pid]
        ports = free_ports(wanted.apps)
        environment = environment_of(
            ready.folder / "data",
            free_ports(3),
            {
                "DATABASE_URL": ready.url,
                "REFLEX_REDIS_URL": redis_url,
                "WALLET_PUBLIC_URL": f"http://localhost:{ports[0]}",
            },
        )
        apps = [AppProcess(port, ready.folder, environment) for port in ports]
        for app in apps:
            stack.callback(app.stop)
            app.start()
        webhook = WebhookProcess(ready.url, free_port(), ready.folder)
        stack.callback(webhook.stop)
        webhook.start()
        postmaster = int((ready.folder / "pg" / "postmaster.pid").read_text().splitlines()[0])
        pids |= {"app": [app.pid for app in apps], "webhook": [webhook.pid], "PostgreSQL": [postmaster]}
        yield apps, webhook, pids


def session_cookies(ready: Ground, count: int) -> list[str]:
    """Of a new session of each of the first people of the ground."""

    def work(session: Session) -> list[str]:
        client = Client(address="127.0.0.1", user_agent="load")
        people = [UUID(f"00000000-0000-4000-8000-{number:012}") for number in range(1, count + 1)]
        return [sessions.open_session(session, person, client).token for person in people]

    db.configure(ready.url)
    return [f"wallet_session={token}" for token in db.in_transaction(work)]


class Crowd:
    """The process of tabs, seen from here."""

    def __init__(self, plan: LoadPlan, folder: Path) -> None:
        file = folder / "load.json"
        file.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        self._process = Popen([sys.executable, "-m", "bench.load_tabs", str(file)], stdin=PIPE, stdout=PIPE, text=True)
        self._answer()

    def stop(self) -> Sent:
        assert self._process.stdin is not None
        self._process.stdin.write("stop\n")
        self._process.stdin.flush()
        sent = Sent(**self._answer())  # type: ignore[arg-type]
        self._process.wait()
        return sent

    def kill(self) -> None:
        """Harmless after ``stop``."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The process of the tabs has ended")
        return json.loads(line)


def commit_to_tab_ms(credits: list[Credit], sent: Sent) -> tuple[list[float], int]:
    """How long after the bank's answer each credit was in its tab, and how many never were. A tab that was sent a
    later balance was told of the credits before it, too.
    """
    late_ms, unseen = [], 0
    for credit in credits:
        if credit.person >= len(sent.balances):
            continue
        expected_paise = RICH_PAISE + credit.number * AMOUNT_PAISE
        arrivals = sent.balances[credit.person]
        place = bisect_left(arrivals, expected_paise, key=lambda arrival: arrival[0])
        if place == len(arrivals):
            unseen += 1
        else:
            late_ms.append(max(0.0, arrivals[place][1] - credit.answered_ms))
    return late_ms, unseen


async def _load(ready: Ground, wanted: Wanted) -> dict[str, str]:
    with _servers(ready, wanted) as (apps, webhook, pids), ExitStack() as stack:
        watch = Watch(pids)
        cookies = session_cookies(ready, wanted.tabs)
        say(f"  {wanted.tabs:,} tabs open ...")
        started_s = time.monotonic()
        plan = LoadPlan([app.address for app in apps], apps[0].address, cookies)
        crowd = await asyncio.to_thread(Crowd, plan, ready.folder)
        stack.callback(crowd.kill)
        say(f"  all are open after {time.monotonic() - started_s:.0f} s; {wanted.credits_per_s} credits a second ...")
        watching = asyncio.create_task(watch.run())
        await asyncio.sleep(REST_S)
        counted = await Bank(ready, webhook.port, wanted).run()
        await asyncio.sleep(DRAIN_S)
        watching.cancel()
        sent = await asyncio.to_thread(crowd.stop)
    credits = ready.number("SELECT count(*) FROM transfer WHERE reference LIKE 'A-L%'")
    if credits != len(counted.credits):
        raise RuntimeError(f"{len(counted.credits)} credits were answered, {credits} are in the books")
    ready.check_books()
    late_ms, unseen = commit_to_tab_ms(counted.credits, sent)
    return {
        "apps": f"{wanted.apps}, {'Redis' if wanted.has_redis else 'memory'}",
        "tabs, of people": f"{wanted.tabs:,} of {wanted.people:,}",
        "credits/s": str(wanted.credits_per_s),
        "minutes": f"{wanted.seconds / 60:g}",
        "credits": f"{credits:,}",
        "bad answers": str(counted.errors),
        "answer p50, p99": _percentiles(counted.latencies_ms),
        "in the tab p50, p99": _percentiles(late_ms),
        "never in the tab": str(unseen),
        "tabs dropped": str(sent.dropped),
        **{kind: watch.words().get(kind, "-") for kind in ("app", "webhook", "PostgreSQL", "Redis")},
    }


def _percentiles(values_ms: list[float]) -> str:
    if len(values_ms) < 2:
        return "-"
    cuts = statistics.quantiles(values_ms, n=100)
    return f"{cuts[49]:,.0f}, {cuts[98]:,.0f} ms"


def write_line(line: dict[str, str], *, keys: int, file: Path = TABLE) -> None:
    """Into the document's table with these columns: instead of the line with the same first ``keys`` cells, or anew."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    head = lines.index(f"| {' | '.join(line)} |\n")
    end = next(
        number for number in range(head, len(lines) + 1) if not "".join(lines[number : number + 1]).startswith("|")
    )
    cells = list(line.values())
    same = [
        row
        for row in range(head + 2, end)
        if [cell.strip() for cell in lines[row].split("|")][1 : 1 + keys] == cells[:keys]
    ]
    place = same[0] if same else end
    lines[place : place + len(same)] = [f"| {' | '.join(cells)} |\n"]
    file.write_text("".join(lines), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Answers the exit status: 1 where a credit was refused or not shown, or a tab was dropped."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.load", description="A crowd of tabs under a stream of credits."
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--tabs", type=int, default=1_000, help=f"each somebody's own; {PEOPLE:,} at most")
    parser.add_argument("--people", type=int, default=PEOPLE, help="whom the credits go to in turn; tabs, or more")
    parser.add_argument("--credits", type=int, default=200, help="a second")
    parser.add_argument("--apps", type=int, default=1)
    parser.add_argument("--redis", action="store_true", help="also with one app")
    parser.add_argument("--write", action="store_true", help=f"put the line into {TABLE.relative_to(ROOT)}")
    given = parser.parse_args(arguments)
    if not 0 < given.tabs <= given.people <= PEOPLE:
        parser.error(f"tabs must be some, and people as many or more, {PEOPLE:,} at most")
    seconds, has_redis = round(given.minutes * 60), given.redis or given.apps > 1
    wanted = Wanted(seconds, given.tabs, given.credits, given.people, given.apps, has_redis)
    with ground() as ready:
        line = asyncio.run(_load(ready, wanted))
    for name, value in line.items():
        say(f"  {name:<20} {value}")
    if given.write:
        write_line(line, keys=3)
    return int(any(line[name] != "0" for name in ("bad answers", "never in the tab", "tabs dropped")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
