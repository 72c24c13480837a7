"""A statement that is too long to be held: the same rows and balances, page by page, and all of one moment."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.conftest import Fund, add_onramp
from wallet_core.errors import StatementTooLong, TooManyAttempts
from wallet_core.ids import new_token
from wallet_core.services import history, statements
from wallet_core.services.payments import send_money
from wallet_core.services.statements import read_statement, write_statement
from wallet_core.views import ActivityFilter, ActivityRow, Direction, StatementFrame


class Paper:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[StatementFrame] = []
        self.row_count = 0
        self.parts: list[list[ActivityRow]] = []

    def begin(self, frame: StatementFrame, row_count: int) -> None:
        self.frames.append(frame)
        self.row_count = row_count

    def write(self, rows: list[ActivityRow]) -> None:
        self.parts.append(rows)

    @property
    def rows(self) -> list[ActivityRow]:
        return [row for part in self.parts for row in part]


def pay(payer: UUID, payee: UUID, amount_paise: int, note: str = "") -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note=note, key=new_token()).reference


@pytest.fixture
def busy(alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Alice with a history of some pages."""
    monkeypatch.setattr(statements, "PAGE_ROWS", 4)
    fund(alice, 100_00)
    fund(bob, 100_00)
    for number in range(9):
        payer, payee = (alice, bob) if number % 3 else (bob, alice)
        pay(payer, payee, 1 + number, "tea" if number % 2 else "")
        if number % 4 == 0:
            add_onramp(alice, 5_00 + number)
    return alice


@pytest.mark.parametrize(
    "filter", [ActivityFilter(), ActivityFilter(direction=Direction.OUT), ActivityFilter(text="tea")], ids=str
)
def test_it_is_the_statement_that_is_held(busy: UUID, filter: ActivityFilter) -> None:
    paper = Paper()
    write_statement(person_id=busy, writer=paper, filter=filter)
    whole = read_statement(person_id=busy, filter=filter)
    assert paper.rows == whole.rows
    assert paper.row_count == len(whole.rows)
    assert all(len(part) <= 4 for part in paper.parts)
    (frame,) = paper.frames
    for name in ("opening_balance_paise", "closing_balance_paise", "money_in_paise", "money_out_paise", "phone"):
        assert getattr(frame, name) == getattr(whole, name)


def test_it_is_all_of_one_moment(busy: UUID, bob: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment made between the walk that counts and the walk that writes is in neither."""
    paper = Paper()
    made: list[str] = []
    begin = paper.begin

    def pay_meanwhile(frame: StatementFrame, row_count: int) -> None:
        made.append(pay(busy, bob, 1))
        begin(frame, row_count)

    monkeypatch.setattr(paper, "begin", pay_meanwhile)
    write_statement(person_id=busy, writer=paper)
    assert len(paper.rows) == paper.row_count
    assert made[0] not in {row.reference for row in paper.rows}


def test_pages_of_a_search_that_finds_nothing_are_no_rows(busy: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SCANNED_ROWS", 2)
    paper = Paper()
    write_statement(person_id=busy, writer=paper, filter=ActivityFilter(text="no such thing"))
    assert (paper.row_count, paper.rows) == (0, [])


def test_charlie_gets_only_his_own(busy: UUID, charlie: UUID) -> None:
    paper = Paper()
    write_statement(person_id=charlie, writer=paper)
    assert (paper.frames[0].name, paper.rows) == ("Charlie Rao", [])


def test_what_is_too_long_is_refused_before_it_begins(busy: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MAX_FILE_ROWS", 12)
    paper = Paper()
    with pytest.raises(StatementTooLong) as refused:
        write_statement(person_id=busy, writer=paper)
    assert refused.value.details == {"max_rows": 12}
    assert (paper.frames, paper.parts) == ([], [])


def test_it_takes_a_turn_like_any_other(alice: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "STATEMENTS_OF_PERSON", replace(statements.STATEMENTS_OF_PERSON, capacity=2))
    read_statement(person_id=alice)
    write_statement(person_id=alice, writer=Paper())
    with pytest.raises(TooManyAttempts):
        write_statement(person_id=alice, writer=Paper())
