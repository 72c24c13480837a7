"""Figures as ratios: two sides measured in turn on one machine in one run, which is then noisy for both."""

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

#: Odd, so that a median is one of the rounds; five is the least that one bad round cannot turn.
ROUNDS: Final = 5

#: A ratio that got worse than the committed one by more than this fails the bench.
REGRESSION: Final = 0.20


@dataclass(frozen=True)
class Ratio:
    """``ours`` over ``theirs``, one pair of raw numbers a round. ``target``: the promise; None where there is none.

    ``better``: whether the promise is "at least" (higher) or "at most" (lower) the target.
    """

    name: str
    what: str
    unit: str
    ours: list[float]
    theirs: list[float]
    target: float | None
    better: Literal["higher", "lower"] = "higher"
    further: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def holds(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


@dataclass(frozen=True)
class Figure:
    """An absolute figure with a promise of its own (milliseconds, bytes): one number a round, the median counts."""

    name: str
    what: str
    unit: str
    rounds: list[float]
    target: float | None
    better: Literal["higher", "lower"] = "lower"
    further: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return statistics.median(self.rounds)

    @property
    def holds(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


def alternate(
    ours: Callable[[], float], theirs: Callable[[], float], *, what: str, rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """Measures both sides in turn; answers the raw numbers of each."""
    measured = in_turn({"ours": ours, "theirs": theirs}, what=what, rounds=rounds)
    return measured["ours"], measured["theirs"]


def in_turn(sides: dict[str, Callable[[], float]], *, what: str, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Measures every side once a round, in the other order in every second one; answers the raw numbers of each."""
    measured: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in list(sides) if number % 2 == 0 else reversed(sides):
            measured[name].append(sides[name]())
        said = ", ".join(f"{name} {numbers[-1]:,.1f}" for name, numbers in measured.items())
        say(f"  {what}: round {number + 1} of {rounds}: {said}")
    return measured


def say(text: str) -> None:
    """Progress, for the person who waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
