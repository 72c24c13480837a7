from uuid import uuid4

from wallet_app.tabs import OpenTabs


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


def test_a_tab_keeps_its_page_and_not_its_connection() -> None:
    tabs = OpenTabs()
    tabs.note(
        "tab", uuid4(), {"pathname": "/transfer", "query": {}, "headers": {"cookie": "x"}, "sid": "1", "token": "t"}
    )
    assert tabs.view("tab") == {"pathname": "/transfer", "query": {}}
    tabs.forget("tab")
    assert tabs.view("tab") == {}
