"""Amounts: read exactly, refused clearly, and written as Babel (Unicode CLDR) writes them in India."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import example, given
from hypothesis import strategies as st

from wallet_core.errors import AmountAboveLimit, AmountNotPositive, AmountTooPrecise, InvalidAmount, InvalidInput
from wallet_core.money import (
    MAX_AMOUNT_CHARACTERS,
    MAX_MOVEMENT_PAISE,
    check_amount_paise,
    format_rupees,
    parse_amount_paise,
)

BIGGEST_BIGINT = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "amount_paise"),
    [
        ("500", 500_00),
        ("500.5", 500_50),
        ("500.50", 500_50),
        ("1,23,456.78", None),
        ("99,999.99", 99_999_99),
        ("₹ 500", 500_00),
        ("₹500.05", 500_05),
        ("  12\u00a0345.60 ", 12_345_60),
        ("+7", 7_00),
        (".05", 5),
        ("5.", 5_00),
        ("007", 7_00),
        ("1.15", 115),  # as a binary fraction times 100 it is 114.99999999999999
        ("0.29", 29),
        ("1,00,000", MAX_MOVEMENT_PAISE),
        ("100,000", MAX_MOVEMENT_PAISE),
        ("₹1,250.5", 1_250_50),
        ("+1, 250", 1_250_00),
    ],
)
def test_reads_what_people_type(text: str, amount_paise: int | None) -> None:
    if amount_paise is None:
        with pytest.raises(AmountAboveLimit):
            parse_amount_paise(text)
    else:
        assert parse_amount_paise(text) == amount_paise


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidAmount),
        (" ", InvalidAmount),
        (".", InvalidAmount),
        ("₹", InvalidAmount),
        ("abc", InvalidAmount),
        ("1e3", InvalidAmount),
        ("0x10", InvalidAmount),
        ("NaN", InvalidAmount),
        ("Infinity", InvalidAmount),
        ("1_000", InvalidAmount),
        ("1.2.3", InvalidAmount),
        ("--5", InvalidAmount),
        ("५००", InvalidAmount),
        ("５００", InvalidAmount),
        ("500\0", InvalidAmount),
        ("1/2", InvalidAmount),
        ("12,50", InvalidAmount),  # twelve and a half in half of the world: not 1,250
        ("1,5", InvalidAmount),
        ("1,00", InvalidAmount),
        ("1,,000", InvalidAmount),
        (",500", InvalidAmount),
        ("500,", InvalidAmount),
        ("1.000,50", InvalidAmount),
        ("1,0000", InvalidAmount),
        ("1000,000", InvalidAmount),
        ("5.1,000", InvalidAmount),
        ("1" * (MAX_AMOUNT_CHARACTERS + 1), InvalidAmount),
        ("1.005", AmountTooPrecise),
        ("500.000", AmountTooPrecise),
        ("0", AmountNotPositive),
        ("0.00", AmountNotPositive),
        ("-5", AmountNotPositive),
        ("\u22125.50", AmountNotPositive),
        ("-0", AmountNotPositive),
        ("1,00,000.01", AmountAboveLimit),
        ("9" * MAX_AMOUNT_CHARACTERS, AmountAboveLimit),
    ],
)
def test_refuses_what_is_no_amount(text: str, error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        parse_amount_paise(text)


def test_a_refusal_above_the_limit_names_the_limit() -> None:
    with pytest.raises(AmountAboveLimit) as refusal:
        parse_amount_paise("100000.01")
    assert refusal.value.details == {"limit_paise": MAX_MOVEMENT_PAISE}


@pytest.mark.parametrize("hostile", [None, 5, 5.0, True, Decimal(5), b"5", ["5"], {"amount": "5"}])
def test_only_text_is_parsed(hostile: object) -> None:
    with pytest.raises(InvalidAmount):
        parse_amount_paise(hostile)  # type: ignore[arg-type]


@pytest.mark.parametrize("hostile", [None, "5", 5.0, True, False, Decimal(5), [5], float("nan"), float("inf")])
def test_only_an_int_is_a_number_of_paise(hostile: object) -> None:
    with pytest.raises(InvalidAmount):
        check_amount_paise(hostile)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount_paise", [1, MAX_MOVEMENT_PAISE])
def test_the_limits_themselves_are_allowed(amount_paise: int) -> None:
    assert check_amount_paise(amount_paise) == amount_paise


@pytest.mark.parametrize(
    ("amount_paise", "error"),
    [(0, AmountNotPositive), (-1, AmountNotPositive), (MAX_MOVEMENT_PAISE + 1, AmountAboveLimit)],
)
def test_just_outside_the_limits_is_refused(amount_paise: int, error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        check_amount_paise(amount_paise)


@given(st.integers(1, MAX_MOVEMENT_PAISE))
def test_what_is_written_is_read_as_the_same(amount_paise: int) -> None:
    assert parse_amount_paise(format_rupees(amount_paise)) == amount_paise


@given(st.integers(0, MAX_MOVEMENT_PAISE // 100), st.integers(0, 99))
def test_reading_agrees_with_whole_arithmetic(rupees: int, paise: int) -> None:
    amount_paise = rupees * 100 + paise
    if 0 < amount_paise <= MAX_MOVEMENT_PAISE:
        assert parse_amount_paise(f"{rupees}.{paise:02d}") == amount_paise


@given(st.text(max_size=40))
@example("１")
@example("1\u00b2")
@example("\u0b67")
def test_any_text_is_an_amount_or_a_refusal(text: str) -> None:
    try:
        amount_paise = parse_amount_paise(text)
    except InvalidInput:
        return
    assert type(amount_paise) is int
    assert 0 < amount_paise <= MAX_MOVEMENT_PAISE


@given(st.integers(-BIGGEST_BIGINT, BIGGEST_BIGINT))
@example(0)
@example(99)
@example(99_999)
@example(1_00_000)
@example(1_23_456_78)
@example(-100)
def test_rupees_are_written_as_cldr_writes_them(amount_paise: int) -> None:
    expected = format_currency(Decimal(amount_paise).scaleb(-2), "INR", locale="en_IN")
    assert format_rupees(amount_paise) == expected.replace("-", "\u2212")


@pytest.mark.parametrize(("amount_paise", "text"), [(5_00, "+₹5.00"), (0, "₹0.00"), (-5_00, "\u2212₹5.00")])
def test_money_in_may_carry_a_plus(amount_paise: int, text: str) -> None:
    assert format_rupees(amount_paise, signed=True) == text
