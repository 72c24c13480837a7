"""The combiner: so many batches at a time, a lone call at once, and everybody gets their own answer."""

import threading
from collections.abc import Sequence

import pytest

from tests.at_once import at_once
from wallet_core import combining
from wallet_core.combining import Combiner
from wallet_core.errors import DatabaseUnavailable

WAIT_S = 10


class Doubling:
    """Answers twice each number, refuses odd ones over 100, and can be held up."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()

    def run(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.entered.set()
        assert self.open.wait(WAIT_S)
        return [ValueError(number) if number > 100 and number % 2 else 2 * number for number in numbers]


def test_a_lone_call_is_made_at_once() -> None:
    doubling = Doubling()
    assert Combiner(doubling.run, at_once=1).call(21) == 42
    assert doubling.batches == [[21]]


def test_those_who_wait_go_together_and_each_gets_their_own_answer() -> None:
    doubling = Doubling()
    combiner = Combiner(doubling.run, at_once=1)
    doubling.open.clear()
    answers: list[list[int | Exception]] = []
    others = [lambda number=number: combiner.call(number) for number in range(20)]
    first = threading.Thread(target=lambda: answers.append([combiner.call(1000)]))
    first.start()
    assert doubling.entered.wait(WAIT_S)
    rest = threading.Thread(target=lambda: answers.append(at_once(others)))
    rest.start()
    while len(combiner._waiting) < len(others):
        threading.Event().wait(0.001)
    doubling.open.set()
    first.join(WAIT_S)
    rest.join(WAIT_S)
    assert sorted(answers, key=len) == [[2000], [2 * number for number in range(20)]]
    assert [len(batch) for batch in doubling.batches] == [1, 20]


def _start(combiner: Combiner[int, int], doubling: Doubling, numbers: Sequence[int]) -> list[threading.Thread]:
    """A thread for each number, one after the other: the next one comes when the last one is on its way or waits."""
    callers = [threading.Thread(target=combiner.call, args=(number,)) for number in numbers]
    for number, caller in zip(numbers, callers, strict=True):
        caller.start()
        while not any(number in batch for batch in doubling.batches) and number not in _waiting(combiner):
            threading.Event().wait(0.001)
    return callers


def _waiting(combiner: Combiner[int, int]) -> list[int]:
    return [call.command for call in tuple(combiner._waiting)]


def _end(doubling: Doubling, callers: Sequence[threading.Thread]) -> None:
    doubling.open.set()
    for caller in callers:
        caller.join(WAIT_S)
        assert not caller.is_alive()
    doubling.open.clear()


def test_two_batches_are_on_their_way_at_once_and_no_third() -> None:
    doubling = Doubling()
    combiner = Combiner(doubling.run, at_once=2)
    doubling.open.clear()
    callers = _start(combiner, doubling, range(5))
    assert doubling.batches == [[0], [1]]
    assert _waiting(combiner) == [2, 3, 4]
    _end(doubling, callers)
    assert sorted(number for batch in doubling.batches for number in batch) == [0, 1, 2, 3, 4]


def test_beside_a_batch_half_of_those_who_were_here_lately_set_off() -> None:
    doubling = Doubling()
    combiner = Combiner(doubling.run, at_once=2)
    doubling.open.clear()
    _end(doubling, _start(combiner, doubling, range(8)))
    del doubling.batches[:]
    callers = _start(combiner, doubling, range(10, 14))
    assert doubling.batches == [[10]]
    assert _waiting(combiner) == [11, 12, 13]
    callers += _start(combiner, doubling, [14])
    assert doubling.batches == [[10], [14, 11, 12, 13]]
    _end(doubling, callers)


def test_who_waits_for_others_goes_when_the_batch_on_its_way_ends() -> None:
    doubling = Doubling()
    combiner = Combiner(doubling.run, at_once=2)
    doubling.open.clear()
    _end(doubling, _start(combiner, doubling, range(8)))
    del doubling.batches[:]
    _end(doubling, _start(combiner, doubling, [10, 11]))
    assert doubling.batches == [[10], [11]]


def test_a_rush_is_forgotten() -> None:
    doubling = Doubling()
    combiner = Combiner(doubling.run, at_once=2)
    doubling.open.clear()
    _end(doubling, _start(combiner, doubling, range(100)))
    doubling.open.set()
    for number in range(100):
        combiner.call(number)
    doubling.open.clear()
    del doubling.batches[:]
    callers = _start(combiner, doubling, [200, 202])
    assert doubling.batches == [[200], [202]]
    _end(doubling, callers)


def test_one_refusal_is_its_own_caller_s_only() -> None:
    combiner = Combiner(Doubling().run, at_once=1)
    answers = at_once([lambda number=number: combiner.call(number) for number in (101, 102, 103, 104)])
    assert [type(answer) for answer in answers] == [ValueError, int, ValueError, int]


def test_a_failed_batch_fails_its_callers_and_nobody_later() -> None:
    failing = [DatabaseUnavailable()]

    def run(numbers: Sequence[int]) -> list[int | Exception]:
        if failing:
            raise failing.pop()
        return list(numbers)

    combiner = Combiner(run, at_once=1)
    with pytest.raises(DatabaseUnavailable):
        combiner.call(1)
    assert combiner.call(2) == 2


def test_a_leader_who_is_stopped_hands_the_lead_on() -> None:
    def run(numbers: Sequence[int]) -> list[int | Exception]:
        if numbers == [1]:
            raise KeyboardInterrupt
        return list(numbers)

    combiner = Combiner(run, at_once=1)
    with pytest.raises(KeyboardInterrupt):
        combiner.call(1)
    assert combiner.call(2) == 2


class SlowToStart:
    """A lock that one thread takes late: as if the interpreter let everybody else run first."""

    def __init__(self, name: str) -> None:
        self._lock, self._name = threading.Lock(), name
        self.is_slow = threading.Event()

    def __enter__(self) -> None:
        if self.is_slow.is_set() and threading.current_thread().name == self._name:
            threading.Event().wait(0.02)
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_the_next_batch_sets_off_before_the_last_one_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    combiner: Combiner[str, str]
    lock = SlowToStart("late")

    def waits_for(count: int) -> None:
        while len(combiner._waiting) < count:
            threading.Event().wait(0.001)

    def run(names: Sequence[str]) -> list[str | Exception]:
        happened.append(f"sent {' '.join(names)}")
        if names == ["first"]:
            waits_for(2)
        if names[0] == "second":
            threads["late"].start()
            waits_for(1)
            lock.is_slow.set()
        return list(names)

    def call(name: str) -> None:
        combiner.call(name)
        happened.append(f"answered {name}")

    combiner = Combiner(run, at_once=1)
    monkeypatch.setattr(combiner, "_lock", lock)
    names = ("first", "second", "third", "late")
    threads = {name: threading.Thread(target=call, args=(name,), name=name) for name in names}
    threads["first"].start()
    for count, name in enumerate(("second", "third")):
        while count > len(combiner._waiting) or not happened:
            threading.Event().wait(0.001)
        threads[name].start()
    for name in names:
        while threads[name].ident is None:
            threading.Event().wait(0.001)
        threads[name].join(WAIT_S)
    assert happened.index("sent late") < min(happened.index("answered second"), happened.index("answered third"))


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(combining, "QUEUE_MAX_CALLS", 2)
    doubling = Doubling()
    combiner = Combiner(doubling.run, at_once=1)
    doubling.open.clear()
    callers = [threading.Thread(target=combiner.call, args=(number,)) for number in range(3)]
    callers[0].start()
    assert doubling.entered.wait(WAIT_S)
    for caller in callers[1:]:
        caller.start()
    while len(combiner._waiting) < 2:
        threading.Event().wait(0.001)
    with pytest.raises(DatabaseUnavailable):
        combiner.call(9)
    doubling.open.set()
    for caller in callers:
        caller.join(WAIT_S)
    assert sorted(number for batch in doubling.batches for number in batch) == [0, 1, 2]
