from datetime import UTC, date, datetime

import pytest

from wallet_app.formatting import clock_time, day, full_when, initials, plain_day, whole_day
from wallet_app.words.books import Language
from wallet_app.words.saying import language_asking


def test_midnight_in_utc_is_half_past_five_in_india() -> None:
    at = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    assert clock_time(at) == "5:30\N{NO-BREAK SPACE}am"
    assert full_when(at) == "20\N{NO-BREAK SPACE}Nov 2026, 5:30\N{NO-BREAK SPACE}am IST"


def test_noon_and_midnight_are_twelve() -> None:
    assert clock_time(datetime(2026, 11, 20, 6, 30, tzinfo=UTC)) == "12:00\N{NO-BREAK SPACE}pm"
    assert clock_time(datetime(2026, 11, 20, 18, 30, tzinfo=UTC)) == "12:00\N{NO-BREAK SPACE}am"


def test_days_have_names() -> None:
    today = date(2026, 11, 23)
    assert day(today, today) == "Today"
    assert day(date(2026, 11, 22), today) == "Yesterday"
    assert day(date(2026, 11, 2), today) == "Mon 2\N{NO-BREAK SPACE}Nov"
    assert day(date(2025, 11, 2), today) == "2\N{NO-BREAK SPACE}Nov 2025"


def test_initials_come_from_the_first_and_the_last_word() -> None:
    assert initials("Priya Nair") == "PN"
    assert initials("Alice Maria da Silva") == "AS"
    assert initials("Bob") == "B"


@pytest.mark.parametrize("language", Language)
def test_no_line_ends_between_a_day_and_its_month(language: Language) -> None:
    token = language_asking.set(language)
    try:
        on = date(2026, 12, 1)
        for words in (day(on, date(2026, 6, 1)), day(on, date(2027, 6, 1)), plain_day(on), whole_day(on)):
            assert "1\N{NO-BREAK SPACE}" in words, words
        assert "\N{NO-BREAK SPACE}" in clock_time(datetime(2026, 12, 1, tzinfo=UTC))
    finally:
        language_asking.reset(token)
