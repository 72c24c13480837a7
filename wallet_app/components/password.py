"""A password field that can be shown, and that password managers know."""

from typing import Any

import reflex as rx

from wallet_app.components.base import FIELD, classes, icon
from wallet_app.words.writing import write


def password_field(label: Any, *, id: str, name: str, autocomplete: str, **props: Any) -> rx.Component:
    """``autocomplete`` is current-password or new-password, as WHATWG names them."""
    toggle = (
        f"(()=>{{const field=document.getElementById('{id}');const shown=field.type==='text';"
        f"field.type=shown?'password':'text';"
        f"const toggle=document.getElementById('{id}-toggle');"
        f"toggle.textContent=shown?toggle.dataset.show:toggle.dataset.hide}})()"
    )
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="block text-sm font-medium mb-1.5"),
        rx.el.div(
            rx.el.input(
                id=id,
                name=name,
                type="password",
                auto_complete=autocomplete,
                required=True,
                class_name=classes(FIELD, "pr-16"),
                **props,
            ),
            rx.el.button(
                rx.el.span(
                    write("entrance.show"),
                    id=f"{id}-toggle",
                    custom_attrs={"data-show": write("entrance.show"), "data-hide": write("entrance.hide")},
                ),
                # A page may have two of them.
                rx.el.span(" ", label, class_name="sr-only"),
                type="button",
                on_click=rx.call_script(toggle),
                class_name=(
                    "needs-script absolute right-1 top-1/2 -translate-y-1/2 min-h-11 px-3 rounded-lg text-sm "
                    "font-medium text-brand-ink hover:bg-sunken cursor-pointer"
                ),
            ),
            class_name="relative",
        ),
    )


def rules_hint(text: Any, *, id: str) -> rx.Component:
    return rx.el.p(icon("info", 14, "shrink-0 mt-0.5"), text, id=id, class_name="flex gap-1.5 mt-2 text-sm text-ink-3")
