"""Who is signed in, as the page shows it. A cache for drawing: the guard decides who somebody is."""

import reflex as rx

from wallet_app import formatting
from wallet_app.asking import signed_in
from wallet_core.phones import format_phone


class SessionState(rx.State):
    name: str = ""
    first_name: str = ""
    phone: str = ""
    initials: str = ""
    tone: str = formatting.TONES[0]
    greeting: str = ""
    is_loaded: bool = False

    #: The session and the language that this whole state was filled for; the guard compares and empties.
    _owner: str = ""

    @rx.event
    def load(self) -> None:
        person = signed_in()
        self.name = person.name
        self.first_name = formatting.first_name(person.name)
        self.phone = format_phone(person.phone)
        self.initials = formatting.initials(person.name)
        self.tone = formatting.tone(person.person_id)
        self.greeting = formatting.greeting()
        self.is_loaded = True
