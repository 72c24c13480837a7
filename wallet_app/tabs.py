"""The open tabs of this worker, by person: whom a change in the database has to reach, and what they look at."""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

#: What Reflex's router data says of the connection and not of the page: it is taken from the connection that is open.
_OF_THE_CONNECTION: Final = frozenset({"headers", "sid", "ip", "token"})


#: A tab that was told to read anew and has not begun by then is told again: its event may have been lost.
BEGINS_WITHIN_S: Final = 10.0


class OpenTabs:
    """Remembers for each client token (a tab) the person whose cookie its last event carried."""

    def __init__(self) -> None:
        self._tokens_of: defaultdict[UUID, set[str]] = defaultdict(set)
        self._person_of: dict[str, UUID] = {}
        self._view_of: dict[str, dict[str, Any]] = {}
        self._told_at_s: dict[str, float] = {}

    def note(self, client_token: str, person_id: UUID, router_data: Mapping[str, Any]) -> None:
        """This tab now shows this person, on this page. The state may be forgotten when a tab is idle; this is not."""
        if self._person_of.get(client_token) != person_id:
            self.forget(client_token)
            self._person_of[client_token] = person_id
            self._tokens_of[person_id].add(client_token)
        self._view_of[client_token] = {
            name: value for name, value in router_data.items() if name not in _OF_THE_CONNECTION
        }

    def forget(self, client_token: str) -> None:
        """This tab is closed, or shows nobody."""
        self._view_of.pop(client_token, None)
        self._told_at_s.pop(client_token, None)
        person_id = self._person_of.pop(client_token, None)
        if person_id is not None:
            tokens = self._tokens_of[person_id]
            tokens.discard(client_token)
            if not tokens:
                del self._tokens_of[person_id]

    def tell(self, client_token: str) -> bool:
        """Whether the tab must be told to read anew. One that was told and has not begun will read this change, too:
        however many come at once, at most one reading of a tab waits.
        """
        now_s = time.monotonic()
        if now_s - self._told_at_s.get(client_token, -BEGINS_WITHIN_S) < BEGINS_WITHIN_S:
            return False
        self._told_at_s[client_token] = now_s
        return True

    def begin(self, client_token: str) -> None:
        """The tab reads anew now: what changes from here on it must be told again."""
        self._told_at_s.pop(client_token, None)

    def of(self, person_id: UUID) -> list[str]:
        """The tabs of one person."""
        return list(self._tokens_of.get(person_id, ()))

    def view(self, client_token: str) -> dict[str, Any]:
        """Which page the tab shows, in the terms of Reflex's router data."""
        return dict(self._view_of.get(client_token, {}))

    def forget_all_but(self, connected: Collection[str]) -> None:
        """Tabs that are not connected are closed, or will tell who they are when they connect again."""
        for client_token in [token for token in self._person_of if token not in connected]:
            self.forget(client_token)

    def count(self) -> int:
        """How many tabs show somebody."""
        return len(self._person_of)

    def all(self) -> list[str]:
        return list(self._person_of)


open_tabs = OpenTabs()
