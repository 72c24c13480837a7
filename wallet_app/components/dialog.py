"""A dialog: the page behind it is out of reach, Escape closes it, the focus goes in and comes back.

The one file that imports Radix's dialog. It is a primitive: it brings behaviour and no styles. Its code comes after
the page, in a file of its own, for nobody needs it before a form is filled.
"""

from typing import Any, Final

import reflex as rx
from reflex_base.components.component import NoSSRComponent
from reflex_components_radix.primitives.dialog import DialogContent as Content
from reflex_components_radix.primitives.dialog import DialogDescription as Description
from reflex_components_radix.primitives.dialog import DialogOverlay as Overlay
from reflex_components_radix.primitives.dialog import DialogPortal as Portal
from reflex_components_radix.primitives.dialog import DialogRoot as Root
from reflex_components_radix.primitives.dialog import DialogTitle as Title

from wallet_app.components.base import Child, classes

_BOX: Final = (
    "pop fixed z-50 left-1/2 top-1/2 -translate-x-1/2 -translate-y-1/2 w-[min(28rem,calc(100vw-2rem))] "
    "max-h-[calc(100dvh-2rem)] overflow-y-auto overscroll-contain rounded-3xl bg-surface text-ink border border-line "
    "p-6 shadow-pop outline-none!"
)


# The parts keep Radix's names, by which they recognise one another.
class DialogRoot(NoSSRComponent, Root):
    pass


class DialogPortal(NoSSRComponent, Portal):
    pass


class DialogOverlay(NoSSRComponent, Overlay):
    pass


class DialogContent(NoSSRComponent, Content):
    pass


class DialogTitle(NoSSRComponent, Title):
    pass


class DialogDescription(NoSSRComponent, Description):
    pass


def modal(*children: Child, is_open: Any, on_open_change: Any, return_focus_to: str) -> rx.Component:
    """The first thing that can be focused gets the focus: let it be the safe choice.

    ``return_focus_to`` is the id of what gets the focus afterwards (Radix loses it when a state opens the dialog);
    nothing, where the dialog closes because another page opens.
    """
    return_focus = rx.call_script(f"document.getElementById({return_focus_to!r})?.focus()")
    return DialogRoot.create(
        DialogPortal.create(
            DialogOverlay.create(class_name="fade fixed inset-0 z-40 bg-black/50"),
            DialogContent.create(*children, on_close_auto_focus=return_focus, class_name=_BOX),
        ),
        open=is_open,
        on_open_change=on_open_change,
    )


def modal_title(*children: Child, css: str = "") -> rx.Component:
    return DialogTitle.create(
        *children, class_name=classes("text-xl font-semibold tracking-tight text-balance break-words", css)
    )


def modal_description(*children: Child, css: str = "") -> rx.Component:
    return DialogDescription.create(*children, class_name=classes("text-ink-3 mt-1.5", css))
