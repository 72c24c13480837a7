"""What the person is told: how much of it is new, on every page, and the list on its own."""

import json
from typing import Final

import reflex as rx

from wallet_app.asking import ask, signed_in
from wallet_app.sentences import sentence
from wallet_app.state.notification_words import NotificationLine, notification_line
from wallet_core.errors import WalletError
from wallet_core.services.notifications import MAX_UNREAD, list_notifications, mark_seen, unread_count
from wallet_core.views import Notification

#: Lines that one "Show more" adds, and the most that the page keeps: who looks further back looks into the history.
PAGE_NOTIFICATIONS: Final = 25
MAX_NOTIFICATIONS: Final = 100

#: The count stands before the page's own title, once.
_TITLE: Final = "document.title=%s+document.title.replace(/^\\(\\d+\\+?\\) /,'')"


class NotificationsState(rx.State):
    #: "" where nothing is new, else such as "3" or "99+".
    count: str = ""
    lines: list[NotificationLine] = []
    has_more: bool = False
    error: str = ""
    is_loaded: bool = False

    #: New when this visit of the page began, or since: marked for as long as it lasts.
    _new_keys: list[str] = []
    _shown: int = PAGE_NOTIFICATIONS

    @rx.event
    async def load_count(self) -> rx.event.EventSpec:
        person = signed_in()
        count = await ask(unread_count, person_id=person.person_id, session_id=person.session_id)
        self.count = "" if count == 0 else f"{MAX_UNREAD}+" if count > MAX_UNREAD else str(count)
        return rx.call_script(_TITLE % json.dumps(f"({self.count}) " if self.count else ""))

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
            self.has_more = page.next_cursor is not None and self._shown < MAX_NOTIFICATIONS
            if any(notification.is_new for notification in page.notifications):
                await ask(mark_seen, person_id=person.person_id, until=page.notifications[0].at)
        except WalletError as error:
            self.error = sentence(error)
        else:
            self.error = ""
        self.is_loaded = True

    @rx.event
    def show_more(self) -> rx.event.EventSpec:
        self._shown = min(self._shown + PAGE_NOTIFICATIONS, MAX_NOTIFICATIONS)
        return NotificationsState.load


def _show(state: NotificationsState, notifications: list[Notification]) -> None:
    new = {notification.key for notification in notifications if notification.is_new}
    state._new_keys = sorted(new.union(state._new_keys))
    state.lines = [notification_line(each, is_new=each.key in state._new_keys) for each in notifications]
