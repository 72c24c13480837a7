"""The buttons that open the command palette, and the few lines that every page has of it.

The palette itself is assets/palette.js, which comes when it is first opened; wallet_app/palette.py fills it.
"""

from typing import Final

import reflex as rx

from wallet_app.components.base import classes, icon
from wallet_app.words.writing import write

_OPENER: Final = "data-palette"

#: In the head of every page, and at work before the page is. Who is not signed in has no such button, and no palette.
PALETTE_SCRIPT: Final = (
    "(()=>{const d=document,go=e=>{e.preventDefault();import('/palette.js').then(m=>m.toggle())};"
    f"d.addEventListener('click',e=>{{e.target.closest?.('[{_OPENER}]')&&go(e)}});"
    "d.addEventListener('keydown',e=>{(e.ctrlKey||e.metaKey)&&!e.altKey&&!e.shiftKey&&e.key.toLowerCase()==='k'"
    f"&&d.querySelector('[{_OPENER}]')&&go(e)}})}})()"
)


def palette_field_button() -> rx.Component:
    """On a desk: it looks like the field that it opens, and says the keys (assets/app.css knows those of a Mac)."""
    return rx.el.button(
        icon("search", 16, "shrink-0"),
        rx.el.span(write("palette.button"), class_name="flex-1 text-left truncate"),
        rx.el.kbd(class_name="palette-keys text-xs", aria_hidden="true"),
        type="button",
        custom_attrs={_OPENER: "", "aria-haspopup": "dialog", "aria-keyshortcuts": "Control+K Meta+K"},
        class_name=(
            "needs-script flex w-full items-center gap-2.5 min-h-11 px-3 rounded-xl border border-line text-sm "
            "text-ink-3 hover:bg-sunken hover:text-ink cursor-pointer"
        ),
    )


def palette_icon_button(css: str) -> rx.Component:
    """On a phone."""
    return rx.el.button(
        icon("search", 18),
        rx.el.span(write("palette.button"), class_name="sr-only"),
        type="button",
        custom_attrs={_OPENER: "", "aria-haspopup": "dialog"},
        class_name=classes("needs-script", css),
    )
