"""The active place of the sidebar: the atom that the application before this one lost at every reload."""

import reflex as rx

from wallet_app.paths import ADD_MONEY, HISTORY, HOME, NOTIFICATIONS, REQUESTS, SEND, SETTINGS


class NavigationState(rx.State):
    """Derived from the address, so it is right after a reload and on a deep link."""

    @rx.var
    def active_item(self) -> str:
        """The path of the sidebar item that the current page belongs to; "" where there is none."""
        path = self.router.url.path.rstrip("/")
        for item in (HOME, ADD_MONEY, SEND, REQUESTS, HISTORY, NOTIFICATIONS, SETTINGS):
            if path == item or path.startswith(f"{item}/"):
                return item
        return ""
