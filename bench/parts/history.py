"""Pages of history at 10 million transfers beside the same pages at 10 thousand: what growth costs.

Measured is what a caller waits for, SQLAlchemy and the driver included. Two people: one with as many transfers in every
size, and a merchant who has a tenth of all, whose own history so grows with the database.
"""

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
from bench.ratio import Figure, Ratio, alternate
from bench.sizes import OWN_TRANSFERS, Size, person_id, three_sizes
from wallet_core import db
from wallet_core.clock import IST
from wallet_core.flows import FlowRange
from wallet_core.services import history
from wallet_core.services.activity import list_activity, read_balance
from wallet_core.services.directory import list_recent_payees, search_people
from wallet_core.services.flows import read_flows
from wallet_core.views import ActivityFilter, ActivitySource, ActivityStatus, Direction

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

PERSON: Final = person_id(1)
MERCHANT: Final = person_id(2)


@dataclass(frozen=True)
class Question:
    """``ask`` reads one page in the database in use and answers how many rows came."""

    name: str
    what: str
    ask: Callable[[Size], int]
    target: float | None = TARGET


def measure() -> list[Ratio | Figure]:
    """history_10m_vs_10k and its like, merchant_10m_vs_10k and its like, history_1m_vs_10k.

    A search looks through 10,000 transfers of each direction at most. The merchant of the small size has a tenth of
    that, so its rare searches grow up to there; merchant_10m_vs_1m shows that they grow no further.
    """
    with three_sizes() as (small, middle, large):
        measured: list[Ratio | Figure] = [_compare(_pages("history", PERSON)[0], middle, small, "1m_vs_10k")]
        measured += [_compare(question, large, small, "10m_vs_10k") for question in _questions()]
        measured += [_compare(question, large, middle, "10m_vs_1m") for question in _searches("merchant", MERCHANT)]
    return measured


def _compare(question: Question, ours: Size, theirs: Size, label: str) -> Ratio:
    who, _, kind = question.name.partition(" ")
    name = f"{who}_{label}" + (f"_{kind.replace(' ', '_')}" if kind else "")
    rows = {size.transfers: _count_rows(question, size) for size in (ours, theirs)}
    measured = alternate(partial(_turn, question, ours), partial(_turn, question, theirs), what=name)
    what = f"{question.what}: a page at {ours.transfers:,} transfers over one at {theirs.transfers:,}"
    further = {"rows": " and ".join(str(rows[size.transfers]) for size in (ours, theirs))}
    return Ratio(name, what, UNIT, *measured, question.target, better="lower", further=further)


def _count_rows(question: Question, size: Size) -> int:
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
        Question("people", "everybody who can be paid", lambda _: len(search_people(person_id=PERSON).people)),
        Question("people name", "people by name", lambda _: len(search_people(person_id=PERSON, query="Ravi").people)),
        Question(
            "people phone", "people by phone", lambda _: len(search_people(person_id=PERSON, query="00077").people)
        ),
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
    """For which transfers have to be read to know whether they fit."""
    words = {"name": "Hari", "note": "cinema", "rare_note": "umbrella"}
    return [
        Question(
            f"{who} banks", "only from banks", partial(_first_page, person, ActivityFilter(source=ActivitySource.BANK))
        ),
        *(
            Question(f"{who} {name}", f"search: {name}", partial(_first_page, person, ActivityFilter(text=text)))
            for name, text in words.items()
        ),
        Question(f"{who} reference", "search: the reference of the oldest", partial(_oldest_by_reference, person)),
    ]


def _summaries(who: str, person: UUID) -> list[Question]:
    """The merchant's week has a thousand times as many payments in it: the sum is no page, and has no target."""
    flow_target = TARGET if person == PERSON else None
    return [
        Question(f"{who} balance", "the balance", lambda _: read_balance(person_id=person).available_paise and 1),
        *(
            Question(
                f"{who} flows {over.value}",
                f"money in and out: {words}",
                partial(_flows, person, over),
                flow_target,
            )
            for over, words in FLOW_WORDS.items()
        ),
        Question(f"{who} payees", "whom to pay again", lambda _: len(list_recent_payees(person_id=person))),
    ]


def _flows(person: UUID, over: FlowRange, _: Size) -> int:
    return len(read_flows(person_id=person, over=over))


def _a_month() -> date:
    """The whole one half a year ago."""
    return (datetime.now(IST) - timedelta(days=182)).date().replace(day=1)


def _first_page(person: UUID, wanted: ActivityFilter, _: Size) -> int:
    return len(list_activity(person_id=person, filter=wanted, limit=PAGE_ROWS).rows)


def _deep_page(person: UUID, size: Size) -> int:
    """As a cursor leads to it."""
    below = int(size.transfers * (1 - DEPTH))
    start = history.Position(below, datetime.now(UTC) - DEPTH * timedelta(days=365), "")
    return len(db.read(lambda session: history.read_page(session, person, ActivityFilter(), start, PAGE_ROWS)).rows)


def _oldest_by_reference(person: UUID, size: Size) -> int:
    number = size.transfers // OWN_TRANSFERS if person == PERSON else 1
    reference = "P-" + hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()[:14].upper()
    return _first_page(person, ActivityFilter(text=reference), size)
