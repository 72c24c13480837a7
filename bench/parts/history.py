"""Pages of history at 10 million transfers beside the same pages at 10 thousand: what growth costs.

Measured is what a caller waits for, SQLAlchemy and the driver included. Two people: one with as many transfers in every
size, and a merchant who has a tenth of all, whose own history so grows with the database.
"""

import asyncio
import hashlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from bench.ground import ROUND_S
from bench.ratio import Figure, Ratio, alternate, in_turn
from bench.sizes import OWN_TRANSFERS, Size, person_id, three_sizes
from wallet_app.state import transactions
from wallet_app.state.history_filter import HistoryFilter
from wallet_core import db
from wallet_core.clock import IST
from wallet_core.flows import FlowRange
from wallet_core.services import history
from wallet_core.services.activity import list_activity, read_balance
from wallet_core.services.directory import list_recent_payees, search_people
from wallet_core.services.flows import read_flows
from wallet_core.views import ActivityFilter, ActivityPage, ActivityStatus, Direction

UNIT: Final = "ms a page"
TARGET: Final = 1.2

PAGE_ROWS: Final = 25

#: In a turn of one side: enough for a steady median. A slow page is read fewer times, the turn ends in time.
PAGES: Final = 20 * ROUND_S
UNMEASURED_PAGES: Final = 5

#: So much of the history lies above the deep page.
DEPTH: Final = 0.9

FLOW_WORDS: Final = {
    FlowRange.WEEK: "the last seven days",
    FlowRange.MONTH: "the last 30 days",
    FlowRange.YEAR: "the last twelve months",
}

#: For which transfers have to be read to know whether they fit.
SEARCHES: Final = {
    "banks": "only from banks",
    "name": "search: name",
    "note": "search: note",
    "rare_note": "search: rare_note",
    "reference": "search: the reference of the oldest",
}
SEARCHED_WORDS: Final = {"name": "Hari", "note": "cinema", "rare_note": "umbrella"}

UNEQUAL: Final = "the answers differ, and so does the work: no target"

PERSON: Final = person_id(1)
MERCHANT: Final = person_id(2)


@dataclass(frozen=True)
class Answer:
    """``is_cut``: the page is not full although more may be found further back, where nobody looked."""

    rows: int
    is_cut: bool = False

    def __str__(self) -> str:
        return f"{self.rows} (not looked through to the end)" if self.is_cut else str(self.rows)


@dataclass(frozen=True)
class Question:
    """``ask`` reads one page in the database in use."""

    name: str
    what: str
    ask: Callable[[Size], Answer]
    target: float | None = TARGET


def measure() -> list[Ratio | Figure]:
    """history_10m_vs_10k and its like, merchant_10m_vs_10k and its like, history_1m_vs_10k, and what the interface
    waits for.

    A search looks through ``history.SCANNED_ROWS`` transfers of each direction for one page, at most. The merchant of
    the small size has no more than that, so the same search answers to the end there, and not in the large size: such
    pairs have no target. merchant_10m_vs_1m shows that a search which gives up costs the same wherever it does.
    """
    with three_sizes() as (small, middle, large):
        measured: list[Ratio | Figure] = [_compare(_pages("history", PERSON)[0], middle, small, "1m_vs_10k")]
        measured += [_compare(question, large, small, "10m_vs_10k") for question in _questions()]
        measured += [_compare(question, large, middle, "10m_vs_1m") for question in _searches("merchant", MERCHANT)]
        measured += [_time(question, large, "10m_interface") for question in _interface_searches()]
    return measured


def _compare(question: Question, ours: Size, theirs: Size, label: str) -> Ratio:
    name = _figure_name(question, label)
    answers = [_answer(question, size) for size in (ours, theirs)]
    is_equal = answers[0] == answers[1]
    measured = alternate(partial(_turn, question, ours), partial(_turn, question, theirs), what=name)
    what = f"{question.what}: a page at {ours.transfers:,} transfers over one at {theirs.transfers:,}"
    return Ratio(
        name,
        what if is_equal else f"{what}; {UNEQUAL}",
        UNIT,
        *measured,
        target=question.target if is_equal else None,
        better="lower",
        further={"rows": " and ".join(map(str, answers))},
    )


def _time(question: Question, size: Size, label: str) -> Figure:
    name = _figure_name(question, label)
    answer = _answer(question, size)
    rounds = in_turn({"interface": partial(_turn, question, size)}, what=name)["interface"]
    what = (
        f"{question.what}: what a person waits for at {size.transfers:,} transfers; the interface asks on until its "
        f"page is full, {transactions.MAX_READS} times at most"
    )
    return Figure(name, what, UNIT, rounds, question.target, further={"rows": str(answer)})


def _figure_name(question: Question, label: str) -> str:
    who, _, kind = question.name.partition(" ")
    return f"{who}_{label}" + (f"_{kind.replace(' ', '_')}" if kind else "")


def _answer(question: Question, size: Size) -> Answer:
    db.configure(size.url)
    return question.ask(size)


def _turn(question: Question, size: Size) -> float:
    """The median of the pages, in milliseconds."""
    db.configure(size.url)
    for _ in range(UNMEASURED_PAGES):
        question.ask(size)
    taken_ms: list[float] = []
    ends_s = time.monotonic() + ROUND_S
    while len(taken_ms) < PAGES and time.monotonic() < ends_s:
        started_ns = time.perf_counter_ns()
        question.ask(size)
        taken_ms.append((time.perf_counter_ns() - started_ns) / 1e6)
    return statistics.median(taken_ms)


def _questions() -> list[Question]:
    return [
        *_pages("history", PERSON),
        *_searches("history", PERSON),
        *_summaries("history", PERSON),
        *_pages("merchant", MERCHANT),
        *_searches("merchant", MERCHANT),
        *_summaries("merchant", MERCHANT),
        Question("people", "everybody who can be paid", partial(_people, "")),
        Question("people name", "people by name", partial(_people, "Ravi")),
        Question("people phone", "people by phone", partial(_people, "00077")),
    ]


def _pages(who: str, person: UUID) -> list[Question]:
    """What an index answers by itself."""
    filters = {
        "in": ActivityFilter(direction=Direction.IN),
        "out": ActivityFilter(direction=Direction.OUT),
        "succeeded": ActivityFilter(status=ActivityStatus.SUCCEEDED),
        "failed": ActivityFilter(status=ActivityStatus.FAILED),
        "month": ActivityFilter(month=_a_month()),
    }
    return [
        Question(who, "the first page", partial(_first_page, person, ActivityFilter())),
        Question(f"{who} deep", "a page at nine tenths of the way", partial(_deep_page, person)),
        *(
            Question(f"{who} {name}", f"only {name}", partial(_first_page, person, wanted))
            for name, wanted in filters.items()
        ),
    ]


def _searches(who: str, person: UUID) -> list[Question]:
    """As the service answers them, once."""
    return [Question(f"{who} {kind}", words, partial(_first_found, person, kind)) for kind, words in SEARCHES.items()]


def _interface_searches() -> list[Question]:
    """The same, as the page of the history asks: again and again where one answer is not enough."""
    return [
        Question(f"{who} {kind}", words, partial(_found_by_interface, person, kind), target=None)
        for who, person in (("history", PERSON), ("merchant", MERCHANT))
        for kind, words in SEARCHES.items()
    ]


def _summaries(who: str, person: UUID) -> list[Question]:
    """The merchant's week has a thousand times as many payments in it: the sum is no page, and has no target."""
    flow_target = TARGET if person == PERSON else None
    return [
        Question(f"{who} balance", "the balance", partial(_balance, person)),
        *(
            Question(
                f"{who} flows {over.value}",
                f"money in and out: {words}",
                partial(_flows, person, over),
                flow_target,
            )
            for over, words in FLOW_WORDS.items()
        ),
        Question(f"{who} payees", "whom to pay again", partial(_payees, person)),
    ]


def _balance(person: UUID, _: Size) -> Answer:
    return Answer(int(read_balance(person_id=person).available_paise > 0))


def _flows(person: UUID, over: FlowRange, _: Size) -> Answer:
    return Answer(len(read_flows(person_id=person, over=over)))


def _payees(person: UUID, _: Size) -> Answer:
    return Answer(len(list_recent_payees(person_id=person)))


def _people(text: str, _: Size) -> Answer:
    return Answer(len(search_people(person_id=PERSON, query=text).people))


def _a_month() -> date:
    """The whole one half a year ago."""
    return (datetime.now(IST) - timedelta(days=182)).date().replace(day=1)


def _answer_of(page: ActivityPage) -> Answer:
    return Answer(len(page.rows), is_cut=len(page.rows) < PAGE_ROWS and page.next_cursor is not None)


def _first_page(person: UUID, wanted: ActivityFilter, _: Size) -> Answer:
    return _answer_of(list_activity(person_id=person, filter=wanted, limit=PAGE_ROWS))


def _deep_page(person: UUID, size: Size) -> Answer:
    """As a cursor leads to it."""
    below = int(size.transfers * (1 - DEPTH))
    start = history.Position(below, datetime.now(UTC) - DEPTH * timedelta(days=365), "")
    return _answer_of(db.read(lambda session: history.read_page(session, person, ActivityFilter(), start, PAGE_ROWS)))


def _first_found(person: UUID, kind: str, size: Size) -> Answer:
    return _first_page(person, _chosen(person, kind, size).for_core(), size)


def _found_by_interface(person: UUID, kind: str, size: Size) -> Answer:
    """The page's own reading, threads and event loop included."""
    return _answer_of(asyncio.run(transactions._read(person, _chosen(person, kind, size), PAGE_ROWS)))


def _chosen(person: UUID, kind: str, size: Size) -> HistoryFilter:
    if kind == "banks":
        return HistoryFilter(show="bank")
    return HistoryFilter(text=SEARCHED_WORDS.get(kind) or _oldest_reference(person, size))


def _oldest_reference(person: UUID, size: Size) -> str:
    number = size.transfers // OWN_TRANSFERS if person == PERSON else 1
    return "P-" + hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()[:14].upper()
