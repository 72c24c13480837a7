"""The figures of a process for Prometheus, on a port of their own that the world does not reach.

Every figure stands here, so that dashboard and alerts (deploy/) can be held against one list. Labels have few values,
all of them ours: no person, no reference, no address, no text that somebody sent.

Each process has its own figures. Where several run on one machine, the first takes the port of the settings and each
further one the next free port: Prometheus asks them all.
"""

import errno
import logging
import threading
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, start_http_server

from wallet_core.errors import WalletError

log = logging.getLogger("wallet.metrics")

#: So many processes of one kind may run on one machine.
PORTS_TRIED: Final = 16

#: A commit takes a millisecond on a good disk; a batch is given up after six seconds, its retries included.
_SETTLE_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 6)
_BATCH_BUCKETS: Final = (1, 2, 4, 8, 16, 32, 64, 128)

#: A click that is answered within a tenth of a second feels immediate; the database gives up after ten.
_EVENT_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def _untold(name: str, words: str) -> Gauge:
    """Not among the figures before ``tell``: the 0 of a process that knows nothing of it would be taken for true."""
    return Gauge(name, words, registry=None)


# --- The bank's door -------------------------------------------------------------------------------------------
ANSWERS: Final = Counter("wallet_webhook_answers", "Answers to the bank, by status.", ["status"])
CREDITS: Final = Counter("wallet_credits", "Messages of the bank, by what became of them.", ["outcome"])
SETTLE_S: Final = Histogram("wallet_settle_seconds", "One batch, commit included.", buckets=_SETTLE_BUCKETS_S)
BATCH: Final = Histogram("wallet_settle_batch_messages", "Messages settled together.", buckets=_BATCH_BUCKETS)
WAITING: Final = Gauge("wallet_settle_waiting_messages", "Verified messages that wait for their batch.")
WEBHOOK_READY: Final = _untold("wallet_webhook_ready", "1 where the webhook can settle credits, 0 where it cannot.")

# --- The interface ---------------------------------------------------------------------------------------------
SENDS: Final = Counter("wallet_sends", "Payments to people, by result.", ["result"])
SEND_S: Final = Histogram("wallet_send_seconds", "One payment, commit included.", buckets=_SETTLE_BUCKETS_S)
SIGN_INS: Final = Counter("wallet_sign_ins", "Attempts to sign in, by result.", ["result"])
OPEN_TABS: Final = Gauge("wallet_open_tabs", "Tabs of people who are signed in.")
PUSHES: Final = Counter("wallet_pushes", "Tabs that were told to read anew.")
EVENT_S: Final = Histogram("wallet_event_seconds", "An event of a page, to its end.", buckets=_EVENT_BUCKETS_S)
APP_READY: Final = _untold("wallet_app_ready", "1 where the app can serve, 0 where it cannot.")

# --- The database's pools --------------------------------------------------------------------------------------
POOL_SIZE: Final = Gauge("wallet_pool_connections", "Connections that a pool may have.", ["pool"])
POOL_USED: Final = Gauge("wallet_pool_connections_in_use", "Connections that are lent.", ["pool"])
POOL_WAITING: Final = Gauge("wallet_pool_waiting", "Who waits for a connection.", ["pool"])

# --- What runs beside the door ---------------------------------------------------------------------------------
SWEEPS: Final = Counter("wallet_sweep_runs", "Rounds of what time brings about, by result.", ["result"])
SWEPT: Final = Counter("wallet_sweep_ended", "Orders, requests and sessions that a sweep ended.")
SWEPT_AT: Final = Gauge("wallet_sweep_last_timestamp_seconds", "When a sweep of orders last came to its end.")
AUDITED_AT: Final = _untold("wallet_audit_last_timestamp_seconds", "When the auditor last looked at all balances.")
FULL_AUDIT_AGE_S: Final = _untold(
    "wallet_audit_full_age_seconds",
    "How long ago the auditor last ended a pass over all balances from their first transfer; +Inf before that.",
)
STATEMENT_AT: Final = _untold(
    "wallet_statement_last_timestamp_seconds", "When the bank last gave its statement, compared or not."
)
UNCOMPARED_SINCE: Final = _untold(
    "wallet_uncompared_since_timestamp_seconds",
    "When the oldest transfer was made that is not compared with the bank's statement; now, where all are.",
)
DRIFTS: Final = _untold("wallet_open_drifts", "Differences that the auditor found and nobody has cleared.")
STUCK: Final = _untold("wallet_stuck_orders", "Orders that wait for their bank's word for more than an hour.")
DISPUTED: Final = _untold("wallet_disputed_messages", "The number of the newest message that disagreed: no fewer came.")


def tell(*figures: Gauge) -> None:
    """From now on they are among this process's figures."""
    for figure in figures:
        with suppress(ValueError):  # they are already
            REGISTRY.register(figure)


def count_settled(outcomes: Iterable[str], *, status_of: Callable[[str], int], seconds: float) -> None:
    """Of one batch. Counted together: a lock for each message would cost the bank's door a part of its rate."""
    counted = Count(outcomes)
    for outcome, number in counted.items():
        CREDITS.labels(outcome).inc(number)
        ANSWERS.labels(str(status_of(outcome))).inc(number)
    BATCH.observe(counted.total())
    SETTLE_S.observe(seconds)


@contextmanager
def counting(results: Counter) -> Iterator[None]:
    """Counts what the block ends with: done, the code of one of our refusals, or failed."""
    result = "failed"
    try:
        yield
        result = "done"
    except WalletError as error:
        result = error.code
        raise
    finally:
        results.labels(result).inc()


def serve_metrics(host: str, port: int | None) -> WSGIServer | None:
    """Answers ``/metrics`` from a thread of its own, on the first free port from this one on. None: nowhere.

    A wallet without figures is better than none: where no port is free, that is logged and nothing else.
    """
    if port is None:
        return None
    for number in range(port, port + PORTS_TRIED):
        try:
            server, _ = start_http_server(number, host)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            log.exception("the figures cannot be served")
            return None
        log.info("figures", extra={"port": number})
        return server
    log.error("no port is free for the figures", extra={"port": port})
    return None


def stop_metrics(server: WSGIServer | None) -> None:
    if server is not None:
        # From a thread: the one that serves may be in the middle of an answer.
        with suppress(RuntimeError):
            threading.Thread(target=server.shutdown, daemon=True).start()
        server.server_close()
