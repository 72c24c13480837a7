"""Where an address leads nowhere: said plainly, with the one way on."""

import reflex as rx

from wallet_app.components.base import NativeLink, empty_state
from wallet_app.components.language import language_switch
from wallet_app.components.shell import brand, theme_toggle
from wallet_app.paths import HOME
from wallet_app.words.writing import write


def not_found_page() -> rx.Component:
    """Seen by everybody: nothing of a person stands here, and the link leads to the sign-in where nobody is."""
    home = NativeLink.create(
        write("not_found.home"),
        href=HOME,
        class_name=(
            "inline-flex items-center justify-center rounded-xl font-semibold min-h-11 px-5 text-[15px] bg-brand "
            "text-on-brand hover:brightness-110"
        ),
    )
    return rx.el.div(
        rx.el.header(
            brand(),
            rx.el.div(language_switch(), theme_toggle(), class_name="flex items-center gap-1"),
            class_name="flex items-center justify-between px-4 sm:px-8 h-14 lg:h-20",
        ),
        rx.el.main(
            empty_state("compass", write("not_found.title"), write("not_found.hint"), home, is_whole_page=True),
            id="main",
            class_name="flex-1 grid place-items-center pb-20",
        ),
        class_name="flex flex-col min-h-dvh bg-canvas",
    )
