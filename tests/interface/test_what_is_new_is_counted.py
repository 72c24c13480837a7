"""The count of what is new, on every page and in the tab's title; a toast for what comes while the page is open."""

import pytest

from tests.interface.handlers import call, state_at
from wallet_app.state import notifications
from wallet_app.state.live import PAGE_LOADS
from wallet_app.state.notifications import NotificationsState
from wallet_core.clock import now
from wallet_core.services.notifications import MAX_UNREAD
from wallet_core.views import Notification, NotificationKind, NotificationPage


class Core:
    """Stands for the services: so many are new, the newest of them first."""

    def __init__(self, *kinds: NotificationKind) -> None:
        self.count = len(kinds)
        self.kinds = kinds

    def unread_count(self, **_: object) -> int:
        return self.count

    def list_notifications(self, *, limit: int, **_: object) -> NotificationPage:
        told = (
            Notification(str(number), kind, now(), True, "Bob Verma", 40_00, "", "Q-1")
            for number, kind in enumerate(self.kinds)
        )
        return NotificationPage(list(told)[:limit], has_more=False)


@pytest.fixture
def state() -> NotificationsState:
    return state_at(NotificationsState, "/dashboard")


def _look(state: NotificationsState, core: Core, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that the page is told to do."""
    monkeypatch.setattr(notifications, "unread_count", core.unread_count)
    monkeypatch.setattr(notifications, "list_notifications", core.list_notifications)
    return str(call(state, "load_count"))


@pytest.mark.parametrize(
    ("count", "words"), [(0, ""), (1, "1"), (MAX_UNREAD, "99"), (MAX_UNREAD + 1, "99+"), (5_000, "99+")]
)
def test_a_count_is_said_up_to_a_bound(
    state: NotificationsState, count: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = Core()
    core.count = count
    told = _look(state, core, monkeypatch)
    assert state.count == words
    assert (f"({words}) " in told) == (words != "")


def test_every_page_asks_for_it() -> None:
    for handlers in PAGE_LOADS.values():
        assert NotificationsState.load_count in handlers


def test_what_was_there_before_is_not_announced(state: NotificationsState, monkeypatch: pytest.MonkeyPatch) -> None:
    _look(state, Core(NotificationKind.REQUEST_RECEIVED), monkeypatch)
    assert state.announcement == ""


def test_what_comes_is_announced_once(state: NotificationsState, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = NotificationKind.REQUEST_RECEIVED
    _look(state, Core(asked), monkeypatch)
    more = Core(NotificationKind.REQUEST_DECLINED, asked, asked)
    assert "Bob Verma asks you for ₹40.00" in _look(state, more, monkeypatch)
    assert state.announcement == "Bob Verma declined to pay you ₹40.00. Bob Verma asks you for ₹40.00"
    assert "Bob Verma" not in _look(state, more, monkeypatch)


def test_money_is_announced_with_the_balance_and_not_again(
    state: NotificationsState, monkeypatch: pytest.MonkeyPatch
) -> None:
    _look(state, Core(), monkeypatch)
    assert "Bob Verma" not in _look(state, Core(NotificationKind.MONEY_RECEIVED), monkeypatch)
