"""A person, an amount and a note: the two cards of the pages that send money and ask for it."""

from typing import Any

import reflex as rx

from wallet_app.components.amount import amount_chips, amount_field
from wallet_app.components.base import Child, card, field_error, icon
from wallet_app.components.busy import busy_button, paused_hint
from wallet_app.components.note import note_field
from wallet_app.components.people import chosen_panel, people_choice
from wallet_app.state.person_form import PersonForm
from wallet_app.words.writing import write


def person_cards(form: type[PersonForm], *below_search: Child, title: Any, fields: rx.Component) -> rx.Component:
    """On a phone the two cards are two steps: the person first, then the amount."""
    is_chosen = form.person.id != ""
    people = people_choice(
        title,
        *below_search,
        chosen=form.person,
        error=form.person_error,
        list_round=form.list_round,
        on_pick=form.pick,
    )
    return rx.el.div(
        card(people, css=rx.cond(is_chosen, "max-lg:hidden lg:col-span-3 min-w-0", "lg:col-span-3 min-w-0")),
        card(
            fields,
            css=rx.cond(
                is_chosen,
                "lg:col-span-2 lg:sticky lg:top-8 self-start min-w-0",
                "max-lg:hidden lg:col-span-2 lg:sticky lg:top-8 self-start min-w-0",
            ),
        ),
        class_name="grid lg:grid-cols-5 gap-5 max-w-6xl",
    )


def person_fields(
    form: type[PersonForm],
    *above: Child,
    heading: Any,
    hint: Child,
    button_id: str,
    promise: Any,
    on_submit: Any,
) -> rx.Component:
    """``above``: what stands over the person. ``promise``: what the button does, or does not do yet."""
    words = rx.cond(form.button_words != "", form.button_words, write("form.choose_person"))
    return rx.el.form(
        *above,
        chosen_panel(form.person, heading=heading, error=form.person_error, on_change=form.change_person),
        amount_field(error=form.amount_error, hint=hint, on_change=form.type_amount),
        amount_chips(chosen_paise=form.amount_paise, on_choose=form.type_amount),
        note_field(error=form.note_error, on_change=form.type_note),
        # Not switched off before it is ready, for then Enter would say nothing: it tells what is missing.
        busy_button(
            words,
            words,
            id=button_id,
            is_busy=False,
            type="submit",
            custom_attrs={"aria-disabled": rx.cond(form.is_ready, "false", "true")},
            css="w-full mt-6 min-h-12",
        ),
        paused_hint(),
        field_error(form.form_error, id="form-error"),
        rx.el.p(
            icon("shield-check", 16, "shrink-0"),
            promise,
            class_name="flex items-center justify-center gap-1.5 mt-3 text-sm text-ink-3",
        ),
        on_submit=on_submit,
        no_validate=True,
        class_name="p-5",
    )
