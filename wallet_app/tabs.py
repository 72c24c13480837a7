"""The open tabs of this worker, by person: whom a change in the database has to reach, and what they look at."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

#: What Reflex's router data says of the connection and not of the page: it is taken from the connection that is open.
_OF_THE_CONNECTION: Final = frozenset({"headers", "sid", "ip", "token"})


class OpenTabs:
    """Remembers for each client token (a tab) the person whose cookie its last event carried."""

    def __init__(self) -> None:
        self._tokens_of: defaultdict[UUID, set[str]] = defaultdict(set)
        self._person_of: dict[str, UUID] = {}
        self._view_of: dict[str, dict[str, Any]] = {}

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
        person_id = self._person_of.pop(client_token, None)
        if person_id is not None:
            tokens = self._tokens_of[person_id]
            tokens.discard(client_token)
            if not tokens:
                del self._tokens_of[person_id]

    def of(self, person_id: UUID) -> list[str]:
        """The tabs of one person."""
        return list(self._tokens_of.get(person_id, ()))

    def view(self, client_token: str) -> dict[str, Any]:
        """Which page the tab shows, in the terms of Reflex's router data."""
        return dict(self._view_of.get(client_token, {}))

    def all(self) -> list[str]:
        return list(self._person_of)


open_tabs = OpenTabs()
