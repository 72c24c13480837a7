"""Send money: a person, an amount, a look at both, and the receipt."""

from typing import Final

import reflex as rx

from wallet_app.components.balance import own_balance
from wallet_app.components.base import button, description, field_error, icon
from wallet_app.components.busy import busy_at_once, busy_button, is_busy_now, paused_hint
from wallet_app.components.dialog import FACTS, modal, modal_description, modal_title
from wallet_app.components.pay_link import pay_link_choice
from wallet_app.components.person_form import person_cards, person_fields
from wallet_app.components.sent import sent_panel
from wallet_app.components.shell import shell
from wallet_app.paths import SEND
from wallet_app.state.balance import BalanceState
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.words.writing import write

_REVIEW_BUTTON: Final = "review-payment"
_SEND_BUTTON: Final = "send-payment"
_DONE_BUTTON: Final = "payment-done"


def _balance() -> rx.Component:
    amount = rx.el.span(
        own_balance(BalanceState.available), custom_attrs={"data-testid": "available-balance"}, class_name="num"
    )
    return rx.fragment(write("home.balance"), " ", amount)


def _link_words() -> rx.Component:
    """The place is always there, so that what a link did is told to screen readers, too."""
    return rx.el.div(
        rx.cond(
            P2PTransferState.link_words != "",
            rx.el.p(
                icon("link", 16, "shrink-0 mt-0.5"),
                P2PTransferState.link_words,
                class_name="flex gap-2 rounded-xl bg-brand-soft text-brand-ink text-sm p-3 mb-4",
            ),
        ),
        role="status",
    )


def _fields() -> rx.Component:
    return person_fields(
        P2PTransferState,
        _link_words(),
        heading=write("send.paying", name=P2PTransferState.person.name),
        hint=_balance(),
        button_id=_REVIEW_BUTTON,
        promise=write("send.promise"),
        on_submit=P2PTransferState.review,
    )


def _review() -> rx.Component:
    preview = P2PTransferState.preview
    return rx.fragment(
        modal_title(write("send.question", amount=preview.amount, name=preview.payee), css="num"),
        modal_description(write("send.check")),
        rx.el.dl(
            description(write("common.to"), preview.payee, "font-semibold"),
            description(write("common.phone"), preview.phone),
            description(write("send.last_payment"), preview.last),
            rx.cond(preview.note != "", description(write("common.note"), preview.note)),
            description(write("common.from"), write("common.wallet_balance")),
            description(write("common.fee"), write("common.free")),
            description(write("common.balance_after"), own_balance(preview.balance_after), "font-semibold"),
            class_name=FACTS,
        ),
        field_error(P2PTransferState.dialog_error, id="dialog-error"),
        paused_hint(),
        rx.el.div(
            button(
                write("common.go_back"),
                kind="quiet",
                css="flex-1",
                disabled=P2PTransferState.is_sending,
                on_click=P2PTransferState.turn(False, is_busy_now(_SEND_BUTTON)),
            ),
            busy_button(
                write("send.button", amount=preview.amount),
                write("common.sending"),
                id=_SEND_BUTTON,
                is_busy=P2PTransferState.is_sending,
                on_click=[busy_at_once(_SEND_BUTTON), P2PTransferState.send],
                css="flex-1 whitespace-nowrap",
            ),
            class_name="flex flex-wrap gap-3 mt-6",
        ),
    )


def _sent() -> rx.Component:
    earlier = rx.cond(
        P2PTransferState.notice != "",
        rx.el.p(
            P2PTransferState.notice,
            class_name="rounded-xl bg-warn-soft text-warn text-sm p-3 mb-4 text-left",
        ),
    )
    return sent_panel(
        P2PTransferState.sent,
        earlier,
        done_id=_DONE_BUTTON,
        on_done=P2PTransferState.finish,
        again=button(write("send.again"), kind="ghost", on_click=P2PTransferState.send_again, css="w-full mt-2"),
    )


def _dialog() -> rx.Component:
    return modal(
        rx.el.p(
            rx.cond(
                P2PTransferState.stage == "sent",
                P2PTransferState.sent.told,
                rx.cond(P2PTransferState.is_sending, write("common.sending"), ""),
            ),
            role="status",
            class_name="sr-only",
        ),
        rx.cond(P2PTransferState.stage == "sent", _sent(), _review()),
        is_open=P2PTransferState.stage != "",
        on_open_change=lambda is_open: P2PTransferState.turn(is_open, is_busy_now(_SEND_BUTTON)),
        return_focus_to="main",
    )


def p2ptransfer_page() -> rx.Component:
    return shell(
        SEND,
        write("title.send"),
        write("title.send_about"),
        person_cards(P2PTransferState, pay_link_choice(), title=write("send.who"), fields=_fields()),
        _dialog(),
    )
