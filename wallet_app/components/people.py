"""People to choose from: a list of radios, so that the arrow keys move in it, and the one who was chosen."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.base import avatar, button, classes, empty_state, field_error, icon, search_field, skeleton
from wallet_app.components.more import more_button
from wallet_app.state.people import SEARCH_FIELD, PeopleState
from wallet_app.words.writing import write
from wallet_core.search_text import MAX_TEXT_CHARACTERS

#: The name of the group of radios.
PAYEE_CHOICE: Final = "payee"

#: While somebody types a name or walks through the list with the arrows, only where they rest is asked for.
SEARCH_REST_MS: Final = 250
PICK_REST_MS: Final = 120

#: Below this width the list and the form are two steps, one after the other (``lg`` of the pages' classes).
_HAS_TWO_STEPS: Final = rx.Var("(!matchMedia('(min-width: 1024px)').matches)").to(bool)

#: Where choosing leads to the next step at once, the arrows only move the focus, and the space bar chooses: else nobody
#: but the next one in the list could be reached with them.
_WALK: Final[rx.Var[Any]] = rx.Var(
    "event=>{const by={ArrowDown:1,ArrowUp:-1}[event.key];"
    "if(!by||event.target.type!=='radio'||matchMedia('(min-width: 1024px)').matches)return;"
    "event.preventDefault();const all=[...event.currentTarget.querySelectorAll('[type=radio]')];"
    "all[(all.indexOf(event.target)+by+all.length)%all.length].focus()}"
)

_ROW: Final = "relative flex items-center gap-3 px-3 py-2.5 min-h-16 rounded-xl"

#: As many as fit beside the form.
_SKELETON_ROWS: Final = 7


def people_choice(
    legend: Any, *below_search: Any, chosen: Any, error: Any, list_round: Any, on_pick: Any
) -> rx.Component:
    """The whole list with its search, and below that other ways to a person.

    ``error`` is about the choice: here on a phone, where the form comes later.
    """
    people = _groups(chosen=chosen, list_round=list_round, on_pick=on_pick)
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="text-base font-semibold px-5 pt-4 pb-3"),
        _search(),
        *below_search,
        rx.el.div(
            field_error(PeopleState.error, id="people-error"),
            rx.el.div(
                rx.cond(
                    error != "",
                    rx.el.p(
                        icon("circle-alert", 16, "shrink-0 mt-0.5"),
                        error,
                        class_name="flex gap-1.5 mt-2 text-sm text-bad",
                    ),
                ),
                class_name="lg:hidden",
            ),
            class_name="px-5",
        ),
        rx.cond(
            PeopleState.is_loaded,
            rx.cond(PeopleState.groups.length() > 0, people, nobody(PeopleState.query)),
            people_skeleton(),
        ),
        rx.el.p(PeopleState.summary, role="status", class_name="sr-only"),
        custom_attrs={"onKeyDown": _WALK},
        # Else a group of fields is as wide as its longest name.
        class_name="min-w-0",
    )


def _search() -> rx.Component:
    return rx.el.div(
        search_field(
            write("people.search"),
            id=SEARCH_FIELD,
            placeholder=write("people.search_hint"),
            max_length=MAX_TEXT_CHARACTERS,
            on_change=PeopleState.search.debounce(SEARCH_REST_MS),
        ),
        class_name="mx-5",
    )


def _groups(*, chosen: Any, list_round: Any, on_pick: Any) -> rx.Component:
    """Those who were found, and the way to more of them."""

    def row(person: Any) -> rx.Component:
        return person_row(person, chosen=chosen, on_pick=on_pick)

    def group(group: Any) -> rx.Component:
        return rx.fragment(
            rx.cond(
                group.heading != "",
                rx.el.h2(group.heading, class_name="px-5 pt-2 text-sm font-medium text-ink-3"),
            ),
            rx.el.ul(rx.foreach(group.people, row), class_name="px-2 pb-2"),
            key=group.heading,
        )

    return rx.el.div(
        rx.el.div(rx.foreach(PeopleState.groups, group), key=list_round),
        rx.cond(
            PeopleState.has_more,
            rx.el.div(
                more_button(PeopleState.show_more, css="w-full"),
                class_name="px-5 pb-5",
            ),
        ),
        rx.cond(
            PeopleState.is_full,
            rx.el.p(write("people.search_for_more"), class_name="text-sm text-ink-3 text-center px-5 pb-5"),
        ),
    )


def person_row(person: Any, *, chosen: Any, on_pick: Any) -> rx.Component:
    """``chosen`` is the ``ChosenPerson``: only there the phone is whole."""
    is_chosen = chosen.id == person.id
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="radio",
                name=PAYEE_CHOICE,
                value=person.id,
                default_checked=is_chosen,
                on_change=on_pick(person.id, _HAS_TWO_STEPS).debounce(PICK_REST_MS),
                # Over the avatar, unseen; the label makes the whole row choose.
                class_name="absolute left-3 top-1/2 -translate-y-1/2 size-10 opacity-0 cursor-pointer",
            ),
            avatar(person.initials, person.tone),
            rx.el.span(
                rx.el.span(person.name, class_name="font-medium break-words line-clamp-2"),
                rx.el.span(
                    rx.cond(is_chosen, chosen.phone, person.phone),
                    class_name="block text-sm text-ink-3 num truncate",
                ),
                rx.el.span(person.last, class_name="sm:hidden block text-xs text-ink-3 truncate"),
                class_name="min-w-0 flex-1",
            ),
            rx.el.span(
                icon("check", 18),
                class_name=(
                    "hidden group-has-[:checked]:grid place-items-center size-7 shrink-0 rounded-full bg-brand "
                    "text-on-brand"
                ),
            ),
            rx.el.span(
                person.last,
                class_name=(
                    "max-sm:hidden group-has-[:checked]:hidden text-xs text-ink-3 text-right text-balance max-w-44"
                ),
            ),
            class_name=classes(
                "group cursor-pointer hover:bg-sunken has-[:checked]:bg-brand-soft",
                "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-ring",
                _ROW,
            ),
        ),
        key=person.id,
    )


def people_skeleton() -> rx.Component:
    def row(place: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(class_name="skeleton size-10 rounded-full bg-sunken shrink-0"),
            rx.el.div(skeleton("h-4 w-32"), skeleton("h-3.5 w-28 mt-2"), class_name="flex-1"),
            key=place,
            class_name=_ROW,
        )

    # Repeated by the browser, for the script of a page is weighed.
    return rx.el.ul(rx.foreach(list(range(_SKELETON_ROWS)), row), class_name="px-2 pb-2", aria_hidden="true")


def nobody(query: Any) -> rx.Component:
    """Why the list is empty, and what to do."""
    return rx.cond(
        query != "",
        empty_state(
            "search-x",
            rx.el.span(write("people.no_match", query=query), class_name="break-words"),
            write("people.no_match_hint"),
        ),
        empty_state("users", write("people.nobody"), write("people.nobody_hint")),
    )


def chosen_panel(chosen: Any, *, heading: Any, error: Any, on_change: Any) -> rx.Component:
    """Whom the form is about ("Paying Bob Verma"), with the whole phone, or that somebody is still to be chosen."""
    person = rx.el.div(
        avatar(chosen.initials, chosen.tone, "size-10 text-sm max-[359px]:hidden"),
        rx.el.div(
            rx.el.p(heading, class_name="font-semibold break-words"),
            rx.el.p(chosen.phone, class_name="num text-sm text-ink-3 whitespace-nowrap"),
            rx.el.p(chosen.last, class_name="text-xs text-ink-3 text-balance mt-0.5"),
            class_name="min-w-0 flex-1",
        ),
        button(
            write("people.change"),
            rx.el.span(" ", write("people.change_whom"), class_name="sr-only"),
            kind="quiet",
            on_click=on_change(_HAS_TWO_STEPS),
        ),
        class_name="flex items-center gap-3 min-h-15",
    )
    empty = rx.el.div(
        rx.el.span(
            icon("user-round", 20),
            class_name="grid place-items-center size-10 shrink-0 rounded-full bg-sunken text-ink-3",
        ),
        rx.el.p(write("people.choose_from_list"), class_name="text-ink-3"),
        class_name="flex items-center gap-3 min-h-15",
    )
    return rx.el.div(
        rx.cond(chosen.id != "", person, empty),
        rx.el.div(field_error(error, id="payee-error"), class_name="max-lg:hidden"),
        class_name="pb-4 mb-4 border-b border-line",
    )
