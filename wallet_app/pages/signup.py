"""Sign-up: a page of its own that asks for the name, so that it is never mistaken for sign-in."""

import reflex as rx

from wallet_app.components.base import FIELD
from wallet_app.components.entrance import entrance, entrance_form, error_of, other_door, phone_field, submit
from wallet_app.components.password import password_field, rules_hint
from wallet_app.paths import SIGN_IN
from wallet_app.state.sign_in import SignInState
from wallet_app.words.writing import write
from wallet_core.services.people import MAX_NAME_CHARACTERS


def _name_field() -> rx.Component:
    return rx.el.div(
        rx.el.label(write("entrance.your_name"), html_for="name", class_name="block text-sm font-medium mb-1.5"),
        rx.el.input(
            id="name",
            name="name",
            type="text",
            auto_complete="name",
            required=True,
            max_length=MAX_NAME_CHARACTERS,
            placeholder=write("entrance.name_example"),
            aria_invalid=SignInState.error_field == "name",
            aria_describedby="name-error",
            class_name=FIELD,
        ),
        error_of("name", id="name-error"),
    )


def signup_page() -> rx.Component:
    return entrance(
        write("title.signup"),
        write("entrance.name_seen"),
        entrance_form(
            _name_field(),
            phone_field(),
            rx.el.div(
                password_field(
                    write("entrance.password"),
                    id="password",
                    name="password",
                    autocomplete="new-password",
                    aria_invalid=SignInState.error_field == "password",
                    aria_describedby="password-rules password-error",
                ),
                rules_hint(write("entrance.password_rules"), id="password-rules"),
                error_of("password", id="password-error"),
            ),
            submit(write("entrance.sign_up")),
            action="/auth/signup",
        ),
        rx.el.p(
            write("entrance.wallet_already"),
            " ",
            other_door(write("entrance.sign_in"), SIGN_IN),
            class_name="text-ink-3 text-center mt-4",
        ),
        place="lg:mt-[max(0px,50svh-24rem)]",
    )
