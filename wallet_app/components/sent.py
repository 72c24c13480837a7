"""A payment that was just made, in the dialog that asked for it: how much, to whom, its reference, and what is next."""

from typing import Any

import reflex as rx

from wallet_app.components.balance import own_balance
from wallet_app.components.base import button, description, icon, link_button
from wallet_app.components.dialog import FACTS, focus_when_done, modal_description, modal_title
from wallet_app.components.reference import reference_to_copy
from wallet_app.words.writing import write


def sent_panel(sent: Any, *above: Any, done_id: str, on_done: Any, again: rx.Component) -> rx.Component:
    """For ``SentWords``. ``again`` leads to the next payment to the same person."""
    return rx.el.div(
        *above,
        rx.el.span(
            icon("check", 30),
            class_name="mx-auto grid place-items-center size-16 rounded-full bg-good-soft text-good",
        ),
        modal_title(write("common.sent_to", amount=sent.amount, name=sent.payee), css="num mt-4"),
        modal_description(sent.when, css="num"),
        rx.el.dl(
            rx.cond(sent.note != "", description(write("common.note"), sent.note)),
            description(write("common.reference"), reference_to_copy(sent.reference)),
            description(write("common.balance_after"), own_balance(sent.balance_after), "font-semibold"),
            class_name=f"{FACTS} text-left",
        ),
        rx.el.div(
            link_button(write("common.view_receipt"), to=sent.address, kind="quiet", css="flex-1 whitespace-nowrap"),
            button(write("common.done"), id=done_id, on_click=on_done, css="flex-1"),
            class_name="flex flex-wrap gap-3 mt-6",
        ),
        again,
        on_mount=focus_when_done(done_id),
        class_name="text-center pt-2",
    )
