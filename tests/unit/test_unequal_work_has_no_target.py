"""A search that gives up is quick: beside one that looked through everything, it would keep any promise."""

from collections.abc import Callable

import pytest

from bench.parts import history
from bench.parts.history import Answer, Question
from bench.ratio import Ratio
from bench.sizes import Size
from wallet_core import db

LARGE = Size(10_000_000, "large")
SMALL = Size(10_000, "small")


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def alternate(_ours: Callable[[], float], _theirs: Callable[[], float], *, what: str) -> tuple[list[float], ...]:
        return [1.0], [1.0]

    monkeypatch.setattr(history, "alternate", alternate)
    monkeypatch.setattr(db, "configure", lambda _url: None)


def _compared(large: Answer, small: Answer) -> Ratio:
    question = Question("merchant name", "search: name", lambda size: large if size == LARGE else small)
    return history._compare(question, LARGE, SMALL, "10m_vs_10k")


def test_as_many_rows_have_the_target() -> None:
    found = _compared(Answer(25), Answer(25))
    assert found.target == history.TARGET
    assert history.UNEQUAL not in found.what


@pytest.mark.parametrize(
    ("large", "small"), [(Answer(24, is_cut=True), Answer(25)), (Answer(0, is_cut=True), Answer(0))]
)
def test_other_rows_or_a_search_that_gave_up_have_none(large: Answer, small: Answer) -> None:
    found = _compared(large, small)
    assert found.target is None
    assert history.UNEQUAL in found.what
    assert found.further["rows"] == f"{large} and {small}"


def test_two_that_gave_up_did_the_same_work() -> None:
    assert _compared(Answer(0, is_cut=True), Answer(0, is_cut=True)).target == history.TARGET
