"""The list of people on the send page: everybody or those who match, a page at a time. Whom one has paid lately comes
before everybody else, for most payments go to the same few.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import ask, signed_in
from wallet_app.sentences import sentence
from wallet_app.state.opened_form import field_text, fill_fields, text_of
from wallet_app.state.payment_words import PersonLine, person_line
from wallet_app.words.saying import say
from wallet_core.errors import InvalidCursor, WalletError
from wallet_core.search_text import MAX_TEXT_CHARACTERS
from wallet_core.services.directory import list_recent_payees, search_people
from wallet_core.views import PeoplePage

#: People that one "Show more" adds.
PAGE_PEOPLE: Final = 20

#: People that the page keeps, and reads anew after a change; whoever looks for others types a name.
MAX_PEOPLE: Final = 100

#: Those paid last, at the head of the list: with them, and a few of the others, a phone is full.
RECENT_PEOPLE: Final = 5

SEARCH_FIELD: Final = "people-search"


@dataclass(frozen=True, slots=True)
class PeopleGroup:
    """People below a heading; without one where it is the only group."""

    heading: str
    people: list[PersonLine]


class PeopleState(rx.State):
    groups: list[PeopleGroup] = []
    has_more: bool = False
    is_full: bool = False
    query: str = ""
    #: How many were found, told to screen readers after a search.
    summary: str = ""
    error: str = ""
    is_loaded: bool = False

    _recent: list[PersonLine] = []
    _people: list[PersonLine] = []
    _cursor: str | None = None

    @rx.event
    def open(self) -> EventSpec:
        """The page was opened: what stands in the search field counts (something, after a lost connection)."""
        self.query = self.summary = ""
        return fill_fields("people", {SEARCH_FIELD: ""}, PeopleState.take_field)

    @rx.event
    async def load(self) -> None:
        """Reads all that is shown anew, as much as was loaded."""
        person_id = signed_in().person_id
        wanted = min(max(PAGE_PEOPLE, len(self._people)), MAX_PEOPLE)
        try:
            await _read_recent(self, person_id)
            page = await ask(search_people, person_id=person_id, query=self.query, limit=wanted)
        except WalletError as error:
            self.error = sentence(error)
        else:
            _show(self, [], page)
        self.is_loaded = True

    @rx.event
    async def take_field(self, fields: dict[str, str]) -> None:
        text = field_text(fields, SEARCH_FIELD)
        if text:
            await _search(self, text)

    @rx.event
    async def search(self, text: str) -> None:
        await _search(self, text_of(text))

    @rx.event
    async def show_more(self) -> None:
        person_id = signed_in().person_id
        if self._cursor is None or len(self._people) >= MAX_PEOPLE:
            return
        before = self._people
        try:
            page = await ask(
                search_people, person_id=person_id, query=self.query, cursor=self._cursor, limit=PAGE_PEOPLE
            )
        except InvalidCursor:
            before = []
            page = await ask(search_people, person_id=person_id, query=self.query, limit=MAX_PEOPLE)
        except WalletError as error:
            self.error = sentence(error)
            return
        _show(self, before, page)
        self.summary = say("people.shown", count=sum(len(group.people) for group in self.groups))


async def _search(state: PeopleState, text: str) -> None:
    person_id = signed_in().person_id
    state.query = text.strip()[:MAX_TEXT_CHARACTERS]
    try:
        await _read_recent(state, person_id)
        page = await ask(search_people, person_id=person_id, query=state.query, limit=PAGE_PEOPLE)
    except WalletError as error:
        state.error = sentence(error)
        return
    _show(state, [], page)
    state.summary = _summary(page)


async def _read_recent(state: PeopleState, person_id: UUID) -> None:
    """Nobody, while somebody is searched for. Raises: WalletError."""
    cards = [] if state.query else await ask(list_recent_payees, person_id=person_id, limit=RECENT_PEOPLE)
    state._recent = [person_line(card) for card in cards]


def _show(state: PeopleState, before: list[PersonLine], page: PeoplePage) -> None:
    state._people = [*before, *(person_line(card) for card in page.people)]
    state.groups = _groups(state._recent, state._people)
    state._cursor = page.next_cursor
    state.is_full = page.next_cursor is not None and len(state._people) >= MAX_PEOPLE
    state.has_more = page.next_cursor is not None and not state.is_full
    state.error = ""


def _groups(recent: list[PersonLine], people: list[PersonLine]) -> list[PeopleGroup]:
    """Each person once, for one radio of a group is chosen."""
    if not recent:
        return [PeopleGroup("", people)] if people else []
    shown = {person.id for person in recent}
    others = [person for person in people if person.id not in shown]
    groups = [PeopleGroup(say("people.recent"), recent), PeopleGroup(say("people.everyone_else"), others)]
    return [group for group in groups if group.people]


def _summary(page: PeoplePage) -> str:
    if not page.people:
        return say("people.none_found")
    count = len(page.people)
    if count == 1:
        return say("people.found_one_and_more" if page.next_cursor else "people.found_one")
    return say("people.found_and_more" if page.next_cursor else "people.found", count=count)
