"""A person, an amount and a note: the two cards of the pages that send money and ask for it."""

from typing import Any

import reflex as rx

from wallet_app.components.amount_form import amount_form
from wallet_app.components.base import Child, card
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
    return amount_form(
        form,
        *above,
        chosen_panel(form.person, heading=heading, error=form.person_error, on_change=form.change_person),
        hint=hint,
        below=note_field(error=form.note_error, on_change=form.type_note),
        button_id=button_id,
        at_first=write("form.choose_person"),
        promise=promise,
        on_submit=on_submit,
    )
