"""The colour of an avatar: of the person alone, spread over all that there are, and drawn by a class of the styles."""

from collections import Counter
from pathlib import Path
from typing import Final
from uuid import UUID

from wallet_app.formatting import TONES, tone

STYLES: Final = (Path(__file__).parents[2] / "assets" / "app.css").read_text(encoding="utf-8")

PEOPLE: Final = 8_000

#: Of the share of each: eight thousand even throws stay well within it.
UNEVEN: Final = 0.15


def test_each_colour_has_its_class_in_both_themes() -> None:
    assert len(TONES) == 8
    for name in TONES:
        assert f".{name}{{background:var(--{name})}}" in STYLES
        assert STYLES.count(f"--{name}:#") == 2, f"{name} in the light and in the dark theme"


def test_people_are_spread_over_all_of_them() -> None:
    people = [UUID(int=number << 64 | 0x8000000000000000) for number in range(PEOPLE)]
    counts = Counter(tone(person) for person in people)
    share = PEOPLE / len(TONES)
    assert set(counts) == set(TONES)
    assert all(abs(count - share) < share * UNEVEN for count in counts.values()), counts


def test_a_person_keeps_their_colour() -> None:
    person = UUID("0190a6f0-0000-7000-8000-000000000001")
    assert tone(person) == tone(str(person)) == tone(person)
