"""Send money: a person, an amount, a look at both, and the receipt."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.amount import amount_chips, amount_field
from wallet_app.components.base import (
    FIELD,
    button,
    card,
    classes,
    description,
    field_error,
    icon,
    link_button,
)
from wallet_app.components.busy import busy_at_once, busy_button, is_busy_now, paused_hint
from wallet_app.components.dialog import modal, modal_description, modal_title
from wallet_app.components.people import chosen_panel, nobody, people_skeleton, person_row, search_field
from wallet_app.components.shell import shell
from wallet_app.paths import SEND
from wallet_app.state.balance import HIDDEN_AMOUNT, BalanceState
from wallet_app.state.p2ptransfer import NOTE_FIELD, P2PTransferState
from wallet_app.state.people import SEARCH_FIELD, PeopleState
from wallet_core.services.payments import MAX_NOTE_CHARACTERS

_REVIEW_BUTTON: Final = "review-payment"
_SEND_BUTTON: Final = "send-payment"
_DONE_BUTTON: Final = "payment-done"

_FACTS: Final = "mt-4 divide-y divide-line border-y border-line text-[15px]"


def _people() -> rx.Component:
    def row(person: Any) -> rx.Component:
        return person_row(person, chosen=P2PTransferState.payee, on_pick=P2PTransferState.pick)

    people = rx.el.div(
        rx.el.ul(rx.foreach(PeopleState.people, row), key=P2PTransferState.list_round, class_name="p-2 mt-1"),
        rx.cond(
            PeopleState.has_more,
            rx.el.div(
                button("Show more", kind="quiet", on_click=PeopleState.show_more, css="w-full"), class_name="px-5 pb-5"
            ),
        ),
        rx.cond(
            PeopleState.is_full,
            rx.el.p("Search to find more people.", class_name="text-sm text-ink-3 text-center px-5 pb-5"),
        ),
    )
    return rx.el.fieldset(
        rx.el.legend("Who are you paying?", class_name="text-base font-semibold px-5 pt-4 pb-3"),
        search_field(id=SEARCH_FIELD, on_search=PeopleState.search),
        rx.el.div(
            field_error(PeopleState.error, id="people-error"),
            rx.el.div(
                rx.cond(
                    P2PTransferState.payee_error != "",
                    rx.el.p(
                        icon("circle-alert", 16, "shrink-0 mt-0.5"),
                        P2PTransferState.payee_error,
                        class_name="flex gap-1.5 mt-2 text-sm text-bad",
                    ),
                ),
                class_name="lg:hidden",
            ),
            class_name="px-5",
        ),
        rx.cond(
            PeopleState.is_loaded,
            rx.cond(PeopleState.people.length() > 0, people, nobody(PeopleState.query)),
            people_skeleton(),
        ),
        rx.el.p(PeopleState.summary, role="status", class_name="sr-only"),
    )


def _balance() -> rx.Component:
    return rx.fragment(
        "Balance ",
        rx.el.span(
            rx.cond(BalanceState.is_hidden, HIDDEN_AMOUNT, BalanceState.available),
            custom_attrs={"data-testid": "available-balance"},
            class_name="num",
        ),
    )


def _note() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label("Note", html_for=NOTE_FIELD, class_name="text-sm font-medium"),
            rx.el.span("Optional", id="note-hint", class_name="text-sm text-ink-3"),
            class_name="flex items-baseline justify-between gap-3 mt-6 mb-1.5",
        ),
        rx.el.input(
            id=NOTE_FIELD,
            name=NOTE_FIELD,
            type="text",
            placeholder="Dinner, rent, cab…",
            max_length=MAX_NOTE_CHARACTERS,
            auto_complete="off",
            on_change=P2PTransferState.type_note.debounce(250),
            aria_invalid=P2PTransferState.note_error != "",
            aria_describedby="note-error note-hint",
            class_name=FIELD,
        ),
        field_error(P2PTransferState.note_error, id="note-error"),
    )


def _form() -> rx.Component:
    return rx.el.form(
        chosen_panel(
            P2PTransferState.payee, error=P2PTransferState.payee_error, on_change=P2PTransferState.change_person
        ),
        amount_field(error=P2PTransferState.amount_error, hint=_balance(), on_change=P2PTransferState.type_amount),
        amount_chips(chosen=P2PTransferState.amount, on_choose=P2PTransferState.type_amount),
        _note(),
        # Not switched off before it is ready, for then Enter would say nothing: it tells what is missing.
        busy_button(
            P2PTransferState.button_words,
            P2PTransferState.button_words,
            id=_REVIEW_BUTTON,
            is_busy=False,
            type="submit",
            custom_attrs={"aria-disabled": rx.cond(P2PTransferState.is_ready, "false", "true")},
            css="w-full mt-6 min-h-12",
        ),
        paused_hint(),
        field_error(P2PTransferState.form_error, id="form-error"),
        rx.el.p(
            icon("shield-check", 16, "shrink-0"),
            "You will confirm before anything is sent.",
            class_name="flex items-center justify-center gap-1.5 mt-3 text-sm text-ink-3",
        ),
        on_submit=P2PTransferState.review,
        no_validate=True,
        class_name="p-5",
    )


def _review() -> rx.Component:
    preview = P2PTransferState.preview
    return rx.fragment(
        modal_title("Send ", rx.el.span(preview.amount, class_name="num"), " to ", preview.payee, "?"),
        modal_description("Check the name and number. A sent payment cannot be undone."),
        rx.el.dl(
            description("To", preview.payee, "font-semibold"),
            description("Phone", preview.phone),
            description("Last payment", preview.last),
            rx.cond(preview.note != "", description("Note", preview.note)),
            description("From", "Wallet balance"),
            description("Fee", "Free"),
            description("Balance after", preview.balance_after, "font-semibold"),
            class_name=_FACTS,
        ),
        field_error(P2PTransferState.dialog_error, id="dialog-error"),
        paused_hint(),
        rx.el.div(
            button(
                "Go back",
                kind="quiet",
                css="flex-1",
                disabled=P2PTransferState.is_sending,
                on_click=P2PTransferState.turn(False, is_busy_now(_SEND_BUTTON)),
            ),
            busy_button(
                rx.fragment("Send ", preview.amount),
                "Sending…",
                id=_SEND_BUTTON,
                is_busy=P2PTransferState.is_sending,
                on_click=[busy_at_once(_SEND_BUTTON), P2PTransferState.send],
                css="flex-1 whitespace-nowrap",
            ),
            class_name="flex flex-wrap gap-3 mt-6",
        ),
    )


def _reference() -> rx.Component:
    return rx.el.span(
        rx.el.span(P2PTransferState.sent.reference, class_name="max-[359px]:text-xs break-all"),
        rx.el.button(
            rx.cond(P2PTransferState.is_copied, icon("check", 16), icon("copy", 16)),
            rx.cond(P2PTransferState.is_copied, "Copied", "Copy"),
            rx.el.span(" the reference", class_name="sr-only"),
            type="button",
            on_click=[rx.set_clipboard(P2PTransferState.sent.reference), P2PTransferState.note_copied],
            class_name=(
                "inline-flex items-center gap-1 min-h-11 -my-3 pl-3 text-sm font-medium text-brand-ink rounded "
                "cursor-pointer hover:underline"
            ),
        ),
        class_name="inline-flex flex-wrap items-center justify-end gap-x-1",
    )


def _sent() -> rx.Component:
    sent = P2PTransferState.sent
    return rx.el.div(
        rx.cond(
            P2PTransferState.notice != "",
            rx.el.p(
                P2PTransferState.notice,
                class_name="rounded-xl bg-warn-soft text-warn text-sm p-3 mb-4 text-left",
            ),
        ),
        rx.el.span(
            icon("check", 30),
            class_name="mx-auto grid place-items-center size-16 rounded-full bg-good-soft text-good",
        ),
        modal_title(rx.el.span(sent.amount, class_name="num"), " sent to ", sent.payee, css="mt-4"),
        modal_description(sent.when, css="num"),
        rx.el.dl(
            rx.cond(sent.note != "", description("Note", sent.note)),
            description("Reference", _reference()),
            description("Balance after", sent.balance_after, "font-semibold"),
            class_name=classes(_FACTS, "text-left"),
        ),
        rx.el.div(
            link_button("View receipt", to=sent.address, kind="quiet", css="flex-1 whitespace-nowrap"),
            button("Done", id=_DONE_BUTTON, on_click=P2PTransferState.finish, css="flex-1"),
            class_name="flex flex-wrap gap-3 mt-6",
        ),
        button("Send again", kind="ghost", on_click=P2PTransferState.send_again, css="w-full mt-2"),
        # The button that had the focus is gone: without this the focus would fall out of the dialog.
        on_mount=rx.set_focus(_DONE_BUTTON),
        class_name="text-center pt-2",
    )


def _dialog() -> rx.Component:
    return modal(
        rx.el.p(
            rx.cond(
                P2PTransferState.stage == "sent",
                P2PTransferState.sent.told,
                rx.cond(P2PTransferState.is_sending, "Sending…", ""),
            ),
            role="status",
            class_name="sr-only",
        ),
        rx.cond(P2PTransferState.stage == "sent", _sent(), _review()),
        is_open=P2PTransferState.stage != "",
        on_open_change=lambda is_open: P2PTransferState.turn(is_open, is_busy_now(_SEND_BUTTON)),
        return_focus_to=_REVIEW_BUTTON,
    )


def p2ptransfer_page() -> rx.Component:
    """On a phone the two cards are two steps: the person first, then the amount."""
    is_chosen = P2PTransferState.payee.id != ""
    return shell(
        SEND,
        "Send money",
        "To anyone on Wallet, free and instant",
        rx.el.div(
            card(_people(), css=rx.cond(is_chosen, "max-lg:hidden lg:col-span-3 min-w-0", "lg:col-span-3 min-w-0")),
            card(
                _form(),
                css=rx.cond(
                    is_chosen,
                    "lg:col-span-2 lg:sticky lg:top-8 self-start min-w-0",
                    "max-lg:hidden lg:col-span-2 lg:sticky lg:top-8 self-start min-w-0",
                ),
            ),
            class_name="grid lg:grid-cols-5 gap-5 max-w-6xl",
        ),
        _dialog(),
    )
