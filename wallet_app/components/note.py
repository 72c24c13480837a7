"""The note of a payment or of a request: one line, optional."""

from typing import Any

import reflex as rx

from wallet_app.components.base import FIELD, field_error
from wallet_app.state.person_form import NOTE_FIELD
from wallet_app.words.writing import write
from wallet_core.services.payments import MAX_NOTE_CHARACTERS


def note_field(*, error: Any, on_change: Any) -> rx.Component:
    """The field is the browser's own (no ``value``): an answer of the server never overwrites what is being typed."""
    return rx.el.div(
        rx.el.div(
            rx.el.label(write("common.note"), html_for=NOTE_FIELD, class_name="text-sm font-medium"),
            rx.el.span(write("note.optional"), id="note-hint", class_name="text-sm text-ink-3"),
            class_name="flex items-baseline justify-between gap-3 mt-6 mb-1.5",
        ),
        rx.el.input(
            id=NOTE_FIELD,
            name=NOTE_FIELD,
            type="text",
            placeholder=write("note.example"),
            max_length=MAX_NOTE_CHARACTERS,
            auto_complete="off",
            on_change=on_change.debounce(250),
            aria_invalid=error != "",
            aria_describedby="note-error note-hint",
            class_name=FIELD,
        ),
        field_error(error, id="note-error"),
    )
