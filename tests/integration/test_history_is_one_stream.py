"""The history of a person: bank and people merged, newest first, each balance following from the one before."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST, Fund, add_onramp, add_person, bank_message
from tests.counting import counted_statements
from wallet_core import clock, cursors
from wallet_core.errors import InvalidCursor, InvalidInput
from wallet_core.ids import new_token
from wallet_core.search_text import clean_text
from wallet_core.services import history
from wallet_core.services.activity import list_activity
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer, hold_money, release_money
from wallet_core.services.payments import send_money
from wallet_core.views import (
    ActivityFilter,
    ActivityKind,
    ActivityRow,
    ActivitySource,
    ActivityStatus,
    Direction,
    Receipt,
)


def pay(payer: UUID, payee: UUID, amount_paise: int, note: str = "") -> Receipt:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note=note, key=new_token())


def read_all(person_id: UUID, filter: ActivityFilter | None = None, page: int = 500) -> list[ActivityRow]:
    return [row for rows in read_pages(person_id, filter, page) for row in rows]


def read_pages(person_id: UUID, filter: ActivityFilter | None, page: int) -> Iterator[list[ActivityRow]]:
    cursor: str | None = None
    while True:
        answer = list_activity(person_id=person_id, filter=filter or ActivityFilter(), cursor=cursor, limit=page)
        assert len(answer.rows) <= page
        yield answer.rows
        cursor = answer.next_cursor
        if cursor is None:
            return


@pytest.fixture
def failed(alice: UUID) -> str:
    reference = add_onramp(alice, 700, bank_code="AXIS")
    settle_onramp(bank_message(reference, 700, succeeded=False))
    return reference


@pytest.fixture
def busy(alice: UUID, bob: UUID, failed: str, fund: Fund) -> UUID:
    """Alice, after a little of everything."""
    fund(alice, 1_000_00)
    for number in range(6):
        pay(alice, bob, 1_00 + number, f"tea {number}")
        if number % 2:
            add_onramp(alice, 5_000 + number, bank_code="SBI")
            pay(bob, alice, 50 + number)
    hold_money(phone=CAST["alice"], amount_paise=10_00, reason="asked by the bank")
    release_money(phone=CAST["alice"], amount_paise=4_00, reason="cleared")
    correct_transfer(reference=pay(bob, alice, 25).reference, reason="sent by mistake")
    return alice


def balance_chain_is_whole(rows: list[ActivityRow]) -> bool:
    """Oldest first, each balance is the one before and the amount; rows without a balance moved nothing."""
    balance_paise = 0
    for row in reversed(rows):
        if row.balance_after_paise is None:
            assert row.status is not ActivityStatus.SUCCEEDED
        else:
            balance_paise += row.amount_paise
            if balance_paise != row.balance_after_paise:
                return False
    return True


def test_everything_is_there_newest_first_with_its_balance(busy: UUID, failed: str) -> None:
    rows = read_all(busy)
    assert len(rows) == 1 + 1 + 6 + 3 + 3 + 2 + 2
    assert balance_chain_is_whole(rows)
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    assert {row.kind for row in rows} == set(ActivityKind)
    assert rows[-1].reference == failed
    assert rows[-1].status is ActivityStatus.FAILED


def test_a_row_says_who_what_and_how_much(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 500_00)
    receipt = pay(alice, bob, 123_45, "Lunch")
    sent, added = read_all(alice)
    assert (sent.reference, sent.kind, sent.counterparty) == (receipt.reference, ActivityKind.SENT, "Bob Verma")
    assert (sent.amount_paise, sent.balance_after_paise, sent.note) == (-123_45, 376_55, "Lunch")
    assert (added.kind, added.counterparty, added.amount_paise) == (ActivityKind.ONRAMP, "HDFC Bank", 500_00)
    (received,) = read_all(bob)
    assert (received.kind, received.counterparty) == (ActivityKind.RECEIVED, "Alice Nair")
    assert (received.amount_paise, received.balance_after_paise) == (123_45, 123_45)


@pytest.mark.parametrize("page", [1, 2, 3, 7, 25])
def test_pages_of_any_size_tell_the_same_history(busy: UUID, page: int) -> None:
    assert read_all(busy, page=page) == read_all(busy)


@pytest.mark.parametrize("page", [1, 4, 100])
@pytest.mark.parametrize("text", ["a", "tea", "tea 0", "bank", "hdfc", "mistake", "no such thing"])
def test_pages_of_a_search_that_looks_at_few_rows_at_a_time(
    busy: UUID, text: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no index serves is read in bounded steps: some pages are short or empty, and none is wrong."""
    wanted = ActivityFilter(text=text)
    at_once = read_all(busy, wanted)
    assert len(at_once) > 0 or text == "no such thing"
    monkeypatch.setattr(history, "SCANNED_ROWS", 2)
    steps = list(read_pages(busy, wanted, page))
    assert [row for step in steps for row in step] == at_once
    assert len(steps) > 2


def test_what_arrives_between_two_pages_moves_none_of_the_older_rows(busy: UUID, bob: UUID) -> None:
    rows = read_all(busy)
    for limit in range(1, len(rows)):
        first = list_activity(person_id=busy, limit=limit)
        pay(busy, bob, 1)
        add_onramp(busy, 99)
        second = list_activity(person_id=busy, cursor=first.next_cursor, limit=500)
        assert first.rows + second.rows == rows
        rows = read_all(busy)


def test_an_order_leaves_its_place_when_it_is_credited(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 1_00)
    waiting = add_onramp(alice, 2_00)
    pay(alice, bob, 50)
    assert [row.status for row in read_all(alice)][1] is ActivityStatus.PROCESSING
    settle_onramp(bank_message(waiting, 2_00))
    rows = read_all(alice)
    assert (rows[0].reference, rows[0].balance_after_paise) == (waiting, 2_50)
    assert len(rows) == 3
    assert balance_chain_is_whole(rows)


@pytest.mark.parametrize(
    "filter",
    [
        ActivityFilter(direction=Direction.IN),
        ActivityFilter(direction=Direction.OUT),
        ActivityFilter(source=ActivitySource.BANK),
        ActivityFilter(source=ActivitySource.PEOPLE),
        *(ActivityFilter(status=status) for status in ActivityStatus),
        ActivityFilter(text="tea 3"),
        ActivityFilter(text="TEA"),
        ActivityFilter(text="verma"),
        ActivityFilter(text="state bank"),
        ActivityFilter(text="a-", status=ActivityStatus.FAILED),
        ActivityFilter(text="tea", direction=Direction.IN),
    ],
    ids=str,
)
def test_a_filter_keeps_exactly_what_it_says(busy: UUID, filter: ActivityFilter) -> None:
    def fits(row: ActivityRow) -> bool:
        own = row.kind in (ActivityKind.HOLD, ActivityKind.RELEASE)
        is_bank = row.kind is ActivityKind.ONRAMP
        seen = f"{row.counterparty}\n{row.note}\n{row.reference}".casefold()
        return (
            filter.text.casefold() in seen
            and (filter.direction is None or (not own and (row.amount_paise > 0) == (filter.direction == Direction.IN)))
            and (filter.source is None or (not own and is_bank == (filter.source == ActivitySource.BANK)))
            and (filter.status is None or row.status == filter.status)
        )

    expected = [row for row in read_all(busy) if fits(row)]
    assert read_all(busy, filter) == expected
    assert read_all(busy, filter, page=2) == expected
    assert len(expected) < len(read_all(busy))


@pytest.mark.parametrize("odd", ["%", "_", "\\", "a%b", "\x00", "\ud800", "'; --", "%%%" * 100])
def test_a_search_takes_every_character_as_a_letter(busy: UUID, bob: UUID, odd: str) -> None:
    pay(busy, bob, 5, "100 % of a_b\\")
    typed = clean_text(odd)
    expected = [row for row in read_all(busy) if typed in f"{row.counterparty}\n{row.note}\n{row.reference}"]
    assert read_all(busy, ActivityFilter(text=odd)) == expected


def test_a_month_is_a_month_in_india(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    """18:30 UTC on the last day of a month is midnight in India: the next month has begun."""
    fund(alice, 10_00)
    receipts = [pay(alice, bob, amount_paise) for amount_paise in (1, 2, 3, 4)]
    at = ["2025-01-31 18:29:59Z", "2025-01-31 18:30:00Z", "2025-02-28 18:29:59Z", "2025-02-28 18:30:00Z"]
    superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    superuser.execute("UPDATE transfer SET created_at = '2024-12-01Z'")
    for receipt, moment in zip(receipts, at, strict=True):
        superuser.execute("UPDATE transfer SET created_at = %s WHERE reference = %s", [moment, receipt.reference])
    waiting = add_onramp(alice, 77)
    superuser.execute("UPDATE onramp SET created_at = '2025-02-10Z' WHERE reference = %s", [waiting])

    def amounts(month: date, page: int) -> list[int]:
        return [row.amount_paise for row in read_all(alice, ActivityFilter(month=month), page=page)]

    for page in (1, 10):
        assert amounts(date(2025, 1, 1), page) == [-1]
        assert amounts(date(2025, 2, 1), page) == [-3, 77, -2]
        assert amounts(date(2025, 3, 1), page) == [-4]
        assert amounts(date(2025, 4, 1), page) == []
        assert amounts(date(2024, 12, 1), page) == [10_00]


@pytest.mark.parametrize("month", [date.min, date.max])
def test_a_month_out_of_the_calendar_is_refused(alice: UUID, month: date) -> None:
    with pytest.raises(InvalidInput):
        list_activity(person_id=alice, filter=ActivityFilter(month=month))


def test_this_month_is_all_there_is(busy: UUID) -> None:
    today = clock.now().astimezone(clock.IST).date()
    assert read_all(busy, ActivityFilter(month=today.replace(day=1))) == read_all(busy)
    before = today.replace(day=1) - timedelta(days=1)
    assert read_all(busy, ActivityFilter(month=before.replace(day=1))) == []


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "é",
        "a" * 5000,
        cursors.write_cursor("people", 1, 1, "A"),
        cursors.write_cursor("activity", 1, 1),
        cursors.write_cursor("activity", 1, 1, "A", 1),
        cursors.write_cursor("activity", -1, 1, "A"),
        cursors.write_cursor("activity", 2**63, 1, "A"),
        cursors.write_cursor("activity", 1, 2**62, "A"),
        cursors.write_cursor("activity", "1", 1, "A"),
        cursors.write_cursor("activity", True, 1, "A"),
        cursors.write_cursor("activity", 1, 1, "\x00"),
        cursors.write_cursor("activity", 1, 1, "A") + "=",
        "W10",
        "W1tbW1tbW1tbW1tb",
        "bnVsbA",
        "TmFO",
    ],
)
def test_a_position_that_we_did_not_hand_out_is_refused(alice: UUID, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        list_activity(person_id=alice, cursor=cursor)


def test_every_changed_character_of_a_position_is_refused_or_a_position(busy: UUID) -> None:
    cursor = list_activity(person_id=busy, limit=3).next_cursor
    assert cursor is not None
    mine = {row.reference for row in read_all(busy)}
    for index in range(len(cursor)):
        for character in "A9_-~ ":
            changed = cursor[:index] + character + cursor[index + 1 :]
            try:
                page = list_activity(person_id=busy, cursor=changed)
            except InvalidCursor:
                continue
            assert {row.reference for row in page.rows} <= mine


def test_somebody_elses_position_shows_nothing_of_theirs(busy: UUID, bob: UUID, charlie: UUID) -> None:
    cursor = list_activity(person_id=busy, limit=3).next_cursor
    assert list_activity(person_id=charlie, cursor=cursor).rows == []
    names = {row.counterparty for row in list_activity(person_id=bob, cursor=cursor).rows}
    assert names <= {"Alice Nair"}


def test_a_new_person_has_no_history(charlie: UUID) -> None:
    page = list_activity(person_id=charlie)
    assert (page.rows, page.next_cursor) == ([], None)


def test_a_page_costs_the_same_number_of_statements_however_long(busy: UUID) -> None:
    with counted_statements() as few:
        list_activity(person_id=busy, limit=1)
    for number in range(12):
        pay(busy, add_person(f"Payee {number}", f"+9198000000{number:02}"), 1)
    with counted_statements() as many:
        page = list_activity(person_id=busy, limit=25)
    assert len(page.rows) == 25
    assert len(many) == len(few) <= 4
