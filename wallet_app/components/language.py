"""The choice of a language: a plain form, whose answer loads the page anew in the language that was chosen."""

from typing import Final

import reflex as rx

from wallet_app.components.base import CHOSEN, NOT_CHOSEN, classes, icon, native_form
from wallet_app.paths import LANGUAGE
from wallet_app.words.books import NAMES, TAGS, Language
from wallet_app.words.writing import in_both, write

#: The name of the field.
LANGUAGE_CHOICE: Final = "language"

_CHOICE: Final = (
    "flex-1 inline-flex items-center justify-center gap-2 min-h-11 px-3 rounded-xl border text-sm font-medium "
    "cursor-pointer"
)


def language_choice() -> rx.Component:
    """All languages side by side, the page's own marked."""
    return native_form(
        *[_choice(language) for language in Language],
        action=LANGUAGE,
        css="flex flex-wrap gap-2",
    )


def _choice(language: Language) -> rx.Component:
    def where_chosen(chosen: str, other: str) -> rx.Var[str]:
        return in_both(*(chosen if each == language else other for each in Language))

    return rx.el.button(
        icon("check", 16, where_chosen("", "hidden")),
        NAMES[language],
        type="submit",
        name=LANGUAGE_CHOICE,
        value=language.value,
        lang=TAGS[language],
        custom_attrs={"aria-pressed": where_chosen("true", "false")},
        class_name=[_CHOICE, where_chosen(CHOSEN, NOT_CHOSEN)],
    )


def language_switch() -> rx.Component:
    """For the pages in front of the door: one small button that names the other language in its own letters."""
    english, hindi = Language
    return native_form(
        rx.el.button(
            in_both(NAMES[hindi], NAMES[english]),
            type="submit",
            name=LANGUAGE_CHOICE,
            value=in_both(hindi.value, english.value),
            lang=in_both(TAGS[hindi], TAGS[english]),
            class_name=classes(
                "min-h-11 px-3 rounded-xl text-sm font-medium text-ink-2 hover:bg-sunken cursor-pointer"
            ),
        ),
        action=LANGUAGE,
        aria_label=write("settings.language"),
    )
