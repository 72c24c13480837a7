"""A dialog: the page behind it is out of reach, Escape closes it, the focus goes in and comes back.

The one file that imports Radix's dialog. It is a primitive: it brings behaviour and no styles. Its code comes after
the page, in a file of its own, for nobody needs it before a form is filled.
"""

from typing import Any, Final

import reflex as rx
from reflex.event import EventSpec
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

#: For the list of facts that a dialog asks about.
FACTS: Final = "mt-4 divide-y divide-line border-y border-line text-[15px]"

#: For what gets the focus when its dialog opens, where that is not the first that can have it. (Not ``auto_focus``:
#: that comes before anybody has asked where the focus was.)
FIRST_IN_DIALOG: Final = {"data-first": ""}

#: Remembers where the focus was, which Radix does not where a state opens the dialog.
_ENTER: Final[rx.Var[Any]] = rx.Var(
    "event=>{window.__opener=document.activeElement;const first=event.target.querySelector('[data-first]');"
    "if(first){event.preventDefault();first.focus()}}"
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
    """The first thing that can be focused gets the focus (or ``FIRST_IN_DIALOG``): let it be the safe choice.

    Afterwards the focus returns to where it was; where that is gone, to the element with the id ``return_focus_to``.
    """
    return DialogRoot.create(
        DialogPortal.create(
            DialogOverlay.create(class_name="fade fixed inset-0 z-40 bg-black/50"),
            DialogContent.create(
                *children,
                custom_attrs={"onOpenAutoFocus": _ENTER, "onCloseAutoFocus": _return_to(return_focus_to)},
                class_name=_BOX,
            ),
        ),
        open=is_open,
        on_open_change=on_open_change,
    )


def _return_to(element_id: str) -> rx.Var[Any]:
    """At once and in the browser: an event of Reflex waits behind others, and the focus would be nowhere meanwhile."""
    return rx.Var(
        "event=>{event.preventDefault();const d=document;"
        f"[window.__opener,d.getElementById({element_id!r}),d.getElementById('main')]"
        ".find(e=>e?.isConnected&&e!==d.body&&e.checkVisibility())?.focus()}"
    )


def focus_when_done(button_id: str) -> EventSpec:
    """For the success that takes the place of a question: the button that had the focus is gone, and without this the
    focus would fall out of the dialog. What opened it has done its work, so nothing returns there.
    """
    return rx.call_script(f"document.getElementById({button_id!r})?.focus();window.__opener=null")


def modal_title(*children: Child, css: str = "") -> rx.Component:
    return DialogTitle.create(
        *children, class_name=classes("text-xl font-semibold tracking-tight text-balance break-words", css)
    )


def modal_description(*children: Child, css: str = "") -> rx.Component:
    return DialogDescription.create(*children, class_name=classes("text-ink-3 mt-1.5", css))
