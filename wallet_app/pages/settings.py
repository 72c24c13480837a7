"""Settings: name, password, open sessions, theme, language."""

from typing import Any, Literal

import reflex as rx
from reflex.style import color_mode, set_color_mode

from wallet_app.components.base import (
    FIELD,
    button,
    card,
    classes,
    field_error,
    icon,
    native_form,
    section_head,
    skeleton,
)
from wallet_app.components.language import language_choice
from wallet_app.components.password import password_field, rules_hint
from wallet_app.components.shell import shell
from wallet_app.paths import SETTINGS
from wallet_app.state.session import SessionState
from wallet_app.state.settings import NAME_FIELD, OPEN_SESSIONS, SessionItem, SettingsState
from wallet_app.words.writing import write
from wallet_core.services.people import MAX_NAME_CHARACTERS


def _name_card() -> rx.Component:
    return card(
        section_head(write("settings.name")),
        rx.el.form(
            rx.el.label(
                write("settings.name_label"), html_for=NAME_FIELD, class_name="block text-sm font-medium mb-1.5"
            ),
            rx.el.input(
                id=NAME_FIELD,
                name=NAME_FIELD,
                auto_complete="name",
                required=True,
                max_length=MAX_NAME_CHARACTERS,
                aria_invalid=SettingsState.name_error != "",
                aria_describedby="name-error",
                class_name=FIELD,
            ),
            field_error(SettingsState.name_error, id="name-error"),
            rx.el.p(
                write("common.phone"),
                " ",
                rx.el.span(SessionState.phone, class_name="num"),
                class_name="text-sm text-ink-3 mt-3",
            ),
            button(write("settings.save_name"), type="submit", kind="quiet", css="mt-4"),
            on_submit=SettingsState.save_name,
            class_name="px-5 pb-5",
        ),
    )


def _password_card() -> rx.Component:
    return card(
        section_head(write("settings.password")),
        native_form(
            # Password managers file the new password under this name.
            rx.el.input(
                type="text",
                name="username",
                auto_complete="username",
                value=SessionState.phone,
                read_only=True,
                hidden=True,
            ),
            password_field(
                write("settings.current_password"),
                id="current-password",
                name="current_password",
                autocomplete="current-password",
            ),
            password_field(
                write("settings.new_password"),
                id="new-password",
                name="new_password",
                autocomplete="new-password",
                aria_describedby="password-rules",
            ),
            rules_hint(write("settings.password_rules"), id="password-rules"),
            field_error(SettingsState.password_error, id="password-error"),
            button(write("settings.change_password"), type="submit", kind="quiet"),
            action="/auth/password",
            css="px-5 pb-5 space-y-4",
        ),
    )


def _session_row(session: SessionItem) -> rx.Component:
    below = "max-sm:ml-8"  # On a phone the words have the whole line, and what is beside them stands below.
    return rx.el.li(
        icon("monitor-smartphone", 20, "text-ink-3 shrink-0"),
        rx.el.div(
            rx.el.p(session.device, class_name="font-medium"),
            rx.el.p(session.detail, class_name="text-sm text-ink-3 break-words"),
            class_name="min-w-0 flex-1 basis-52",
        ),
        rx.cond(
            session.is_current,
            rx.el.span(
                write("settings.this_browser"),
                class_name=classes(
                    "rounded-full px-2.5 py-1 text-xs font-medium bg-brand-soft text-brand-ink shrink-0", below
                ),
            ),
            button(
                write("settings.end"),
                rx.el.span(" ", write("settings.end_which", device=session.device), class_name="sr-only"),
                kind="quiet",
                css=below,
                on_click=SettingsState.sign_out_of(session.id),
            ),
        ),
        class_name="flex max-sm:flex-wrap items-center gap-3 py-3 border-t border-line first:border-t-0",
    )


def _sessions_card() -> rx.Component:
    return card(
        section_head(write("settings.sessions")),
        rx.el.div(
            rx.cond(
                SettingsState.is_loaded,
                rx.el.ul(
                    rx.foreach(SettingsState.sessions, _session_row),
                    id=OPEN_SESSIONS,
                    tab_index=-1,
                    class_name="outline-none!",
                ),
                rx.el.div(skeleton("h-5 w-40"), skeleton("h-4 w-64 max-w-full mt-2"), class_name="py-3"),
            ),
            native_form(
                button(write("settings.sign_out_everywhere"), type="submit", kind="danger", css="w-full sm:w-auto"),
                action="/auth/signout-everywhere",
                css="mt-3",
            ),
            native_form(
                button(
                    icon("log-out", 18), write("frame.sign_out"), type="submit", kind="quiet", css="w-full sm:w-auto"
                ),
                action="/auth/signout",
                css="mt-3 lg:hidden",
            ),
            class_name="px-5 pb-5",
        ),
    )


def _theme_choice(value: Literal["system", "light", "dark"], label: Any, icon_name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="theme",
            value=value,
            checked=color_mode == value,
            on_change=set_color_mode(value),
            class_name="sr-only peer",
        ),
        icon(icon_name, 18),
        label,
        class_name=(
            "flex-1 flex max-[359px]:flex-col items-center justify-center gap-2 max-[359px]:gap-1 min-h-11 "
            "max-[359px]:py-2 px-3 rounded-xl border border-line-strong text-sm font-medium cursor-pointer "
            "has-[:checked]:border-brand has-[:checked]:bg-brand-soft has-[:checked]:text-brand-ink "
            "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-ring"
        ),
    )


def _theme_card() -> rx.Component:
    return card(
        rx.el.fieldset(
            rx.el.legend(write("settings.appearance"), class_name="text-base font-semibold px-5 pt-4 pb-2"),
            rx.el.div(
                _theme_choice("system", write("settings.system"), "monitor"),
                _theme_choice("light", write("settings.light"), "sun"),
                _theme_choice("dark", write("settings.dark"), "moon"),
                class_name="flex flex-wrap gap-2 px-5 pb-5",
            ),
        )
    )


def _language_card() -> rx.Component:
    return card(
        section_head(write("settings.language")),
        rx.el.div(
            language_choice(),
            rx.el.p(write("settings.language_hint"), class_name="text-sm text-ink-3 mt-3"),
            class_name="px-5 pb-5",
        ),
    )


def settings_page() -> rx.Component:
    return shell(
        SETTINGS,
        write("title.settings"),
        write("settings.subtitle"),
        rx.el.p(SettingsState.notice, role="status", class_name="text-sm text-good font-medium empty:hidden mb-4"),
        rx.el.div(
            rx.el.div(_name_card(), _theme_card(), _language_card(), class_name="space-y-5 min-w-0"),
            rx.el.div(_password_card(), _sessions_card(), class_name="space-y-5 min-w-0"),
            class_name="grid lg:grid-cols-2 gap-5 max-w-6xl",
        ),
    )
