"""What every form with an amount is drawn with: the amount, what else there is to say, the button and its promise."""

from typing import Any

import reflex as rx

from wallet_app.components.amount import amount_chips, amount_field
from wallet_app.components.base import Child, field_error, icon
from wallet_app.components.busy import busy_button, paused_hint
from wallet_app.state.amount_form import AmountForm


def amount_form(
    form: type[AmountForm],
    *above: Child,
    hint: Child,
    below: Child,
    button_id: str,
    at_first: Any,
    promise: Any,
    on_submit: Any,
    busy_words: Any = "",
    is_busy: Any = False,
) -> rx.Component:
    """``above`` and ``below``: what stands over and under the amount. ``at_first``: what the button says until the form
    is open. ``promise``: what the button does, or does not do yet.
    """
    return rx.el.form(
        *above,
        amount_field(error=form.amount_error, hint=hint, on_change=form.type_amount),
        amount_chips(chosen_paise=form.amount_paise, on_choose=form.type_amount),
        below,
        # Not switched off before it is ready, for then Enter would say nothing: it tells what is missing.
        busy_button(
            rx.cond(form.button_words != "", form.button_words, at_first),
            busy_words,
            id=button_id,
            is_busy=is_busy,
            type="submit",
            custom_attrs={"aria-disabled": rx.cond(form.is_ready, "false", "true")},
            css="w-full mt-6 min-h-12 py-2",
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
