"""The amount: one large field with a ₹ before it, its error or its hint below, and sums that are often wanted."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.base import CHOSEN, NOT_CHOSEN, Child, field_error
from wallet_app.components.base import classes as join
from wallet_app.state.amount_form import AMOUNT_FIELD
from wallet_app.words.writing import write
from wallet_core.money import MAX_AMOUNT_CHARACTERS, PAISE_PER_RUPEE

#: In rupees.
COMMON_AMOUNTS: Final = (100, 500, 1_000, 2_000)

_ERROR: Final = "amount-error"
_HINT: Final = "amount-hint"


def amount_field(*, error: Any, hint: Child, on_change: Any) -> rx.Component:
    """The field is the browser's own (no ``value``): an answer of the server never overwrites what is being typed."""
    field = rx.el.input(
        id=AMOUNT_FIELD,
        name=AMOUNT_FIELD,
        type="text",
        input_mode="decimal",
        enter_key_hint="done",
        auto_complete="off",
        placeholder="0",
        max_length=MAX_AMOUNT_CHARACTERS,
        on_change=on_change,
        aria_invalid=error != "",
        aria_describedby=f"{_ERROR} {_HINT}",
        class_name=(
            "num w-full min-w-0 bg-transparent text-4xl font-semibold tracking-tight outline-none! "
            "placeholder:text-ink-3 py-2"
        ),
    )
    return rx.el.div(
        rx.el.label(write("amount.label"), html_for=AMOUNT_FIELD, class_name="text-base font-semibold"),
        rx.el.div(
            rx.el.span("₹", class_name="text-3xl text-ink-3", aria_hidden="true"),
            field,
            class_name=[
                # The line below is what shows the focus.
                "flex items-center gap-2 border-b-2 focus-within:border-ring",
                "focus-within:shadow-[0_1px_0_0_var(--ring)]",
                rx.cond(error != "", "border-bad", "border-line-strong"),
            ],
        ),
        field_error(error, id=_ERROR),
        rx.el.p(hint, id=_HINT, class_name="mt-2 text-sm text-ink-3 min-h-5"),
    )


def amount_chips(*, chosen_paise: Any, on_choose: Any) -> rx.Component:
    """``on_choose`` is the handler of the field's typing: a chip types for the person. The one that says what the field
    comes to is marked, however that was typed.
    """
    return rx.el.div(
        *[_chip(rupees, chosen_paise == rupees * PAISE_PER_RUPEE, on_choose) for rupees in COMMON_AMOUNTS],
        role="group",
        aria_label=write("amount.common"),
        class_name="flex flex-wrap gap-2 max-[359px]:grid max-[359px]:grid-cols-4 max-[359px]:gap-1.5 mt-4",
    )


def _chip(rupees: int, is_chosen: Any, on_choose: Any) -> rx.Component:
    typed = f"{rupees:,}"
    return rx.el.button(
        f"₹{typed}",
        type="button",
        on_click=[rx.set_value(AMOUNT_FIELD, typed), on_choose(typed)],
        custom_attrs={"aria-pressed": rx.cond(is_chosen, "true", "false")},
        class_name=[
            join(
                "num min-h-11 px-3.5 max-[359px]:px-0 max-[359px]:text-[13px] rounded-full border text-sm",
                "font-medium cursor-pointer",
            ),
            rx.cond(is_chosen, CHOSEN, NOT_CHOSEN),
        ],
    )
