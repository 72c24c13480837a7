"""Calls that come while another one is on its way to the disk go together, in one batch and one commit.

No thread of its own and no timer: whoever comes first leads, and a lone call is made at once. Those who come meanwhile
wait; when a leader is done, the first of them leads the next batch. So many batches may be on their way at once as the
combiner was made for: one that waits for the disk leaves the processor to another. But a batch costs as much as four
calls in it, and many small ones are slower than one after another. So beside one that is on its way the next sets off
only when as many wait as are its share of those who were here at the same time lately.

Between two batches a connection has nothing to do, and this is the time that counts. Threads share one interpreter: the
next leader would wait for it behind whoever was just answered. So the old leader stands still until the new one is on
its way, and answers the others only then (docs/performance.md has what it brings).
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from wallet_core.errors import DatabaseUnavailable

Command = TypeVar("Command")
Answer = TypeVar("Answer")

#: Beyond this a batch gains nothing more from sharing a sync, and its locks hold up others for longer.
BATCH_MAX_CALLS: Final = 128

#: Some tenths of a second of work at full speed. Who comes later does better to be told so than to wait in a queue.
QUEUE_MAX_CALLS: Final = 1024

#: How much of a crowd is remembered from batch to batch. Those who were just answered and come back at once are still
#: of it, and a rush is forgotten after a few dozen batches.
CROWD_KEPT: Final = 15 / 16

#: Beyond any time in which a thread that was woken gets to its first line. Whoever waited this long goes on by itself.
HANDOVER_S: Final = 0.05


class _Call(Generic[Command, Answer]):
    """One caller's command on its way. ``turn`` is held until it is done, or its caller is to lead; ``start`` until a
    batch that its caller leads is ready to go.
    """

    __slots__ = ("answer", "batch", "command", "error", "is_done", "start", "turn")

    def __init__(self, command: Command) -> None:
        self.command: Final = command
        self.batch: list[_Call[Command, Answer]] = []  # that its caller leads, its own first
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.is_done = False
        self.turn: Final = threading.Lock()
        self.turn.acquire()
        self.start: Final = threading.Lock()
        self.start.acquire()


class Combiner(Generic[Command, Answer]):
    """``run`` takes a batch and answers one answer, or one exception, for each command, in order. It may also raise:
    then everybody of the batch gets that exception. ``at_once``: batches in ``run`` at the same time, at most.
    """

    def __init__(self, run: Callable[[Sequence[Command]], Sequence[Answer | Exception]], *, at_once: int) -> None:
        self._run: Final = run
        self._at_once: Final = at_once
        self._lock: Final = threading.Lock()
        self._waiting: Final[deque[_Call[Command, Answer]]] = deque()
        self._leaders = 0
        self._here = 0  # calls that came and are not answered
        self._crowd = 0.0  # of these, the most at the same time lately

    def call(self, command: Command) -> Answer:
        """The answer to this command, from whichever batch it went with.

        Raises: DatabaseUnavailable (too many wait already; nothing was done), and what ``run`` answers or raises.
        """
        call = _Call[Command, Answer](command)
        with self._lock:
            if len(self._waiting) >= QUEUE_MAX_CALLS:
                raise DatabaseUnavailable
            self._here += 1
            self._crowd = max(self._crowd, self._here)
            leads = self._may_set_off(len(self._waiting) + 1)
            if leads:
                self._gather(call)
            else:
                self._waiting.append(call)
        if not leads:
            call.turn.acquire()
        if not call.is_done:
            self._lead(call)
        if call.error is not None:
            raise call.error
        return call.answer  # type: ignore[return-value]

    def _may_set_off(self, calls: int) -> bool:
        """Whether a batch of so many calls sets off now. If not, another one is on its way, whose end asks again."""
        if self._leaders == 0:
            return calls > 0
        share = math.ceil(self._crowd / self._at_once)
        return self._leaders < self._at_once and calls >= min(share, BATCH_MAX_CALLS)

    def _gather(self, leader: _Call[Command, Answer]) -> None:
        """Gives a leader the batch, which counts as on its way: its own call and those who wait."""
        others = min(len(self._waiting), BATCH_MAX_CALLS - 1)
        leader.batch = [leader, *(self._waiting.popleft() for _ in range(others))]
        self._leaders += 1

    def _lead(self, own: _Call[Command, Answer]) -> None:
        """Makes one batch and hands the lead on."""
        batch, own.batch = own.batch, []  # no circle: what is done goes at once
        # Whoever waits for this goes on when this thread first waits for the database.
        own.start.release()
        try:
            answers = self._run([call.command for call in batch])
            for call, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    call.error = answer
                else:
                    call.answer = answer
        except Exception as error:  # noqa: BLE001 - each caller raises it
            for call in batch:
                call.error = error
        finally:
            self._hand_on(batch)

    def _hand_on(self, batch: list[_Call[Command, Answer]]) -> None:
        # The next leader first: its batch is on its way while the others wake up.
        next_leader = None
        with self._lock:
            self._crowd = max(self._crowd * CROWD_KEPT, self._here)
            self._here -= len(batch)
            self._leaders -= 1
            if self._may_set_off(len(self._waiting)):
                next_leader = self._waiting.popleft()
                self._gather(next_leader)
        if next_leader is not None:
            next_leader.turn.release()
            next_leader.start.acquire(timeout=HANDOVER_S)
        for call in batch:
            if call.answer is None and call.error is None:
                # The leader was stopped in the middle (Ctrl-C): nobody knows, and a repetition finds out.
                call.error = DatabaseUnavailable()
            call.is_done = True
            call.turn.release()
