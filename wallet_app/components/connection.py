"""The banner for a lost connection: it says what that means for the money, and goes by itself."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from wallet_app.components.base import icon
from wallet_app.words.writing import write


def connection_banner() -> rx.Component:
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            icon("wifi-off", 18, "shrink-0"),
            write("frame.offline"),
            role="status",
            class_name=(
                "fixed top-0 inset-x-0 z-50 flex items-center justify-center gap-2 px-4 py-2.5 text-sm font-medium "
                "bg-warn-soft text-warn border-b border-line"
            ),
        ),
    )
