from pathlib import Path

from bench.ground import RICH_PAISE
from bench.load import AMOUNT_PAISE, Credit, commit_to_tab_ms, write_line
from bench.load_tabs import Sent

TABLE = "Before.\n\n| apps | state | rate |\n|---|---|---|\n| 1 | memory | 5 |\n| 2 | Redis | 7 |\n\nAfter.\n"


def _balance_paise(credits: int) -> int:
    return RICH_PAISE + credits * AMOUNT_PAISE


def test_each_credit_is_timed_to_its_own_tab() -> None:
    sent = Sent([[(_balance_paise(0), 0.0), (_balance_paise(1), 130.0)], [(_balance_paise(1), 90.0)]])
    credits = [Credit(0, 1, 100.0), Credit(1, 1, 100.0)]
    assert commit_to_tab_ms(credits, sent) == ([30.0, 0.0], 0)


def test_a_later_balance_tells_of_the_credits_before_it() -> None:
    sent = Sent([[(_balance_paise(3), 500.0)]])
    credits = [Credit(0, number, 100.0 * number) for number in (1, 2, 3)]
    assert commit_to_tab_ms(credits, sent) == ([400.0, 300.0, 200.0], 0)


def test_what_never_came_is_counted_and_who_does_not_look_is_not() -> None:
    sent = Sent([[(_balance_paise(1), 110.0)]])
    credits = [Credit(0, 1, 100.0), Credit(0, 2, 200.0), Credit(7, 1, 100.0)]
    assert commit_to_tab_ms(credits, sent) == ([10.0], 1)


def test_a_line_takes_the_place_of_the_one_with_the_same_beginning(tmp_path: Path) -> None:
    file = tmp_path / "table.md"
    file.write_text(TABLE, encoding="utf-8")
    write_line({"apps": "1", "state": "memory", "rate": "6"}, keys=2, file=file)
    assert file.read_text(encoding="utf-8") == TABLE.replace("| 1 | memory | 5 |", "| 1 | memory | 6 |")


def test_another_line_is_added(tmp_path: Path) -> None:
    file = tmp_path / "table.md"
    file.write_text(TABLE, encoding="utf-8")
    write_line({"apps": "1", "state": "Redis", "rate": "4"}, keys=2, file=file)
    assert file.read_text(encoding="utf-8") == TABLE.replace("| 7 |\n", "| 7 |\n| 1 | Redis | 4 |\n")
