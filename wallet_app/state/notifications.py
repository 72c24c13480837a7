"""What the person is told: how much of it is new, on every page, and the list on its own."""

import json
from typing import Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import ask, signed_in
from wallet_app.sentences import sentence
from wallet_app.state.notification_words import NotificationLine, notification_line
from wallet_core.errors import WalletError
from wallet_core.services.notifications import MAX_UNREAD, list_notifications, mark_seen, unread_count
from wallet_core.views import Notification, NotificationKind, SignedIn

#: Lines that one "Show more" adds, and the most that the page keeps: who looks further back looks into the history.
PAGE_NOTIFICATIONS: Final = 25
MAX_NOTIFICATIONS: Final = 100

#: How many arrivals are announced at once; more than that in one moment is a burst that nobody can read.
MAX_ANNOUNCEMENTS: Final = 3

#: What a toast tells. Money that comes in has one already, from the balance.
_ANNOUNCED: Final = (
    NotificationKind.REQUEST_RECEIVED,
    NotificationKind.REQUEST_DECLINED,
    NotificationKind.ONRAMP_FAILED,
    NotificationKind.SIGNED_IN,
)

#: The count stands before the page's own title, once.
_TITLE: Final = "document.title=%s+document.title.replace(/^\\(\\d+\\+?\\) /,'')"


class NotificationsState(rx.State):
    #: "" where nothing is new, else such as "3" or "99+".
    count: str = ""
    #: What came while the page was open, told to screen readers.
    announcement: str = ""
    lines: list[NotificationLine] = []
    has_more: bool = False
    error: str = ""
    is_loaded: bool = False

    #: New when this visit of the page began, or since: marked for as long as it lasts.
    _new_keys: list[str] = []
    _shown: int = PAGE_NOTIFICATIONS
    _last_count: int | None = None

    @rx.event
    async def load_count(self) -> list[EventSpec]:
        person = signed_in()
        count = await ask(unread_count, person_id=person.person_id, session_id=person.session_id)
        rise = 0 if self._last_count is None else count - self._last_count
        self._last_count = count
        self.count = "" if count == 0 else f"{MAX_UNREAD}+" if count > MAX_UNREAD else str(count)
        news = await _read_news(person, min(rise, MAX_ANNOUNCEMENTS)) if rise > 0 else []
        if news:
            self.announcement = ". ".join(news)
        title = rx.call_script(_TITLE % json.dumps(f"({self.count}) " if self.count else ""))
        return [title, *(rx.toast.info(words) for words in news)]

    @rx.event
    def open(self) -> None:
        """The page was opened: what was new at the last visit no longer is."""
        self._new_keys, self._shown = [], PAGE_NOTIFICATIONS

    @rx.event
    async def load(self) -> None:
        """Reads the list, and takes what it shows as looked at."""
        person = signed_in()
        try:
            page = await ask(
                list_notifications, person_id=person.person_id, session_id=person.session_id, limit=self._shown
            )
            _show(self, page.notifications)
            self.has_more = page.has_more and self._shown < MAX_NOTIFICATIONS
            if any(notification.is_new for notification in page.notifications):
                await ask(mark_seen, person_id=person.person_id, until=page.notifications[0].at)
        except WalletError as error:
            self.error = sentence(error)
        else:
            self.error = ""
        self.is_loaded = True

    @rx.event
    def show_more(self) -> EventSpec:
        self._shown = min(self._shown + PAGE_NOTIFICATIONS, MAX_NOTIFICATIONS)
        return NotificationsState.load()


async def _read_news(person: SignedIn, limit: int) -> list[str]:
    """The sentences for what has just come, as far as nothing else on the page tells it."""
    page = await ask(list_notifications, person_id=person.person_id, session_id=person.session_id, limit=limit)
    fresh = (each for each in page.notifications if each.is_new and each.kind in _ANNOUNCED)
    return [notification_line(each, is_new=True).title for each in fresh]


def _show(state: NotificationsState, notifications: list[Notification]) -> None:
    new = {notification.key for notification in notifications if notification.is_new}
    state._new_keys = sorted(new.union(state._new_keys))
    state.lines = [notification_line(each, is_new=each.key in state._new_keys) for each in notifications]
