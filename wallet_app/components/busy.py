"""A button that commands something: off at the first click, in the browser, before any answer of the server.

This is for the person's eyes. That a command happens once is the work of its key and the database.
"""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from reflex_components_core.core.banner import has_connection_errors

from wallet_app.components.base import Child, button, classes, icon
from wallet_app.words.writing import write


def busy_at_once(button_id: str) -> EventSpec:
    """The event to put first: it shows the busy words and switches the button off, if the button is ready to work."""
    return rx.call_script(
        f"(()=>{{const b=document.getElementById({button_id!r});"
        "if(b&&b.getAttribute('aria-disabled')!=='true'){b.dataset.busy='true';b.disabled=true}})()"
    )


def is_busy_now(button_id: str) -> rx.Var[bool]:
    """Whether the button shows its busy words at the moment of an event, as an argument for its handler: an event that
    waits behind a slow command comes to the server when the command is over.
    """
    return rx.Var(f"(document.getElementById({button_id!r})?.dataset.busy==='true')").to(bool)


def busy_button(label: Child, busy_label: Child, *, id: str, is_busy: Any, css: str = "", **props: Any) -> rx.Component:
    """Shows ``label``, or ``busy_label`` while busy. Off while busy, and while the connection is lost."""
    return button(
        rx.el.span(label, class_name="group-data-[busy=true]:hidden min-w-0 break-words"),
        rx.el.span(
            icon("loader-circle", 18, "spin shrink-0"),
            busy_label,
            class_name="hidden group-data-[busy=true]:inline-flex items-center gap-2 min-w-0",
        ),
        id=id,
        disabled=is_busy | has_connection_errors,
        custom_attrs={"data-busy": rx.cond(is_busy, "true", "false"), **props.pop("custom_attrs", {})},
        css=classes("group num", css),
        **props,
    )


def paused_hint() -> rx.Component:
    """Why a button does nothing while the connection is lost."""
    return rx.cond(
        has_connection_errors,
        rx.el.p(write("frame.paused"), class_name="mt-3 text-sm text-warn text-center", role="status"),
    )
