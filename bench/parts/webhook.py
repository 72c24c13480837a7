"""Credits a second at the bank's door: ours beside Express 5 and pg, same PostgreSQL, as many people and orders.

Every message is another order, and every answer is a credit: both are counted in the database after each round.
"""

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.ground import ROUND_S, Ground, ground, pgbench
from bench.peers.servers import AMOUNT_PAISE, Express, Prisma, Running, Side, Webhook, check_express_books
from bench.plot import Line, write_plot
from bench.ratio import ROUNDS, Figure, Ratio, alternate, in_turn
from bench.report import PLOT_FILE, is_trial
from bench.wrk import Load, result, start
from webhook.settlement import BATCH_MAX_MESSAGES

BENCH: Final = Path(__file__).resolve().parents[1]
UNIT: Final = "credits/s"

#: The plot has them all; docs/promises.md has its figures at the last but one.
CONNECTIONS: Final = (1, 4, 16, 64, 128)
MANY: Final = 64

#: More than one connection can ask in a second, so that few of them need not have as many orders made.
ONE_CONNECTION_MOST: Final = 4_000

#: The best number of workers of each side is looked for among these.
WORKERS: Final = (1, 2)

WHAT: Final = (
    "signed, double entry, idempotent and on disk, over Express 5 + pg without these, {connections} connections, "
    "one worker"
)

TUNED: Final = "the same at 64 connections over an Express with prepared statements and the pool that suits it best"

THROUGH_PRISMA: Final = "the same at 64 connections over Express 5 and Prisma 7.10, as the application before had it"

#: As many messages as the webhook's batches have at 64 connections, and one batch at a time, as it does.
LIMIT_BATCH: Final = MANY
assert LIMIT_BATCH <= BATCH_MAX_MESSAGES

#: No credit in so long: nothing is on its way any more.
SETTLED_S: Final = 0.5

_round_names: Iterator[str] = (f"R{number:03}" for number in itertools.count(1))


@dataclass
class Contender:
    """A side with its servers, running. ``p99_ms``: of each of its rounds."""

    ready: Ground
    side: Side
    servers: Running
    connections: int
    p99_ms: list[float] = field(default_factory=list)

    def round(self) -> float:
        """Credits a second: fresh orders, their messages, the load, and a look at what it did."""
        name = next(_round_names)
        count = min(self.side.most_a_second, self.connections * ONE_CONNECTION_MOST) * ROUND_S
        self.side.add_orders(self.ready, name, count)
        files = self._write_requests(name, count)
        self.ready.rest()
        before = self.side.credits(self.ready)
        each = self.connections // len(self.servers.urls) or 1
        running = [start(url, file, each, ROUND_S) for url, file in zip(self.servers.urls, files, strict=True)]
        loads = [result(one) for one in running]
        self._check(loads, self._credits_in_the_end() - before)
        self.side.forget_orders(self.ready)
        self.p99_ms.append(max(load.p99_ms for load in loads))
        return sum(load.rate for load in loads)

    def _credits_in_the_end(self) -> int:
        """What was on its way when the load ended is still made."""
        seen = -1
        while (credits := self.side.credits(self.ready)) != seen:
            seen = credits
            time.sleep(SETTLED_S)
        return credits

    def _write_requests(self, name: str, count: int) -> list[Path]:
        parts = len(self.servers.urls)
        files = [self.ready.folder / f"requests-{part}" for part in range(parts)]
        with ExitStack() as opened:
            outputs = [opened.enter_context(file.open("wb")) for file in files]
            for number in range(1, count + 1):
                outputs[number % parts].write(self.side.request(name, number) + b"\0")
        return files

    def _check(self, loads: list[Load], credits: int) -> None:
        """Every 2xx was a credit. What was on its way at the end may have been credited and not counted."""
        answered, bad = sum(load.requests for load in loads), sum(load.bad for load in loads)
        if bad or not answered <= credits <= answered + self.connections:
            raise RuntimeError(f"{self.side.name}: {answered} answers, {credits} credits, {bad} bad ones")


@dataclass(frozen=True)
class Compared:
    """Of each round: credits a second, and what 99 of 100 answers came within."""

    ours: list[float]
    theirs: list[float]
    our_p99_ms: list[float]
    their_p99_ms: list[float]

    def ratio(self, name: str, what: str, *, target: float | None = None) -> Ratio:
        p99_ms = f"{statistics.median(self.our_p99_ms):.1f} ms and {statistics.median(self.their_p99_ms):.1f} ms"
        return Ratio(name, f"{what}; p99 {p99_ms}", UNIT, self.ours, self.theirs, target)


def compare(ready: Ground, connections: int, theirs: Express | None = None) -> Compared:
    """One worker of ours beside one of theirs (Express 5 and pg as its documentation shows it)."""
    theirs = theirs or Express()
    with _running(ready, Webhook(), connections) as our_side, _running(ready, theirs, connections) as their_side:
        what = f"{connections} connections, {theirs.name}"
        rates = alternate(our_side.round, their_side.round, what=what)
    return Compared(*rates, our_side.p99_ms, their_side.p99_ms)


@contextmanager
def _running(ready: Ground, side: Side, connections: int, workers: int = 1) -> Iterator[Contender]:
    with side.running(ready, workers) as servers:
        yield Contender(ready, side, servers, connections)


def measure() -> list[Ratio | Figure]:
    """webhook_vs_express_1 to _128, and over others at 64, the p99, each side's best workers, webhook_vs_limit; and
    the plot.
    """
    with ground() as ready:
        for script in ("peers/tables.sql", "sql/settle_limit.sql"):
            ready.execute((BENCH / script).read_text(encoding="utf-8"))
        plotted = {connections: compare(ready, connections) for connections in CONNECTIONS}
        measured: list[Ratio | Figure] = [
            compared.ratio(
                f"webhook_vs_express_{connections}",
                WHAT.format(connections=connections),
                target=5.0 if connections == MANY else None,
            )
            for connections, compared in plotted.items()
        ]
        measured += [
            compare(ready, MANY, Express(is_tuned=True)).ratio("webhook_vs_express_tuned_64", TUNED),
            compare(ready, MANY, Prisma()).ratio("webhook_vs_prisma_64", THROUGH_PRISMA),
            _p99(plotted[MANY]),
            *_best_workers(_rates_of_workers(ready)),
            _limit(ready),
        ]
        ready.check_books()
        check_express_books(ready)
        _plot(plotted)
    return measured


def _p99(many: Compared) -> Ratio:
    what = f"99 of 100 answers came within this, {MANY} connections, one worker each"
    ours, theirs = many.our_p99_ms, many.their_p99_ms
    return Ratio("webhook_p99_vs_express_64", what, "ms", ours, theirs, target=0.25, better="lower")


def _rates_of_workers(ready: Ground) -> dict[str, list[float]]:
    """All in one run, so that the best of one side meets the best of the other in the same minutes."""
    with ExitStack() as opened:
        rounds = {
            f"{side.name} {workers}": opened.enter_context(_running(ready, side, MANY, workers)).round
            for side in (Webhook(), Express())
            for workers in WORKERS
        }
        return in_turn(rounds, what="workers")


def _best_workers(rates: dict[str, list[float]]) -> list[Ratio | Figure]:
    """The ratio of the best, and what each number of workers did: the slower ones are told as well."""
    ours, theirs = _best(rates, Webhook.name), _best(rates, Express.name)
    what = f"each side's best number of workers of {WORKERS}: ours {ours.split()[1]}, theirs {theirs.split()[1]}"
    tried = [
        Figure(
            f"{name.replace(' ', '_workers_')}_{MANY}",
            f"the same run: {name.split()[0]} with so many workers",
            UNIT,
            numbers,
            target=None,
            better="higher",
        )
        for name, numbers in rates.items()
    ]
    return [Ratio("webhook_vs_express_best_workers_64", what, UNIT, rates[ours], rates[theirs], target=5.0), *tried]


def _best(rates: dict[str, list[float]], side: str) -> str:
    return max((name for name in rates if name.split()[0] == side), key=lambda name: statistics.median(rates[name]))


def _limit(ready: Ground) -> Ratio:
    def limit() -> float:
        name = next(_round_names)
        # Without HTTP and signatures it is quicker: twice as many orders.
        side.add_orders(ready, name, 2 * side.most_a_second * ROUND_S)
        ready.execute("ALTER SEQUENCE bench_next RESTART")
        ready.rest()
        before = side.credits(ready)
        batches = pgbench(ready, f"SELECT bench_settle('{name}', {LIMIT_BATCH}, {AMOUNT_PAISE});\n", 1, ROUND_S)
        credits = side.credits(ready) - before
        side.forget_orders(ready)
        if abs(credits - batches * ROUND_S * LIMIT_BATCH) > 0.1 * credits:
            raise RuntimeError(f"{credits} credits in {batches * ROUND_S:.0f} batches: too few orders were there")
        return batches * LIMIT_BATCH

    side = Webhook()
    with _running(ready, side, MANY) as ours:
        rates = alternate(ours.round, limit, what="the limit")
    what = f"the webhook at {MANY} connections over pgbench calling its function with batches of {LIMIT_BATCH}"
    return Ratio("webhook_vs_limit", what, UNIT, *rates, target=None)


def _plot(plotted: dict[int, Compared]) -> None:
    if is_trial():
        return
    write_plot(
        PLOT_FILE,
        f"{UNIT} over connections, one worker each, medians of {ROUNDS} rounds",
        list(plotted),
        [
            Line("webhook", [statistics.median(compared.ours) for compared in plotted.values()]),
            Line("Express 5 + pg", [statistics.median(compared.theirs) for compared in plotted.values()]),
        ],
    )
