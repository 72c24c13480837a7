import time
from uuid import uuid4

import pytest

from wallet_app.tabs import BEGINS_WITHIN_S, OpenTabs

ALICE = uuid4()


def test_a_tab_follows_the_person_who_signs_in_last() -> None:
    alice, bob = uuid4(), uuid4()
    tabs = OpenTabs()
    tabs.note("tab", alice, {})
    tabs.note("tab", bob, {})
    assert tabs.of(alice) == []
    assert tabs.of(bob) == ["tab"]


def test_a_closed_tab_is_forgotten() -> None:
    alice = uuid4()
    tabs = OpenTabs()
    tabs.note("one", alice, {})
    tabs.note("two", alice, {})
    tabs.forget("one")
    tabs.forget("never seen")
    assert tabs.of(alice) == ["two"]
    assert tabs.all() == ["two"]


def test_of_tabs_that_are_not_connected_nothing_stays() -> None:
    tabs = OpenTabs()
    for name in ("one", "two", "three"):
        tabs.note(name, ALICE, {"pathname": "/dashboard"})
        tabs.tell(name)
    tabs.forget_all_but({"two": object(), "another": object()})
    assert (tabs.all(), tabs.count(), tabs.of(ALICE)) == (["two"], 1, ["two"])
    assert [tabs.view(name) for name in ("one", "two", "three")] == [{}, {"pathname": "/dashboard"}, {}]


def test_a_tab_keeps_its_page_and_not_its_connection() -> None:
    tabs = OpenTabs()
    tabs.note(
        "tab", uuid4(), {"pathname": "/transfer", "query": {}, "headers": {"cookie": "x"}, "sid": "1", "token": "t"}
    )
    assert tabs.view("tab") == {"pathname": "/transfer", "query": {}}
    tabs.forget("tab")
    assert tabs.view("tab") == {}


def test_changes_that_come_at_once_are_one_reading() -> None:
    tabs = OpenTabs()
    tabs.note("tab", ALICE, {})
    assert [tabs.tell("tab") for _ in range(3)] == [True, False, False]
    tabs.begin("tab")
    assert tabs.tell("tab"), "what changes after the reading began is read again"


def test_a_reading_that_was_lost_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tabs = OpenTabs()
    tabs.note("tab", ALICE, {})
    moment_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: moment_s)
    assert tabs.tell("tab")
    moment_s += BEGINS_WITHIN_S - 0.1
    assert not tabs.tell("tab")
    moment_s += 0.2
    assert tabs.tell("tab")


def test_a_tab_that_comes_again_is_told_again() -> None:
    tabs = OpenTabs()
    tabs.note("tab", ALICE, {})
    assert tabs.tell("tab")
    tabs.forget("tab")
    tabs.note("tab", ALICE, {})
    assert tabs.tell("tab")
