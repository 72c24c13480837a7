"""The settings page: one's name, password and open sessions."""

from dataclasses import dataclass
from typing import Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app.asking import ask, signed_in
from wallet_app.cookies import PASSWORD_CHANGED, read_flash
from wallet_app.formatting import full_when
from wallet_app.sentences import sentence, sentence_for
from wallet_app.state.opened_form import field_text, fill_empty_fields, read_id
from wallet_app.state.session import SessionState
from wallet_app.words.saying import say
from wallet_core.errors import SessionNotFound, WalletError
from wallet_core.services.people import change_name
from wallet_core.sessions import end_session, list_sessions
from wallet_core.views import OpenSession

#: What a user agent must hold to be called by that name, most particular first: Chrome's names Safari too.
_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
_MORE_SYSTEMS = (("Mac OS", "Mac"), ("Linux", "Linux"))


#: The form of one's name has this field.
NAME_FIELD: Final = "name"

#: The id of the list: it gets the focus where a button goes with the session that it ended.
OPEN_SESSIONS: Final = "open-sessions"


@dataclass(frozen=True, slots=True)
class SessionItem:
    id: str
    device: str
    detail: str
    is_current: bool


class SettingsState(rx.State):
    name_error: str = ""
    password_error: str = ""
    notice: str = ""
    sessions: list[SessionItem] = []
    is_loaded: bool = False

    _shown_flash: str = ""

    @rx.event
    async def load(self) -> None:
        person = signed_in()
        sessions = await ask(list_sessions, person_id=person.person_id, current_session_id=person.session_id)
        self.sessions = [_item(session) for session in sessions]
        self.is_loaded = True

    @rx.event
    def open(self) -> EventSpec:
        """The page was opened, perhaps by the answer to the form of the password: says how that went, once."""
        self.name_error = self.password_error = self.notice = ""
        flash = read_flash(self.router.headers.cookie, "password")
        if flash is not None and flash.id != self._shown_flash:
            self._shown_flash = flash.id
            if flash.code == PASSWORD_CHANGED:
                self.notice = say("settings.password_changed")
            else:
                self.password_error = sentence_for(flash.code, flash.details)
        return fill_empty_fields({NAME_FIELD: signed_in().name})

    @rx.event
    async def save_name(self, form: dict[str, str]) -> list[EventSpec] | None:
        try:
            await ask(change_name, person_id=signed_in().person_id, name=field_text(form, NAME_FIELD))
        except WalletError as error:
            self.name_error = sentence(error)
            return None
        self.name_error = ""
        self.notice = say("settings.name_changed")
        return [SessionState.load, rx.toast.success(self.notice)]

    @rx.event
    async def sign_out_of(self, session_id: str) -> list[EventSpec]:
        try:
            await ask(end_session, person_id=signed_in().person_id, session_id=read_id(session_id, SessionNotFound))
        except WalletError as error:
            return [rx.toast.error(sentence(error)), SettingsState.load]
        self.notice = say("settings.session_ended")
        return [rx.toast.success(self.notice), rx.set_focus(OPEN_SESSIONS), SettingsState.load]


def _item(session: OpenSession) -> SessionItem:
    return SessionItem(
        id=str(session.session_id),
        device=device(session.user_agent),
        detail=say(
            "settings.signed_in_at",
            when=full_when(session.created_at),
            address=session.address or say("settings.unknown_address"),
        ),
        is_current=session.is_current,
    )


def device(user_agent: str) -> str:
    """``Chrome on Linux``; a name for a person to recognise, not for a program to trust."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), say("common.unknown_browser"))
    system = next(
        (name for mark, name in (*_SYSTEMS, *_MORE_SYSTEMS) if mark in user_agent), say("common.unknown_system")
    )
    return say("common.browser_on_system", browser=browser, system=system)
