"""Ask for money: a person and an amount. It moves nothing until the other person says yes."""

from typing import Final

import reflex as rx

from wallet_app.components.person_form import person_cards, person_fields
from wallet_app.components.shell import shell
from wallet_app.paths import REQUESTS
from wallet_app.state.ask import AskState
from wallet_app.words.writing import write
from wallet_core.services.requests import EXPIRES_AFTER

_ASK_BUTTON: Final = "ask-for-money"


def ask_page() -> rx.Component:
    fields = person_fields(
        AskState,
        heading=write("ask.asking", name=AskState.person.name),
        hint=write("ask.hint", days=EXPIRES_AFTER.days),
        button_id=_ASK_BUTTON,
        promise=write("ask.promise"),
        on_submit=AskState.send,
    )
    return shell(
        REQUESTS,
        write("title.ask"),
        write("ask.subtitle"),
        person_cards(AskState, title=write("ask.who"), fields=fields),
    )
