from datetime import UTC, date, datetime

from wallet_app.formatting import clock_time, day, full_when, initials


def test_midnight_in_utc_is_half_past_five_in_india() -> None:
    at = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    assert clock_time(at) == "5:30 am"
    assert full_when(at) == "20 Nov 2026, 5:30 am IST"


def test_noon_and_midnight_are_twelve() -> None:
    assert clock_time(datetime(2026, 11, 20, 6, 30, tzinfo=UTC)) == "12:00 pm"
    assert clock_time(datetime(2026, 11, 20, 18, 30, tzinfo=UTC)) == "12:00 am"


def test_days_have_names() -> None:
    today = date(2026, 11, 23)
    assert day(today, today) == "Today"
    assert day(date(2026, 11, 22), today) == "Yesterday"
    assert day(date(2026, 11, 2), today) == "Mon 2 Nov"
    assert day(date(2025, 11, 2), today) == "2 Nov 2025"


def test_initials_come_from_the_first_and_the_last_word() -> None:
    assert initials("Priya Nair") == "PN"
    assert initials("Alice Maria da Silva") == "AS"
    assert initials("Bob") == "B"
