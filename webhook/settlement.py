"""Settles together what waits together: one set-based statement and one durable commit for many messages.

While one batch is on its way to the disk the next one gathers. No timer: an idle webhook settles a lone message at
once, a busy one shares each sync of the disk among all that came meanwhile. One batch at a time, because two in
flight were slower (docs/decisions/0003-webhook-server.md). Nobody is answered before the commit.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from wallet_core import metrics, tracing
from wallet_core.errors import DatabaseUnavailable
from wallet_core.logs import Known
from wallet_core.views import BankMessage, MessageOutcome
from webhook.answers import ANSWER_TO_OUTCOME

log = logging.getLogger("webhook.settlement")

#: Beyond this a batch gains nothing more from sharing a sync, and a single failure concerns more messages.
BATCH_MAX_MESSAGES: Final = 128

#: About a quarter of a second of work at full speed; who comes later does better to ask again.
QUEUE_MAX_MESSAGES: Final = 1024

#: Within this a message is settled or its sender told to repeat it, even if the database hangs. Below the ten seconds
#: after which callers give up on their own.
WAIT_S: Final = 8

#: The loop's timers go by milliseconds: an alarm that rings too early would ring again and again.
ALARM_LATE_S: Final = 0.01

#: For one batch, its retries and its settling one by one included.
BATCH_S: Final = 6

#: On a shutdown, for the batch in flight and what waits behind it.
DRAIN_S: Final = 10

#: For giving up what was not done by then.
CANCEL_S: Final = 1

_NS_PER_S: Final = 1_000_000_000
_NS_PER_US: Final = 1_000

Settle = Callable[[list[BankMessage]], Awaitable[list[MessageOutcome | None]]]

#: Hears once what became of a message; None: it is not known to be settled, and the bank must repeat it.
Tell = Callable[[MessageOutcome | None], None]


class _Waiting:
    """A message whose sender waits. A future for each, with the task that it wakes, cost a fifth of the rate."""

    __slots__ = ("is_told", "message", "taken_ns", "tell")

    def __init__(self, message: BankMessage, tell: Tell) -> None:
        self.message = message
        self.tell = tell
        self.taken_ns = time.perf_counter_ns()
        self.is_told = False

    def end(self, outcome: MessageOutcome | None) -> None:
        if not self.is_told:
            self.is_told = True
            self.tell(outcome)


class Settlement:
    """The queue of verified messages and the one task that empties it."""

    def __init__(self, settle: Settle) -> None:
        """``settle`` answers one outcome a message, in order, after the commit (None where it must be repeated), and
        raises when nothing is known.
        """
        self._settle: Final = settle
        self._queue: Final[deque[_Waiting]] = deque()
        #: Everybody who waits, the longest first.
        self._patience: Final[deque[_Waiting]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._arrived: Final = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Called once, inside the running loop."""
        metrics.WAITING.set_function(lambda: len(self._queue))
        self._task = asyncio.create_task(self._run(), name="settlement")

    def take(self, message: BankMessage, tell: Tell) -> None:
        """``tell`` hears the outcome when the message is settled and on disk, or None within ``WAIT_S``: the database
        is away or slow, or this process is closing. The bank repeats the message, and a repetition changes nothing.

        Raises: DatabaseUnavailable where nothing more is taken: the queue is full, or this process is closing.
        """
        if self._closing or len(self._queue) >= QUEUE_MAX_MESSAGES:
            raise DatabaseUnavailable
        waiting = _Waiting(message, tell)
        self._queue.append(waiting)
        self._patience.append(waiting)
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(WAIT_S, self._end_patience)
        if not self._arrived.is_set():
            self._arrived.set()

    def _end_patience(self) -> None:
        """Tells those who waited ``WAIT_S`` to repeat. One timer for all: one for each cost a tenth of the rate."""
        ended_ns = time.perf_counter_ns() - WAIT_S * _NS_PER_S
        while self._patience and self._patience[0].taken_ns <= ended_ns:
            self._patience.popleft().end(None)
        self._alarm = None
        if self._patience:
            rest_s = (self._patience[0].taken_ns - ended_ns) / _NS_PER_S
            self._alarm = asyncio.get_running_loop().call_later(rest_s + ALARM_LATE_S, self._end_patience)

    async def close(self) -> None:
        """Takes nothing more, settles what waits, and stops."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=DRAIN_S)
            self._task.cancel()
            # Not awaited without end: with a database that hangs, even giving up can hang.
            await asyncio.wait({self._task}, timeout=CANCEL_S)
        if self._alarm is not None:
            self._alarm.cancel()
        _fail(self._queue)
        self._queue.clear()

    async def _run(self) -> None:
        while self._queue or not self._closing:
            if not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            taken = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_MAX_MESSAGES))]
            # Whoever gave up waiting was told to repeat: that repetition is settled instead.
            batch = [waiting for waiting in taken if not waiting.is_told]
            if batch:
                await self._settle_batch(batch)

    async def _settle_batch(self, batch: list[_Waiting]) -> None:
        outcomes: list[MessageOutcome | None] = []
        started_ns = time.perf_counter_ns()
        try:
            async with asyncio.timeout(BATCH_S):
                settled = await self._settle([waiting.message for waiting in batch])
            if len(settled) != len(batch):
                raise ValueError(f"{len(settled)} outcomes of {len(batch)} messages")
            outcomes = settled
        except (DatabaseUnavailable, TimeoutError) as error:
            log.warning("database unavailable", extra={"messages": len(batch), "cause": type(error).__name__})
        except Exception:
            # A defect must not end the one task that serves everybody.
            log.exception("settling failed", extra={"messages": len(batch)})
        finally:
            # Not at once: the next batch is sent first, and is settled while this one is answered.
            duration_ns = time.perf_counter_ns() - started_ns
            asyncio.get_running_loop().call_soon(self._tell, batch, outcomes, duration_ns)

    def _tell(self, batch: list[_Waiting], outcomes: list[MessageOutcome | None], duration_ns: int) -> None:
        """Answers everybody; whoever has no outcome, whatever the reason, gets none."""
        try:
            for waiting, outcome in zip(batch, outcomes, strict=False):
                waiting.end(outcome)
            ended = [(waiting, outcome) for waiting, outcome in zip(batch, outcomes, strict=False) if outcome]
            if tracing.is_tracing():
                _trace(ended)
            if ended:
                # One line a batch: one for each message cost a sixth of the rate.
                settled = Known(
                    (waiting.message.message_id, waiting.message.reference, outcome.value, waiting.message.request_id)
                    for waiting, outcome in ended
                )
                seconds = duration_ns / _NS_PER_S
                metrics.count_settled([outcome for _, outcome in ended], status_of=_status_of, seconds=seconds)
                log.info("settled", extra={"messages": settled, "duration_us": duration_ns // _NS_PER_US})
            if outcomes and len(ended) < len(batch):
                log.warning("rows are locked", extra={"messages": len(batch) - len(ended)})
        except Exception:
            log.exception("answering failed", extra={"messages": len(batch)})
        finally:
            _fail(batch)
            while self._patience and self._patience[0].is_told:
                self._patience.popleft()


def _trace(ended: list[tuple[_Waiting, MessageOutcome]]) -> None:
    """A span for each message, from the moment when it was read and its signature was right, to its answer."""
    for waiting, outcome in ended:
        fields: dict[str, str | int] = {
            "request_id": waiting.message.request_id,
            "message_id": waiting.message.message_id,
            "reference": waiting.message.reference,
            "outcome": outcome.value,
            "batch_messages": len(ended),
        }
        tracing.record("bank message", waiting.message.reference, waiting.taken_ns, fields)


def _status_of(outcome: str) -> int:
    return ANSWER_TO_OUTCOME[MessageOutcome(outcome)].status


def _fail(entries: Iterable[_Waiting]) -> None:
    for waiting in entries:
        if not waiting.is_told:
            waiting.end(None)
