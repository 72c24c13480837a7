"""/operator, in English: what is wrong, what is frozen, corrections with four eyes, and the book of all that was done.

To everybody else it looks as any address does where there is nothing: that is what is drawn first, and what stays.
"""

from typing import Any, Final

import reflex as rx

from wallet_app.components.base import (
    FIELD,
    NativeLink,
    button,
    card,
    classes,
    description,
    field_error,
    icon,
    native_form,
    section_head,
)
from wallet_app.components.dialog import modal, modal_description, modal_title
from wallet_app.components.shell import brand, theme_toggle
from wallet_app.operators.lines import PASSWORD_HOLDS, PROPOSALS_HINT
from wallet_app.operators.state import OPEN, PASSWORD, REASON_FIELD, WORDS_FIELD, OperatorState
from wallet_app.pages.not_found import not_found_page
from wallet_app.paths import HOME, OPERATOR_ENTRANCE
from wallet_core.services.operators import MAX_REASON_CHARACTERS

_BADGE: Final = "inline-flex items-center rounded-full px-2 py-0.5 text-xs font-medium"
_ROWS: Final = "divide-y divide-line border-t border-line"
_ACT: Final = "shrink-0"


def _badge(words: Any, tone: Any) -> rx.Component:
    return rx.el.span(
        words,
        class_name=[
            _BADGE,
            rx.match(
                tone,
                ("good", "bg-good-soft text-good"),
                ("warn", "bg-warn-soft text-warn"),
                ("bad", "bg-bad-soft text-bad"),
                "bg-sunken text-ink-2",
            ),
        ],
    )


def _act(kind: Any, label: Any, line: Any) -> rx.Component:
    return button(
        label,
        rx.el.span(": ", line.title, class_name="sr-only"),
        kind="quiet",
        css=_ACT,
        on_click=OperatorState.begin(kind, line.key, line.title),
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(line.title, class_name="num font-medium wrap-anywhere"),
            rx.el.p(line.detail, class_name="num text-sm text-ink-3 wrap-anywhere"),
            rx.cond(line.badge != "", rx.el.p(_badge(line.badge, line.tone), class_name="mt-1")),
            class_name="min-w-0 flex-1 basis-60",
        ),
        rx.cond(line.figure != "", rx.el.p(line.figure, class_name="num font-semibold shrink-0")),
        rx.cond(line.act != "", _act(line.act, line.act_label, line)),
        rx.cond(line.other_act != "", _act(line.other_act, line.other_label, line)),
        key=line.key,
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3",
    )


def _list(title: str, lines: Any, nothing: str, *head: Any, hint: str = "") -> rx.Component:
    return card(
        section_head(title, *head),
        rx.el.p(hint, class_name="px-5 pb-3 text-sm text-ink-3") if hint else rx.fragment(),
        rx.cond(
            lines.length() > 0,
            rx.el.ul(rx.foreach(lines, _line), class_name=_ROWS, aria_label=title),
            rx.el.p(nothing, class_name="px-5 pb-5 text-ink-3"),
        ),
        css="min-w-0",
    )


def _fact(fact: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label, class_name="text-sm text-ink-3"),
        rx.el.dd(
            rx.el.span(
                fact.value,
                class_name=[
                    "num block text-xl font-semibold mt-1",
                    rx.match(fact.tone, ("bad", "text-bad"), ("warn", "text-warn"), "text-ink"),
                ],
            ),
            rx.el.span(fact.hint, class_name="num block text-sm text-ink-3 mt-0.5 wrap-anywhere"),
        ),
        class_name="rounded-2xl bg-surface border border-line shadow-card px-4 py-3.5 min-w-0",
    )


def _search() -> rx.Component:
    return card(
        section_head("Look up"),
        rx.el.form(
            rx.el.label("Phone or reference", html_for=WORDS_FIELD, class_name="block text-sm font-medium mb-1.5"),
            rx.el.div(
                rx.el.input(
                    id=WORDS_FIELD,
                    name=WORDS_FIELD,
                    type="search",
                    max_length=64,
                    auto_complete="off",
                    placeholder="98765 43210 or P-8K2F…",
                    aria_describedby="search-hint",
                    class_name=classes(FIELD, "num flex-1 min-w-0 basis-56"),
                ),
                button(icon("search", 18), "Look up", type="submit"),
                class_name="flex flex-wrap gap-2",
            ),
            rx.el.p(
                "Each look is written down with your name and address.",
                id="search-hint",
                class_name="mt-2 text-sm text-ink-3",
            ),
            rx.el.p(OperatorState.search_notice, role="status", class_name="mt-2 text-sm text-warn empty:hidden"),
            on_submit=OperatorState.find,
            role="search",
            class_name="px-5 pb-5",
        ),
        rx.cond(OperatorState.person.person_id != "", _person()),
        rx.cond(OperatorState.transfer.reference != "", _transfer()),
        css="min-w-0",
    )


def _person() -> rx.Component:
    person = OperatorState.person
    is_frozen = person.is_frozen
    return rx.el.div(
        rx.el.h3(person.name, class_name="px-5 pt-4 font-semibold wrap-anywhere"),
        rx.el.dl(
            description("Phone", person.phone),
            description("Status", _badge(person.status, person.tone)),
            description("Available", person.available),
            description("Locked", person.locked),
            description("Since", person.since),
            class_name="px-5 divide-y divide-line",
        ),
        rx.el.div(
            button(
                rx.cond(is_frozen, "Unfreeze", "Freeze"),
                kind="danger",
                on_click=OperatorState.begin(
                    rx.cond(is_frozen, "unfreeze-person", "freeze-person"), person.person_id, person.name
                ),
            ),
            class_name="px-5 py-4",
        ),
        rx.cond(
            OperatorState.movements.length() > 0,
            rx.el.ul(rx.foreach(OperatorState.movements, _movement), class_name=_ROWS, aria_label="Latest transfers"),
        ),
        class_name="border-t border-line",
    )


def _movement(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(line.title, class_name="font-medium wrap-anywhere"),
            rx.el.p(line.detail, class_name="num text-sm text-ink-3 wrap-anywhere"),
            class_name="min-w-0 flex-1 basis-52",
        ),
        rx.el.p(line.figure, class_name="num font-semibold shrink-0"),
        button(
            "Open",
            rx.el.span(" ", line.key, class_name="sr-only"),
            kind="ghost",
            css="shrink-0 px-3",
            on_click=OperatorState.find_this(line.key),
        ),
        key=line.key,
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2.5",
    )


def _transfer() -> rx.Component:
    transfer = OperatorState.transfer
    return rx.el.div(
        rx.el.h3(transfer.reference, class_name="num px-5 pt-4 font-semibold wrap-anywhere"),
        rx.el.dl(
            description("Amount", transfer.amount, "font-semibold"),
            description("Kind", transfer.kind),
            description("From", transfer.payer),
            description("To", transfer.payee),
            rx.cond(transfer.note != "", description("Note", transfer.note)),
            description("When", transfer.when),
            rx.cond(transfer.corrects != "", description("Corrects", transfer.corrects)),
            rx.cond(transfer.corrected_by != "", description("Corrected by", transfer.corrected_by)),
            class_name="px-5 divide-y divide-line",
        ),
        rx.cond(
            transfer.can_be_corrected,
            rx.el.div(
                button(
                    "Propose a correction",
                    kind="danger",
                    on_click=OperatorState.begin("propose", transfer.reference, transfer.reference),
                ),
                class_name="px-5 py-4",
            ),
            rx.el.div(class_name="pb-4"),
        ),
        class_name="border-t border-line",
    )


def _entries() -> rx.Component:
    return rx.el.div(
        _list(
            "Everything that was done",
            OperatorState.entries,
            "Nothing yet.",
            hint="Newest first. Nobody can change it.",
        ),
        rx.cond(
            OperatorState.has_more_entries,
            rx.el.div(
                button("Show more", kind="quiet", on_click=OperatorState.show_more_entries),
                class_name="text-center mt-4",
            ),
        ),
    )


def _dialog() -> rx.Component:
    act = OperatorState.act
    return modal(
        modal_title(act.title),
        modal_description(act.detail, css="wrap-anywhere"),
        rx.el.form(
            rx.cond(
                act.needs_reason,
                rx.el.div(
                    rx.el.label("Reason", html_for=REASON_FIELD, class_name="block text-sm font-medium mb-1.5"),
                    rx.el.input(
                        id=REASON_FIELD,
                        name=REASON_FIELD,
                        type="text",
                        max_length=MAX_REASON_CHARACTERS,
                        auto_complete="off",
                        aria_describedby="act-error",
                        class_name=FIELD,
                    ),
                    class_name="mt-5",
                ),
            ),
            field_error(OperatorState.act_error, id="act-error"),
            rx.el.div(
                button("Go back", kind="quiet", css="flex-1", on_click=OperatorState.turn(False)),
                button(act.button, type="submit", css="flex-1"),
                class_name="flex flex-wrap gap-3 mt-6",
            ),
            on_submit=OperatorState.carry_out,
        ),
        is_open=act.kind != "",
        on_open_change=OperatorState.turn,
        return_focus_to="main",
    )


def _header(*right: Any) -> rx.Component:
    return rx.el.header(
        rx.el.div(
            brand(),
            # On the narrowest phones the heading alone says it, or the badge would lie under "Leave".
            rx.el.span("Operator", class_name=f"{_BADGE} bg-bad-soft text-bad max-[359px]:hidden"),
            class_name="flex items-center gap-3 min-w-0",
        ),
        rx.el.div(*right, theme_toggle(), class_name="flex items-center gap-1"),
        class_name=(
            "sticky top-0 z-20 flex items-center justify-between gap-3 px-4 lg:px-8 h-14 lg:h-16 bg-canvas/90 "
            "backdrop-blur border-b border-line"
        ),
    )


def _open() -> rx.Component:
    leave = button(icon("lock", 18), "Leave", kind="ghost", css="px-3", on_click=OperatorState.leave)
    main = rx.el.main(
        rx.el.div(
            rx.el.h1("Operator", class_name="text-2xl lg:text-[28px] font-semibold tracking-tight"),
            rx.el.div(
                button("Reconcile now", kind="quiet", on_click=OperatorState.reconcile),
                button(icon("refresh-cw", 18), "Refresh", kind="quiet", on_click=OperatorState.load),
                class_name="flex flex-wrap gap-2",
            ),
            class_name="flex flex-wrap items-center justify-between gap-3",
        ),
        rx.el.dl(
            rx.foreach(OperatorState.facts, _fact),
            class_name="grid gap-3 grid-cols-1 min-[420px]:grid-cols-2 lg:grid-cols-3 xl:grid-cols-5",
        ),
        _list("Findings", OperatorState.drifts, "Every balance is the sum of its transfers, and the bank agrees."),
        rx.el.div(
            rx.el.div(
                _search(),
                _list("Frozen people", OperatorState.frozen, "Nobody is frozen."),
                class_name="space-y-5 min-w-0",
            ),
            rx.el.div(
                _list(
                    "Corrections",
                    OperatorState.proposals,
                    "None. Look a transfer up to propose one.",
                    hint=PROPOSALS_HINT,
                ),
                _list(
                    "Stuck and quarantined orders",
                    OperatorState.stuck,
                    "Every order has ended, or is younger than that.",
                ),
                _list("Books by bank", OperatorState.books, "The bank has not given a statement yet."),
                _list("Messages that disagreed", OperatorState.disputes, "None."),
                class_name="space-y-5 min-w-0",
            ),
            class_name="grid grid-cols-1 lg:grid-cols-2 gap-5 items-start",
        ),
        _entries(),
        _dialog(),
        id="main",
        tab_index=-1,
        class_name="px-4 lg:px-8 py-6 space-y-5 max-w-[1500px] mx-auto outline-none!",
    )
    return rx.el.div(_header(leave), main, lang="en-IN", class_name="min-h-dvh bg-canvas")


def _password() -> rx.Component:
    """Typed again, so that an open browser is not an open safe."""
    return rx.el.div(
        _header(),
        rx.el.main(
            rx.el.h1("Enter your password again", class_name="text-2xl font-semibold tracking-tight"),
            rx.el.p(PASSWORD_HOLDS, class_name="text-ink-3 mt-1 mb-6"),
            native_form(
                rx.el.label("Password", html_for="password", class_name="block text-sm font-medium mb-1.5"),
                rx.el.input(
                    id="password",
                    name="password",
                    type="password",
                    auto_complete="current-password",
                    required=True,
                    auto_focus=True,
                    aria_describedby="password-error",
                    class_name=FIELD,
                ),
                field_error(OperatorState.password_error, id="password-error"),
                button("Go on", type="submit", css="w-full mt-5"),
                action=OPERATOR_ENTRANCE,
            ),
            NativeLink.create(
                "Back to the wallet",
                href=HOME,
                class_name="inline-flex items-center min-h-11 mt-3 font-medium text-brand-ink hover:underline rounded",
            ),
            id="main",
            class_name="w-full max-w-sm mx-auto px-4 py-16",
        ),
        lang="en-IN",
        class_name="min-h-dvh bg-canvas",
    )


def operator_page() -> rx.Component:
    return rx.match(
        OperatorState.stage,
        (OPEN, _open()),
        (PASSWORD, _password()),
        # For an operator this is there for a moment, while the state is on its way: it waits before it is seen.
        rx.el.div(not_found_page(), class_name="late"),
    )
