"""What stands in the command palette: the places of the wallet, and people, under the rules of the send page."""

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from wallet_app.asking import ask
from wallet_app.paths import ADD_MONEY, ASK, HISTORY, HOME, NOTIFICATIONS, REQUESTS, SEND, SETTINGS
from wallet_app.state.payment_words import PersonLine, person_line
from wallet_app.words.books import Language
from wallet_app.words.saying import say, say_in
from wallet_core.search_text import MAX_TEXT_CHARACTERS
from wallet_core.services.directory import list_recent_payees, search_people

#: As many as fit on a phone above its keyboard; who is not among them types more.
PEOPLE_AT_ONCE: Final = 5

#: Address, the key of its words, and the place of the sidebar with the same drawing.
_PLACES: Final = (
    (HOME, "frame.home", HOME),
    (ADD_MONEY, "frame.add", ADD_MONEY),
    (SEND, "frame.send", SEND),
    (REQUESTS, "frame.requests", REQUESTS),
    (ASK, "title.ask", REQUESTS),
    (HISTORY, "frame.history", HISTORY),
    (NOTIFICATIONS, "frame.notifications", NOTIFICATIONS),
    (SETTINGS, "frame.settings", SETTINGS),
)


def places() -> dict[str, Any]:
    """Where one may go, and the words around. Each place is found by its words in any language."""
    lines = [
        {
            "path": path,
            "name": say(words),
            "words": " ".join(say_in(language, words) for language in Language).lower(),
            "drawn": drawn,
        }
        for path, words, drawn in _PLACES
    ]
    return {
        "label": say("palette.label"),
        "hint": say("palette.hint"),
        "heading": say("palette.places"),
        "lines": lines,
    }


async def recent_people(person_id: UUID) -> dict[str, Any]:
    """Whom this person has paid lately."""
    cards = await ask(list_recent_payees, person_id=person_id, limit=PEOPLE_AT_ONCE)
    return _people("palette.again", "", [person_line(card) for card in cards])


async def found_people(person_id: UUID, query: str) -> dict[str, Any]:
    """Raises: WalletError."""
    page = await ask(search_people, person_id=person_id, query=query[:MAX_TEXT_CHARACTERS], limit=PEOPLE_AT_ONCE)
    return _people("palette.people", _summary(len(page.people)), [person_line(card) for card in page.people])


def _people(heading: str, said: str, lines: list[PersonLine]) -> dict[str, Any]:
    return {
        "heading": say(heading),
        "said": said,
        "lines": [{**asdict(line), "path": f"{SEND}?to={line.id}"} for line in lines],
    }


def _summary(count: int) -> str:
    """Told to screen readers, and shown below."""
    if not count:
        return say("people.none_found")
    return say("people.found_one") if count == 1 else say("people.found", count=count)
