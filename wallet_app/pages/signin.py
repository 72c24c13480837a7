"""Sign-in. One answer for an unknown phone and a wrong password; a typo never makes an account."""

import reflex as rx

from wallet_app.components.base import text_link
from wallet_app.components.entrance import entrance, entrance_form, phone_field, submit
from wallet_app.components.password import password_field
from wallet_app.paths import SIGN_UP
from wallet_app.state.sign_in import SignInState


def signin_page() -> rx.Component:
    return entrance(
        "Sign in",
        "Welcome back.",
        entrance_form(
            rx.el.input(type="hidden", name="next", value=SignInState.next_path, read_only=True),
            phone_field(),
            password_field("Password", id="password", name="password", autocomplete="current-password"),
            submit("Sign in"),
            action="/auth/signin",
        ),
        rx.el.p(
            "New here? ",
            text_link("Create an account", to=SIGN_UP, css="inline-flex items-center min-h-11"),
            class_name="text-ink-3 text-center mt-4",
        ),
    )
