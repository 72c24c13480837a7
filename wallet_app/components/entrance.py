"""The frame of the two pages in front of the door: a panel with one sentence, and a card with the form."""

import json
from typing import Any, Final

import reflex as rx

from wallet_app.components.base import FIELD, classes, field_error, icon, native_form, text_link
from wallet_app.components.language import language_switch
from wallet_app.components.shell import theme_toggle
from wallet_app.paths import NEXT
from wallet_app.sentences import sentence_for
from wallet_app.state.sign_in import SignInState
from wallet_app.words.books import Language
from wallet_app.words.writing import in_both, write
from wallet_core import errors
from wallet_core.passwords import MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARACTERS
from wallet_core.phones import MAX_PHONE_CHARACTERS
from wallet_core.services.people import MAX_NAME_CHARACTERS, SIGN_IN_OF_PHONE

#: What the server may answer to these forms. Without JavaScript the address names one (#error-<code>), and CSS
#: shows it; with JavaScript the state does.
_CODES_WITHOUT_SCRIPT: Final = (
    errors.WrongCredentials.code,
    errors.TooManyAttempts.code,
    errors.PersonBlocked.code,
    errors.InvalidPhone.code,
    errors.InvalidName.code,
    errors.InvisibleName.code,
    errors.PasswordTooShort.code,
    errors.PasswordTooLong.code,
    errors.PhoneTaken.code,
    errors.DatabaseUnavailable.code,
)
_DETAILS_WITHOUT_SCRIPT: Final = {
    "min_characters": MIN_PASSWORD_CHARACTERS,
    "max_bytes": MAX_PASSWORD_BYTES,
    "max_characters": MAX_NAME_CHARACTERS,
    "retry_after_s": SIGN_IN_OF_PHONE.refill_every_s,
}


def entrance(title: Any, subtitle: Any, form: rx.Component, *below: Any, place: str) -> rx.Component:
    """``place``: the classes that bring the card to the middle of a desk; how high it is, only its page knows."""
    panel = rx.el.header(
        _mark("bg-white text-[#0b1f4d]", "text-on-hero"),
        rx.el.p(
            write("entrance.sentence"),
            class_name="text-on-hero text-4xl xl:text-5xl font-semibold tracking-tight leading-tight max-w-md",
        ),
        _demo("text-on-hero-2"),
        class_name="hidden lg:flex flex-col justify-between p-12 bg-gradient-to-br from-hero to-hero-2",
    )
    column = rx.el.main(
        rx.el.div(
            rx.el.div(_mark("bg-brand text-on-brand", "text-ink"), class_name="lg:invisible"),
            rx.el.div(language_switch(), theme_toggle(), class_name="flex items-center gap-1"),
            class_name="flex items-center justify-between h-14 lg:h-20",
        ),
        rx.el.div(
            rx.el.h1(title, class_name="text-[28px] font-semibold tracking-tight"),
            rx.el.p(subtitle, class_name="text-ink-3 mt-1 mb-6"),
            form,
            *below,
            # By a distance from the top, and not centred: a browser that is slow draws half of the form first, and the
            # other half, or a refusal, would move it.
            class_name=classes(
                "w-full max-w-sm lg:max-w-md mx-auto mt-[14svh] mb-auto pb-8 lg:p-8 lg:rounded-2xl lg:bg-surface "
                "lg:border border-line lg:shadow-card",
                place,
            ),
        ),
        _demo("lg:hidden text-ink-3 text-center pb-6"),
        id="main",
        class_name="flex flex-col px-4 sm:px-8 min-h-dvh",
    )
    return rx.el.div(panel, column, class_name="grid lg:grid-cols-2 min-h-dvh bg-canvas")


def _demo(css: str) -> rx.Component:
    """Nobody takes play money for money, on a phone either. Decided as the page is opened: one build serves both."""
    words = rx.cond(SignInState.is_demo, write("entrance.demo"), "")
    return rx.el.p(words, class_name=classes("text-sm min-h-5", css))


def _mark(square: str, words: str) -> rx.Component:
    return rx.el.div(
        rx.el.span("₹", class_name=f"grid place-items-center size-8 rounded-lg font-bold {square}", aria_hidden="true"),
        rx.el.span(write("brand.name"), class_name=f"font-semibold text-lg tracking-tight {words}"),
        class_name="flex items-center gap-2.5",
    )


def entrance_form(*fields: Any, action: str) -> rx.Component:
    return native_form(
        *[
            rx.el.p(
                in_both(*(sentence_for(code, _DETAILS_WITHOUT_SCRIPT, language=each) for each in Language)),
                id=f"error-{code}",
                class_name="error-target rounded-xl bg-bad-soft text-bad text-sm px-4 py-3 mb-4",
            )
            for code in _CODES_WITHOUT_SCRIPT
        ],
        rx.el.div(
            rx.cond(
                (SignInState.error != "") & (SignInState.error_field == ""),
                rx.el.p(
                    icon("circle-alert", 18, "shrink-0 mt-px"),
                    SignInState.error,
                    class_name="flex gap-2 rounded-xl bg-bad-soft text-bad text-sm px-4 py-3 mb-4",
                ),
            ),
            role="alert",
        ),
        rx.el.input(type="hidden", name=NEXT, value=SignInState.next_path, read_only=True),
        *fields,
        action=action,
        css="space-y-4",
    )


def other_door(words: Any, path: str) -> rx.Component:
    """From sign-in to sign-up and back, with where somebody wanted to go: the whole query goes along, and is judged
    where it is used, like everything in an address.
    """
    to = rx.Var(f"({json.dumps(path)}+(typeof location==='undefined'?'':location.search))").to(str)
    return text_link(words, to=to, css="inline-flex items-center min-h-11")


def error_of(field: str, *, id: str) -> rx.Component:
    """The refusal that is about this field, beside it."""
    return field_error(rx.cond(SignInState.error_field == field, SignInState.error, ""), id=id)


def phone_field() -> rx.Component:
    return rx.el.div(
        rx.el.label(write("entrance.phone"), html_for="phone", class_name="block text-sm font-medium mb-1.5"),
        rx.el.div(
            rx.el.span(
                "+91",
                class_name="absolute left-3.5 top-1/2 -translate-y-1/2 text-ink-3 num pointer-events-none",
                aria_hidden="true",
            ),
            rx.el.input(
                id="phone",
                name="phone",
                type="tel",
                input_mode="tel",
                auto_complete="tel",
                required=True,
                max_length=MAX_PHONE_CHARACTERS,
                placeholder="98765 43210",
                aria_invalid=SignInState.error_field == "phone",
                aria_describedby="phone-error",
                class_name=classes(FIELD, "pl-13 num"),
            ),
            class_name="relative",
        ),
        error_of("phone", id="phone-error"),
    )


def submit(label: Any) -> rx.Component:
    return rx.el.button(
        label,
        type="submit",
        class_name=(
            "w-full min-h-12 rounded-xl bg-brand text-on-brand font-semibold text-base hover:brightness-110 "
            "transition-colors cursor-pointer"
        ),
    )
