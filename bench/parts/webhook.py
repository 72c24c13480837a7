"""Credits a second at the bank's door: ours beside Express 5 and pg, same PostgreSQL, as many people and orders.

Every message is another order, and every answer is a credit: both are counted in the database after each round.
"""

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.ground import ROUND_S, Ground, ground, pgbench
from bench.peers.servers import AMOUNT_PAISE, Express, Prisma, Running, Side, Webhook, check_express_books
from bench.plot import Line, write_plot
from bench.ratio import ROUNDS, Figure, Ratio, alternate, say
from bench.report import PLOT_FILE
from bench.wrk import Load, result, start
from webhook.settlement import BATCH_MAX_MESSAGES

BENCH: Final = Path(__file__).resolve().parents[1]
UNIT: Final = "credits/s"

#: The figures of docs/promises.md, and those that the plot has besides.
FEW, MANY = 16, 64
PLOTTED: Final = (1, 4, 128)

#: The best number of workers of each side is looked for among these.
WORKERS: Final = (1, 2)

TUNED: Final = "the same at 64 connections over an Express with prepared statements and the pool that suits it best"

THROUGH_PRISMA: Final = "the same at 64 connections over Express 5 and Prisma 7.10, as the application before had it"

#: As many messages as the webhook's batches have at 64 connections, and one batch at a time, as it does.
LIMIT_BATCH: Final = MANY
assert LIMIT_BATCH <= BATCH_MAX_MESSAGES

#: No credit in so long: nothing is on its way any more.
SETTLED_S: Final = 0.5

_round_names: Iterator[str] = (f"R{number:03}" for number in itertools.count(1))


class Contest:
    """Both sides, running. ``p99_ms``: of every round, by side and connections."""

    def __init__(self, ready: Ground) -> None:
        self.ready = ready
        self.p99_ms: dict[tuple[str, int], list[float]] = {}

    def compare(
        self, connections: int, workers: int = 1, theirs: Express | None = None
    ) -> tuple[list[float], list[float]]:
        """Credits a second of each round, ours and theirs (Express 5 and pg as its documentation shows it)."""
        ours, theirs = Webhook(), theirs or Express()
        with ours.running(self.ready, workers) as our_servers, theirs.running(self.ready, workers) as their_servers:
            return alternate(
                lambda: self.measure(ours, our_servers, connections),
                lambda: self.measure(theirs, their_servers, connections),
                what=f"{connections} connections, {workers} at a side, {theirs.name}",
            )

    def measure(self, side: Side, servers: Running, connections: int) -> float:
        """One round: fresh orders, their messages, the load, and a look at what it did."""
        name, count = next(_round_names), side.most_a_second * ROUND_S
        side.add_orders(self.ready, name, count)
        files = self._write_requests(side, name, count, len(servers.urls))
        self.ready.rest()
        before = side.credits(self.ready)
        each = connections // len(servers.urls) or 1
        running = [start(url, file, each, ROUND_S) for url, file in zip(servers.urls, files, strict=True)]
        loads = [result(one) for one in running]
        self._check(side, loads, self._credits_in_the_end(side) - before, connections)
        side.forget_orders(self.ready)
        self.p99_ms.setdefault((side.name, connections), []).append(max(load.p99_ms for load in loads))
        return sum(load.rate for load in loads)

    def _credits_in_the_end(self, side: Side) -> int:
        """What was on its way when the load ended is still made."""
        seen = -1
        while (credits := side.credits(self.ready)) != seen:
            seen = credits
            time.sleep(SETTLED_S)
        return credits

    def _write_requests(self, side: Side, name: str, count: int, parts: int) -> list[Path]:
        files = [self.ready.folder / f"requests-{part}" for part in range(parts)]
        with ExitStack() as opened:
            outputs = [opened.enter_context(file.open("wb")) for file in files]
            for number in range(1, count + 1):
                outputs[number % parts].write(side.request(name, number) + b"\0")
        return files

    def _check(self, side: Side, loads: list[Load], credits: int, connections: int) -> None:
        """Every 2xx was a credit. What was on its way at the end may have been credited and not counted."""
        answered, bad = sum(load.requests for load in loads), sum(load.bad for load in loads)
        if bad or not answered <= credits <= answered + connections:
            raise RuntimeError(f"{side.name}: {answered} answers, {credits} credits, {bad} bad ones")


def measure() -> list[Ratio | Figure]:
    """webhook_vs_express_16 and _64, their p99, each side's best workers, webhook_vs_limit; and the plot."""
    with ground() as ready:
        for script in ("peers/tables.sql", "sql/settle_limit.sql"):
            ready.execute((BENCH / script).read_text(encoding="utf-8"))
        contest = Contest(ready)
        few, many = contest.compare(FEW), contest.compare(MANY)
        tuned = contest.compare(MANY, theirs=Express(is_tuned=True))
        prisma = contest.compare(MANY, theirs=Prisma())
        several = contest.compare(MANY, workers=WORKERS[-1])
        measured: list[Ratio | Figure] = [
            Ratio("webhook_vs_express_16", _what(contest, FEW), UNIT, *few, target=None),
            Ratio("webhook_vs_express_64", _what(contest, MANY), UNIT, *many, target=5.0),
            Ratio("webhook_vs_express_tuned_64", TUNED, UNIT, *tuned, target=None),
            Ratio("webhook_vs_prisma_64", THROUGH_PRISMA, UNIT, *prisma, target=None),
            _p99(contest),
            _best_workers(many, several),
            _limit(ready),
        ]
        _plot(contest, {FEW: few, MANY: many})
        ready.check_books()
        check_express_books(ready)
    return measured


def _what(contest: Contest, connections: int) -> str:
    p99 = {side: statistics.median(contest.p99_ms[side, connections]) for side in ("webhook", "express")}
    return (
        f"signed, double entry, idempotent and on disk, over Express 5 + pg without these, {connections} connections, "
        f"one worker; p99 {p99['webhook']:.1f} ms and {p99['express']:.1f} ms"
    )


def _p99(contest: Contest) -> Ratio:
    # The first rounds of these connections are those with one worker each.
    ours, theirs = (contest.p99_ms[side, MANY][:ROUNDS] for side in ("webhook", "express"))
    what = f"99 of 100 answers came within this, {MANY} connections, one worker each"
    return Ratio("webhook_p99_vs_express_64", what, "ms", ours, theirs, target=0.25, better="lower")


def _best_workers(one: tuple[list[float], list[float]], several: tuple[list[float], list[float]]) -> Ratio:
    ours, our_workers = _better(one[0], several[0])
    theirs, their_workers = _better(one[1], several[1])
    what = f"each side's best number of workers of {WORKERS}: ours {our_workers}, theirs {their_workers}"
    return Ratio("webhook_vs_express_best_workers_64", what, UNIT, ours, theirs, target=5.0)


def _better(one: list[float], several: list[float]) -> tuple[list[float], int]:
    is_one = statistics.median(one) >= statistics.median(several)
    return (one, WORKERS[0]) if is_one else (several, WORKERS[-1])


def _limit(ready: Ground) -> Ratio:
    side, contest = Webhook(), Contest(ready)

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

    with side.running(ready, 1) as servers:
        ours, theirs = alternate(lambda: contest.measure(side, servers, MANY), limit, what="the limit")
    what = f"the webhook at {MANY} connections over pgbench calling its function with batches of {LIMIT_BATCH}"
    return Ratio("webhook_vs_limit", what, UNIT, ours, theirs, target=None)


def _plot(contest: Contest, known: dict[int, tuple[list[float], list[float]]]) -> None:
    rates = {connections: tuple(map(statistics.median, sides)) for connections, sides in known.items()}
    ours, theirs = Webhook(), Express()
    with ours.running(contest.ready, 1) as our_servers, theirs.running(contest.ready, 1) as their_servers:
        for connections in PLOTTED:
            say(f"  for the plot: {connections} connections")
            rates[connections] = (
                contest.measure(ours, our_servers, connections),
                contest.measure(theirs, their_servers, connections),
            )
    connections = sorted(rates)
    write_plot(
        PLOT_FILE,
        f"{UNIT} over connections, one worker each",
        connections,
        [
            Line("webhook", [rates[one][0] for one in connections]),
            Line("Express 5 + pg", [rates[one][1] for one in connections]),
        ],
    )
