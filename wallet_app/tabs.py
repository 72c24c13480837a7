"""The open tabs of this worker, by person: whom a change in the database has to reach."""

from collections import defaultdict
from uuid import UUID


class OpenTabs:
    """Remembers for each client token (a tab) the person whose cookie its last event carried."""

    def __init__(self) -> None:
        self._tokens_of: defaultdict[UUID, set[str]] = defaultdict(set)
        self._person_of: dict[str, UUID] = {}

    def note(self, client_token: str, person_id: UUID) -> None:
        """This tab now shows this person."""
        before = self._person_of.get(client_token)
        if before == person_id:
            return
        self.forget(client_token)
        self._person_of[client_token] = person_id
        self._tokens_of[person_id].add(client_token)

    def forget(self, client_token: str) -> None:
        """This tab is closed, or shows nobody."""
        person_id = self._person_of.pop(client_token, None)
        if person_id is not None:
            tokens = self._tokens_of[person_id]
            tokens.discard(client_token)
            if not tokens:
                del self._tokens_of[person_id]

    def of(self, person_id: UUID) -> list[str]:
        """The tabs of one person."""
        return list(self._tokens_of.get(person_id, ()))

    def all(self) -> list[str]:
        return list(self._person_of)


open_tabs = OpenTabs()
