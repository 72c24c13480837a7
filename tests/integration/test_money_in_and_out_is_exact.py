"""Money in and out of days and months in India: every paisa once, in the period in which it moved."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST, Fund
from tests.counting import counted_statements
from wallet_core import clock
from wallet_core.flows import FlowRange
from wallet_core.ids import new_token
from wallet_core.services.flows import read_flows
from wallet_core.services.operations import hold_money
from wallet_core.services.payments import send_money

#: An evening on which it is the next day, and the next year, in India already.
NEW_YEAR = datetime(2025, 12, 31, 20, 0, tzinfo=UTC)


def pay(payer: UUID, payee: UUID, amount_paise: int) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=new_token()).reference


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.IST)


def move_to(superuser: psycopg.Connection, moments: dict[str, datetime]) -> None:
    """Lets payments have happened at these moments, in the order of the books; everything else long ago."""
    superuser.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
    superuser.execute("UPDATE transfer SET created_at = '2020-01-01Z'")
    for reference, moment in moments.items():
        superuser.execute("UPDATE transfer SET created_at = %s WHERE reference = %s", [moment, reference])


def test_each_range_has_its_days_or_months_and_ends_with_the_one_that_runs(
    alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NEW_YEAR)
    today = date(2026, 1, 1)
    begins = {over: [flow.begins_on for flow in read_flows(person_id=alice, over=over)] for over in FlowRange}
    assert begins[FlowRange.WEEK] == [today - timedelta(days=back) for back in range(6, -1, -1)]
    assert begins[FlowRange.MONTH] == [today - timedelta(days=back) for back in range(29, -1, -1)]
    assert begins[FlowRange.YEAR] == [*(date(2025, month, 1) for month in range(2, 13)), today]


def test_days_turn_at_midnight_in_india_and_quiet_ones_are_zero(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    payments = [pay(alice, bob, 1_00), pay(alice, bob, 2_00), pay(alice, bob, 4_00), pay(bob, alice, 50)]
    held = hold_money(phone=CAST["alice"], amount_paise=9_00, reason="neither in nor out").reference
    today = midnight(clock.now().astimezone(clock.IST).date())
    moments = [
        today - timedelta(days=6, microseconds=1),  # the day before the first
        today - timedelta(days=6),
        today - timedelta(days=3, microseconds=1),
        today - timedelta(days=3),
        today,
    ]
    move_to(superuser, dict(zip([*payments, held], moments, strict=True)))
    week = read_flows(person_id=alice, over=FlowRange.WEEK)
    assert [flow.in_paise for flow in week] == [0, 0, 0, 50, 0, 0, 0]
    assert [flow.out_paise for flow in week] == [2_00, 0, 4_00, 0, 0, 0, 0]
    month = read_flows(person_id=alice, over=FlowRange.MONTH)
    assert month[-7:] == week
    assert month[-8].out_paise == 1_00
    assert sum(flow.out_paise for flow in month) == 7_00


def test_months_turn_at_midnight_in_india(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice, 100_00)
    before, first, last_year, new_year = (pay(alice, bob, amount_paise) for amount_paise in (1, 2, 4, 8))
    move_to(
        superuser,
        {
            before: midnight(date(2025, 2, 1)) - timedelta(microseconds=1),
            first: midnight(date(2025, 2, 1)),
            last_year: midnight(date(2026, 1, 1)) - timedelta(microseconds=1),
            new_year: midnight(date(2026, 1, 1)),
        },
    )
    monkeypatch.setattr(clock, "now", lambda: NEW_YEAR)
    year = read_flows(person_id=alice, over=FlowRange.YEAR)
    assert {flow.begins_on: flow.out_paise for flow in year if flow.out_paise} == {
        date(2025, 2, 1): 2,
        date(2025, 12, 1): 4,
        date(2026, 1, 1): 8,
    }
    assert [flow.in_paise for flow in read_flows(person_id=bob, over=FlowRange.YEAR)] == [
        flow.out_paise for flow in year
    ]


@pytest.mark.parametrize("seed", [7, random.randrange(2**32)])
def test_sums_are_those_of_every_single_payment(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, seed: int
) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    fund(alice, 50_000_00)
    fund(bob, 50_000_00)
    now = clock.now()
    moments = sorted(now - timedelta(minutes=chance.randrange(400 * 24 * 60)) for _ in range(60))
    made: list[tuple[datetime, int]] = []  # from alice's side
    placed: dict[str, datetime] = {}
    for moment in moments:
        signed_paise = chance.choice([-1, 1]) * chance.randrange(1, 99_99)
        payer, payee = (alice, bob) if signed_paise < 0 else (bob, alice)
        placed[pay(payer, payee, abs(signed_paise))] = moment
        made.append((moment.astimezone(clock.IST), signed_paise))
    move_to(superuser, placed)
    for over in FlowRange:
        for flow in read_flows(person_id=alice, over=over):
            own = [
                paise
                for at, paise in made
                if (at.date().replace(day=1) if over == FlowRange.YEAR else at.date()) == flow.begins_on
            ]
            assert flow.in_paise == sum(paise for paise in own if paise > 0)
            assert flow.out_paise == -sum(paise for paise in own if paise < 0)


@pytest.mark.parametrize("over", FlowRange)
def test_a_range_costs_as_many_questions_however_long_it_is(alice: UUID, over: FlowRange) -> None:
    """One for the account, one for where it begins, and one for each direction."""
    with counted_statements() as statements:
        read_flows(person_id=alice, over=over)
    assert len(statements) == 4
