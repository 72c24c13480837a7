"""The banner for a lost connection: it says what that means for the money, and goes by itself.

It takes its own height above the page, and stays in sight; assets/app.css lets what stays at the top make way for it.
It comes at once where the browser says that it is offline: then the socket closes (engine.io), except to this machine
itself, which needs no network. A network that falls silent unsaid is noticed by the pings (rxconfig.py).
"""

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
                "offline no-print sticky top-0 z-50 flex items-center justify-center gap-2 px-4 py-2.5 text-sm "
                "font-medium bg-warn-soft text-warn border-b border-line"
            ),
        ),
    )
