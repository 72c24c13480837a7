"""A dialog: the page behind it is out of reach, Escape closes it, the focus goes in and comes back.

The one file that imports Radix's dialog. It is a primitive: it brings behaviour and no styles.
"""

from typing import Any, Final

import reflex as rx
from reflex_components_radix.primitives.dialog import dialog

from wallet_app.components.base import Child, classes

_BOX: Final = (
    "pop fixed z-50 left-1/2 top-1/2 -translate-x-1/2 -translate-y-1/2 w-[min(28rem,calc(100vw-2rem))] "
    "max-h-[calc(100dvh-2rem)] overflow-y-auto overscroll-contain rounded-3xl bg-surface text-ink border border-line "
    "p-6 shadow-pop outline-none!"
)


def modal(*children: Child, is_open: Any, on_open_change: Any, return_focus_to: str) -> rx.Component:
    """The first thing that can be focused gets the focus: let it be the safe choice.

    ``return_focus_to`` is the id of what gets the focus afterwards (Radix loses it when a state opens the dialog).
    """
    return dialog.root(
        dialog.portal(
            dialog.overlay(class_name="fade fixed inset-0 z-40 bg-black/50"),
            dialog.content(*children, on_close_auto_focus=rx.set_focus(return_focus_to), class_name=_BOX),
        ),
        open=is_open,
        on_open_change=on_open_change,
    )


def modal_title(*children: Child, css: str = "") -> rx.Component:
    return dialog.title(
        *children, class_name=classes("text-xl font-semibold tracking-tight text-balance break-words", css)
    )


def modal_description(*children: Child, css: str = "") -> rx.Component:
    return dialog.description(*children, class_name=classes("text-ink-3 mt-1.5", css))


def modal_close(child: rx.Component) -> rx.Component:
    """Makes a button close the dialog."""
    return dialog.close(child, as_child=True)
