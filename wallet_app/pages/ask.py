"""Ask for money: a person and an amount. It moves nothing until the other person says yes."""

from typing import Final

import reflex as rx

from wallet_app.components.amount import amount_chips, amount_field
from wallet_app.components.base import card, field_error, icon
from wallet_app.components.busy import busy_button, paused_hint
from wallet_app.components.note import note_field
from wallet_app.components.people import chosen_panel, people_choice
from wallet_app.components.shell import shell
from wallet_app.paths import REQUESTS
from wallet_app.state.ask import AskState
from wallet_app.words.writing import write
from wallet_core.services.requests import EXPIRES_AFTER

_ASK_BUTTON: Final = "ask-for-money"


def _form() -> rx.Component:
    words = rx.cond(AskState.button_words != "", AskState.button_words, write("form.choose_person"))
    return rx.el.form(
        chosen_panel(
            AskState.person,
            heading=write("ask.asking", name=AskState.person.name),
            error=AskState.person_error,
            on_change=AskState.change_person,
        ),
        amount_field(
            error=AskState.amount_error,
            hint=write("ask.hint", days=EXPIRES_AFTER.days),
            on_change=AskState.type_amount,
        ),
        amount_chips(chosen_paise=AskState.amount_paise, on_choose=AskState.type_amount),
        note_field(error=AskState.note_error, on_change=AskState.type_note),
        # Not switched off before it is ready, for then Enter would say nothing: it tells what is missing.
        busy_button(
            words,
            words,
            id=_ASK_BUTTON,
            is_busy=False,
            type="submit",
            custom_attrs={"aria-disabled": rx.cond(AskState.is_ready, "false", "true")},
            css="w-full mt-6 min-h-12",
        ),
        paused_hint(),
        field_error(AskState.form_error, id="form-error"),
        rx.el.p(
            icon("shield-check", 16, "shrink-0"),
            write("ask.promise"),
            class_name="flex items-center justify-center gap-1.5 mt-3 text-sm text-ink-3",
        ),
        on_submit=AskState.send,
        no_validate=True,
        class_name="p-5",
    )


def ask_page() -> rx.Component:
    """On a phone the two cards are two steps: the person first, then the amount."""
    is_chosen = AskState.person.id != ""
    people = people_choice(
        write("ask.who"),
        chosen=AskState.person,
        error=AskState.person_error,
        list_round=AskState.list_round,
        on_pick=AskState.pick,
    )
    return shell(
        REQUESTS,
        write("title.ask"),
        write("ask.subtitle"),
        rx.el.div(
            card(people, css=rx.cond(is_chosen, "max-lg:hidden lg:col-span-3 min-w-0", "lg:col-span-3 min-w-0")),
            card(
                _form(),
                css=rx.cond(
                    is_chosen,
                    "lg:col-span-2 lg:sticky lg:top-8 self-start min-w-0",
                    "max-lg:hidden lg:col-span-2 lg:sticky lg:top-8 self-start min-w-0",
                ),
            ),
            class_name="grid lg:grid-cols-5 gap-5 max-w-6xl",
        ),
    )
