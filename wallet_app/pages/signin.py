"""Sign-in. One answer for an unknown phone and a wrong password; a typo never makes an account."""

import reflex as rx

from wallet_app.components.entrance import entrance, entrance_form, other_door, phone_field, submit
from wallet_app.components.password import password_field
from wallet_app.paths import SIGN_UP
from wallet_app.words.writing import write


def signin_page() -> rx.Component:
    return entrance(
        write("title.signin"),
        write("entrance.welcome"),
        entrance_form(
            phone_field(),
            password_field(write("entrance.password"), id="password", name="password", autocomplete="current-password"),
            submit(write("entrance.sign_in")),
            action="/auth/signin",
        ),
        rx.el.p(
            write("entrance.new_here"),
            " ",
            other_door(write("entrance.create"), SIGN_UP),
            class_name="text-ink-3 text-center mt-4",
        ),
        place="lg:mt-[max(0px,50svh-19.5rem)]",
    )
