"""A statement shows what the history shows, between two balances that its period explains to the paisa."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST, Fund, add_onramp, bank_message
from tests.counting import counted_statements
from wallet_core import clock, rate_limit
from wallet_core.errors import InsufficientBalance, InvalidInput, StatementTooLong, TooManyAttempts
from wallet_core.ids import new_token
from wallet_core.services import history, moments, statements
from wallet_core.services.activity import list_activity, read_balance
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer, hold_money, release_money
from wallet_core.services.payments import send_money
from wallet_core.services.statements import read_statement
from wallet_core.views import (
    ActivityFilter,
    ActivityRow,
    ActivitySource,
    ActivityStatus,
    Direction,
    Receipt,
    Statement,
)

#: A note to search for. References have no I, so none holds it by chance (one of 300 runs found "tea" in one).
SEARCHED = "tiffin"

MONTHS = [date(2025, month, 1) for month in (11, 12)] + [date(2026, month, 1) for month in (1, 2, 3, 4)]

FILTERS = [
    ActivityFilter(),
    ActivityFilter(direction=Direction.IN),
    ActivityFilter(direction=Direction.OUT),
    ActivityFilter(source=ActivitySource.BANK),
    ActivityFilter(source=ActivitySource.PEOPLE),
    *(ActivityFilter(status=status) for status in ActivityStatus),
    ActivityFilter(text="tea"),
    ActivityFilter(text="no such thing"),
    *(ActivityFilter(month=month) for month in MONTHS),
    ActivityFilter(text="verma", direction=Direction.OUT, month=MONTHS[3]),
]


def pay(payer: UUID, payee: UUID, amount_paise: int, note: str = "") -> Receipt:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note=note, key=new_token())


def all_pages(person_id: UUID, filter: ActivityFilter) -> list[ActivityRow]:
    """The history as a person pages through it, newest first."""
    page = list_activity(person_id=person_id, filter=filter, limit=7)
    rows = page.rows
    while page.next_cursor is not None:
        page = list_activity(person_id=person_id, filter=filter, cursor=page.next_cursor, limit=7)
        rows += page.rows
    return rows


def adds_up(statement: Statement) -> bool:
    change_paise = statement.money_in_paise - statement.money_out_paise + statement.held_paise
    return statement.opening_balance_paise + change_paise == statement.closing_balance_paise


def moved_paise(rows: list[ActivityRow]) -> int:
    return sum(row.amount_paise for row in rows if row.balance_after_paise is not None)


def live_a_little(alice: UUID, bob: UUID, chance: random.Random) -> None:
    """Some forty movements of every kind, in any order."""
    sent = []
    for _ in range(40):
        amount_paise = chance.randrange(1, 400_00)
        what = chance.choice(["add", "add", "fail", "wait", "pay", "pay", "pay", "receive", "hold", "release", "undo"])
        try:
            if what in ("add", "fail"):
                order = add_onramp(alice, amount_paise, bank_code=chance.choice(["HDFC", "SBI"]))
                settle_onramp(bank_message(order, amount_paise, succeeded=what == "add"))
            elif what == "wait":
                add_onramp(alice, amount_paise)
            elif what == "pay":
                sent.append(pay(alice, bob, amount_paise, chance.choice(["tea", "rent", ""])).reference)
            elif what == "receive":
                pay(bob, alice, amount_paise)
            elif what == "hold":
                hold_money(phone=CAST["alice"], amount_paise=amount_paise, reason="asked by the bank")
            elif what == "release":
                release_money(phone=CAST["alice"], amount_paise=amount_paise, reason="cleared")
            elif sent:
                correct_transfer(reference=sent.pop(), reason="sent by mistake")
        except InsufficientBalance:
            continue


def spread_over_months(superuser: psycopg.Connection, chance: random.Random) -> None:
    """Lets it all have happened between November 2025 and April 2026, in the order of the books."""
    superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    ids = [row[0] for row in superuser.execute("SELECT id FROM transfer ORDER BY id").fetchall()]
    begin = datetime(2025, 11, 3, tzinfo=UTC)
    moments = sorted(begin + timedelta(minutes=chance.randrange(170 * 24 * 60)) for _ in ids)
    for id, moment in zip(ids, moments, strict=True):
        superuser.execute("UPDATE transfer SET created_at = %s WHERE id = %s", [moment, id])
    for (reference,) in superuser.execute("SELECT reference FROM onramp").fetchall():
        moment = begin + timedelta(minutes=chance.randrange(170 * 24 * 60))
        superuser.execute("UPDATE onramp SET created_at = %s WHERE reference = %s", [moment, reference])


@pytest.mark.parametrize("seed", range(6))
def test_any_history_adds_up_in_every_month(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, seed: int
) -> None:
    chance = random.Random(seed)
    fund(bob, 5_000_00)
    fund(alice, 500_00)
    live_a_little(alice, bob, chance)
    spread_over_months(superuser, chance)

    whole = read_statement(person_id=alice)
    assert whole.opening_balance_paise == 0
    assert whole.closing_balance_paise == read_balance(person_id=alice).available_paise
    assert whole.closing_balance_paise == moved_paise(whole.rows)
    assert adds_up(whole)

    balance_paise = 0
    for month in MONTHS:
        statement = read_statement(person_id=alice, filter=ActivityFilter(month=month))
        assert statement.opening_balance_paise == balance_paise
        balance_paise += moved_paise(statement.rows)
        assert statement.closing_balance_paise == balance_paise
        assert adds_up(statement)
        with_balance = [row for row in statement.rows if row.balance_after_paise is not None]
        if with_balance:
            assert with_balance[-1].balance_after_paise == balance_paise
    assert balance_paise == whole.closing_balance_paise


@pytest.mark.parametrize("filter", FILTERS, ids=str)
def test_it_holds_exactly_what_the_history_shows(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, filter: ActivityFilter
) -> None:
    chance = random.Random(1)
    fund(bob, 5_000_00)
    fund(alice, 500_00)
    live_a_little(alice, bob, chance)
    spread_over_months(superuser, chance)
    statement = read_statement(person_id=alice, filter=filter)
    assert statement.rows == all_pages(alice, filter)[::-1]
    own = {"hold", "release"}
    moved = [row.amount_paise for row in statement.rows if row.balance_after_paise is not None and row.kind not in own]
    assert statement.shown_in_paise == sum(paise for paise in moved if paise > 0)
    assert statement.shown_out_paise == -sum(paise for paise in moved if paise < 0)
    # The balances are of the period, whatever of it is shown.
    period = read_statement(person_id=alice, filter=ActivityFilter(month=filter.month))
    for name in ("opening_balance_paise", "closing_balance_paise", "money_in_paise", "money_out_paise", "held_paise"):
        assert getattr(statement, name) == getattr(period, name)


def test_a_month_begins_and_ends_at_midnight_in_india(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    """18:30 UTC on the last day of a month is midnight in India: the next month has begun."""
    fund(alice, 10_00)
    receipts = [pay(alice, bob, amount_paise) for amount_paise in (1, 2, 3, 4)]
    at = ["2025-01-31 18:29:59.999Z", "2025-01-31 18:30:00Z", "2025-02-28 18:29:59.999Z", "2025-02-28 18:30:00Z"]
    superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    superuser.execute("UPDATE transfer SET created_at = '2024-12-01Z'")
    for receipt, moment in zip(receipts, at, strict=True):
        superuser.execute("UPDATE transfer SET created_at = %s WHERE reference = %s", [moment, receipt.reference])

    def balances(month: date) -> tuple[int, int]:
        statement = read_statement(person_id=alice, filter=ActivityFilter(month=month))
        return statement.opening_balance_paise, statement.closing_balance_paise

    assert balances(date(2024, 11, 1)) == (0, 0)
    assert balances(date(2024, 12, 1)) == (0, 10_00)
    assert balances(date(2025, 1, 1)) == (10_00, 9_99)
    assert balances(date(2025, 2, 1)) == (9_99, 9_94)
    assert balances(date(2025, 3, 1)) == (9_94, 9_90)
    assert balances(date(2025, 4, 1)) == (9_90, 9_90)
    february = read_statement(person_id=alice, filter=ActivityFilter(month=date(2025, 2, 1)))
    assert february.begins_at == datetime(2025, 1, 31, 18, 30, tzinfo=UTC)
    assert february.ends_at == datetime(2025, 2, 28, 18, 30, tzinfo=UTC)


def test_a_clock_that_was_set_back_a_little_loses_nothing(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    """The later movement carries the earlier moment, across the end of a month."""
    fund(alice, 10_00)
    first, second = pay(alice, bob, 1), pay(alice, bob, 2)
    superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    superuser.execute("UPDATE transfer SET created_at = '2025-01-10Z'")
    for receipt, moment in ((first, "2025-01-31 18:45:00Z"), (second, "2025-01-31 18:20:00Z")):
        superuser.execute("UPDATE transfer SET created_at = %s WHERE reference = %s", [moment, receipt.reference])
    january, february = (
        read_statement(person_id=alice, filter=ActivityFilter(month=date(2025, month, 1))) for month in (1, 2)
    )
    assert [row.amount_paise for row in january.rows] == [10_00, -2]
    assert [row.amount_paise for row in february.rows] == [-1]
    assert (january.closing_balance_paise, february.opening_balance_paise) == (9_98, 9_98)
    assert february.closing_balance_paise == 9_97
    assert adds_up(january)
    assert adds_up(february)


def test_the_month_that_runs_ends_now(alice: UUID, fund: Fund) -> None:
    fund(alice, 10_00)
    today = clock.now().astimezone(clock.IST).date()
    statement = read_statement(person_id=alice, filter=ActivityFilter(month=today.replace(day=1)))
    assert statement.ends_at == statement.made_at
    assert statement.begins_at == moments.midnight(today.replace(day=1))
    assert (statement.opening_balance_paise, statement.closing_balance_paise) == (0, 10_00)


def test_it_names_whose_it_is(alice: UUID) -> None:
    statement = read_statement(person_id=alice)
    assert (statement.name, statement.phone) == ("Alice Nair", CAST["alice"])
    assert statement.begins_at <= statement.ends_at == statement.made_at
    assert statement.rows == []


def test_charlie_gets_only_his_own(alice: UUID, bob: UUID, charlie: UUID, fund: Fund) -> None:
    fund(alice, 10_00)
    pay(alice, bob, 1_00, "secret")
    for filter in FILTERS:
        statement = read_statement(person_id=charlie, filter=filter)
        assert (statement.name, statement.rows) == ("Charlie Rao", [])
        assert (statement.opening_balance_paise, statement.closing_balance_paise) == (0, 0)
        assert (statement.money_in_paise, statement.money_out_paise) == (0, 0)


def test_what_is_too_long_is_refused_until_it_is_narrowed(
    alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MAX_STATEMENT_ROWS", 3)
    monkeypatch.setattr(statements, "PAGE_ROWS", 2)
    fund(alice, 10_00)
    pay(alice, bob, 1, SEARCHED)
    pay(alice, bob, 2)
    assert len(read_statement(person_id=alice).rows) == 3
    pay(alice, bob, 3)
    with pytest.raises(StatementTooLong) as refused:
        read_statement(person_id=alice)
    assert refused.value.details == {"max_rows": 3}
    assert len(read_statement(person_id=alice, filter=ActivityFilter(text=SEARCHED)).rows) == 1
    monkeypatch.setattr(statements, "MAX_PERIOD_MOVEMENTS", 2)
    with pytest.raises(StatementTooLong):
        read_statement(person_id=alice, filter=ActivityFilter(text=SEARCHED))


def test_a_search_that_is_read_in_small_steps_is_whole(
    alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice, 10_00)
    for number in range(9):
        pay(alice, bob, 1 + number, SEARCHED if number % 4 == 0 else "")
    monkeypatch.setattr(history, "SCANNED_ROWS", 2)
    rows = read_statement(person_id=alice, filter=ActivityFilter(text=SEARCHED)).rows
    assert [row.amount_paise for row in rows] == [-1, -5, -9]


def test_it_is_all_of_one_moment(alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment that is made while the rows are read is in all of it or in none of it."""
    fund(alice, 10_00)
    read_page = history.read_page
    made: list[str] = []

    def paying_meanwhile(*arguments: object) -> object:
        if not made:
            made.append(pay(alice, bob, 1).reference)
        return read_page(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "read_page", paying_meanwhile)
    statement = read_statement(person_id=alice)
    assert made[0] not in {row.reference for row in statement.rows}
    assert statement.closing_balance_paise == moved_paise(statement.rows) == 10_00


def test_statements_are_limited(alice: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "STATEMENTS_OF_PERSON", replace(statements.STATEMENTS_OF_PERSON, capacity=2))
    read_statement(person_id=alice)
    read_statement(person_id=alice)
    with pytest.raises(TooManyAttempts):
        read_statement(person_id=alice)


@pytest.mark.parametrize("month", [date.min, date.max])
def test_a_month_out_of_the_calendar_is_refused(alice: UUID, month: date) -> None:
    with pytest.raises(InvalidInput):
        read_statement(person_id=alice, filter=ActivityFilter(month=month))


def test_it_costs_the_same_number_of_statements_however_long(
    alice: UUID, bob: UUID, fund: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By chance, old limits are cleared away by whoever asks next: that would be one more.
    monkeypatch.setattr(rate_limit, "CLEAR_ONE_IN", 10**9)
    this_month = ActivityFilter(month=clock.now().astimezone(clock.IST).date().replace(day=1))
    with counted_statements() as few:
        read_statement(person_id=alice, filter=this_month)
    fund(alice, 10_00)
    for _ in range(20):
        pay(alice, bob, 1)
    with counted_statements() as many:
        assert len(read_statement(person_id=alice, filter=this_month).rows) == 21
    assert len(many) == len(few)
