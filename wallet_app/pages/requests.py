"""Requests: what one is asked to pay, and what one has asked for."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.balance import own_balance
from wallet_app.components.base import (
    FIELD,
    avatar,
    button,
    card,
    classes,
    description,
    empty_state,
    field_error,
    icon,
    link_button,
    section_head,
    skeleton,
    text_link,
)
from wallet_app.components.busy import busy_at_once, busy_button, is_busy_now, paused_hint
from wallet_app.components.dialog import FACTS, FIRST_IN_DIALOG, modal, modal_description, modal_title
from wallet_app.components.more import more_button
from wallet_app.components.sent import sent_panel
from wallet_app.components.shell import shell
from wallet_app.paths import ASK, REQUESTS, SEND
from wallet_app.state.requests import BLOCK_FIELD, LISTS, REPORT_CHOICES, REPORT_FIELD, RequestsState
from wallet_app.words.writing import write

_PAY_BUTTON: Final = "pay-request"
_DECLINE_BUTTON: Final = "decline-request"
_BLOCK_BUTTON: Final = "block-requester"
_DONE_BUTTON: Final = "request-done"

#: A phone full of them.
_SKELETON_ROWS: Final = 7

_ROW: Final = "flex flex-wrap sm:flex-nowrap items-center gap-3 py-3.5 mx-5 border-t border-line first:border-t-0"
_BADGE: Final = "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium shrink-0"


def _badge(status: Any) -> rx.Component:
    """The status in words; green only where money has arrived."""
    grey = f"{_BADGE} bg-sunken text-ink-2"
    return rx.match(
        status,
        (
            "open",
            rx.el.span(icon("clock", 12), write("requests.waiting"), class_name=f"{_BADGE} bg-warn-soft text-warn"),
        ),
        ("paid", rx.el.span(icon("check", 12), write("requests.paid"), class_name=f"{_BADGE} bg-good-soft text-good")),
        ("declined", rx.el.span(write("requests.declined"), class_name=grey)),
        ("expired", rx.el.span(write("requests.expired"), class_name=grey)),
        rx.el.span(write("requests.cancelled"), class_name=grey),
    )


def _words(line: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(line.title, class_name="num font-medium wrap-anywhere"),
        rx.el.p(line.detail, class_name="num text-sm text-ink-3 wrap-anywhere"),
        class_name="min-w-0 flex-1",
    )


def _head(line: Any) -> rx.Component:
    return rx.el.div(
        avatar(line.initials, line.tone), _words(line), class_name="flex items-start gap-3 min-w-0 grow sm:items-center"
    )


def _waiting_row(line: Any) -> rx.Component:
    about = rx.el.span(" ", write("requests.decline_which", name=line.name), class_name="sr-only")
    return rx.el.li(
        _head(line),
        rx.el.div(
            button(
                write("requests.decline"),
                about,
                kind="quiet",
                on_click=RequestsState.think_of_declining(line.reference),
                css="flex-1",
            ),
            button(
                rx.el.span(write("requests.pay", amount=line.amount), class_name="num whitespace-nowrap"),
                on_click=RequestsState.look_at(line.reference),
                css="flex-1",
            ),
            class_name="flex flex-wrap gap-2 w-full sm:w-auto sm:shrink-0",
        ),
        key=line.reference,
        class_name=_ROW,
    )


def _ended_row(line: Any, *actions: rx.Component) -> rx.Component:
    """With its status, the receipt where there is one, and what else can be done. On a phone they stand below."""
    receipt = text_link(
        write("requests.receipt"),
        rx.el.span(" ", write("requests.receipt_which", title=line.title), class_name="sr-only"),
        to=line.address,
        css="text-sm py-3 px-1",
    )
    return rx.el.li(
        _head(line),
        rx.el.div(
            _badge(line.status),
            rx.el.div(
                rx.cond(line.address != "", receipt),
                *actions,
                class_name="flex items-center gap-2 sm:gap-3 ml-auto",
            ),
            class_name="flex flex-wrap items-center gap-3 shrink-0 max-sm:w-full min-[360px]:max-sm:pl-13",
        ),
        key=line.reference,
        class_name=_ROW,
    )


def _answered_row(line: Any) -> rx.Component:
    return _ended_row(
        line,
        rx.el.button(
            write("requests.block_or_report"),
            rx.el.span(" ", line.name, class_name="sr-only"),
            type="button",
            on_click=RequestsState.think_of_blocking(line.reference),
            class_name="text-sm font-medium text-ink-2 min-h-11 px-1 rounded cursor-pointer hover:underline",
        ),
    )


def _outgoing_row(line: Any) -> rx.Component:
    take_back = button(
        write("requests.take_back"),
        rx.el.span(" ", write("requests.take_back_which", name=line.name), class_name="sr-only"),
        kind="quiet",
        on_click=RequestsState.take_back(line.reference),
        css="whitespace-nowrap",
    )
    return _ended_row(line, rx.cond(line.status == "open", take_back))


def _blocked_row(person: Any) -> rx.Component:
    return rx.el.li(
        avatar(person.initials, person.tone),
        rx.el.div(
            rx.el.p(person.name, class_name="font-medium break-words"),
            rx.el.p(person.phone, class_name="num text-sm text-ink-3"),
            class_name="min-w-0 flex-1",
        ),
        button(
            write("requests.unblock"),
            rx.el.span(" ", person.name, class_name="sr-only"),
            kind="quiet",
            on_click=RequestsState.unblock(person.id),
        ),
        key=person.id,
        class_name=_ROW,
    )


def _list_skeleton() -> rx.Component:
    row = rx.el.li(
        rx.el.span(class_name="skeleton size-10 rounded-full bg-sunken shrink-0"),
        rx.el.div(skeleton("h-5 w-48 max-w-full"), skeleton("h-4 w-32 mt-1.5"), class_name="flex-1 min-w-0"),
        class_name=_ROW,
    )
    return rx.el.ul(*[row for _ in range(_SKELETON_ROWS)], class_name="pb-2", aria_hidden="true")


def _incoming() -> rx.Component:
    nothing = empty_state("inbox", write("requests.nothing_in"), write("requests.nothing_in_hint"))
    lists = rx.fragment(
        rx.cond(
            RequestsState.waiting.length() > 0,
            rx.el.ul(
                rx.foreach(RequestsState.waiting, _waiting_row),
                aria_label=write("requests.waiting_for_you"),
                class_name="pb-2",
            ),
            rx.cond(
                RequestsState.answered.length() > 0,
                rx.el.p(write("requests.nothing_waits"), class_name="px-5 pb-3 text-ink-3"),
                nothing,
            ),
        ),
        rx.cond(
            RequestsState.answered.length() > 0,
            rx.el.ul(
                rx.foreach(RequestsState.answered, _answered_row),
                aria_label=write("requests.earlier"),
                class_name="pb-2 border-t border-line",
            ),
        ),
    )
    return card(section_head(write("requests.incoming")), rx.cond(RequestsState.is_loaded, lists, _list_skeleton()))


def _outgoing() -> rx.Component:
    nothing = empty_state(
        "hand-coins",
        write("requests.nothing_out"),
        write("requests.nothing_out_hint"),
        link_button(write("title.ask"), to=ASK, kind="quiet"),
    )
    rows = rx.el.ul(rx.foreach(RequestsState.outgoing, _outgoing_row), class_name="pb-2")
    return card(
        section_head(write("requests.outgoing")),
        rx.cond(RequestsState.outgoing.length() > 0, rows, nothing),
    )


def _blocked() -> rx.Component:
    return rx.cond(
        RequestsState.blocked.length() > 0,
        card(
            section_head(write("requests.blocked")),
            rx.el.p(
                write("requests.blocked_hint"),
                class_name="px-5 pb-1 text-sm text-ink-3",
            ),
            rx.el.ul(rx.foreach(RequestsState.blocked, _blocked_row), class_name="pb-2"),
        ),
    )


def _go_back() -> rx.Component:
    return button(
        write("common.go_back"),
        kind="quiet",
        css="flex-1 whitespace-nowrap",
        disabled=RequestsState.is_busy,
        on_click=RequestsState.turn(False, is_busy_now(_PAY_BUTTON)),
    )


def _pay() -> rx.Component:
    request = RequestsState.request
    return rx.fragment(
        modal_title(write("requests.you_pay", amount=request.amount, name=request.name), css="num"),
        modal_description(write("requests.you_pay_hint")),
        rx.el.dl(
            description(write("common.to"), request.name, "font-semibold"),
            description(write("common.phone"), request.phone),
            rx.cond(RequestsState.last != "", description(write("send.last_payment"), RequestsState.last)),
            rx.cond(request.note != "", description(write("common.note"), request.note)),
            description(write("common.from"), write("common.wallet_balance")),
            description(write("common.fee"), write("common.free")),
            rx.cond(
                RequestsState.balance_after != "",
                description(write("common.balance_after"), own_balance(RequestsState.balance_after), "font-semibold"),
            ),
            class_name=FACTS,
        ),
        field_error(RequestsState.dialog_error, id="dialog-error"),
        paused_hint(),
        rx.el.div(
            _go_back(),
            busy_button(
                write("requests.pay", amount=request.amount),
                write("common.sending"),
                id=_PAY_BUTTON,
                is_busy=RequestsState.is_busy,
                on_click=[busy_at_once(_PAY_BUTTON), RequestsState.pay],
                css="flex-1 whitespace-nowrap",
            ),
            class_name="flex flex-wrap gap-3 mt-6",
        ),
    )


def _paid() -> rx.Component:
    sent = RequestsState.sent
    return sent_panel(
        sent,
        done_id=_DONE_BUTTON,
        on_done=RequestsState.turn(False, False),
        again=link_button(write("send.again"), to=f"{SEND}?to={sent.payee_id}", kind="ghost", css="w-full mt-2"),
    )


def _on_who_asked(
    title: rx.Component, hint: rx.Component, submit: rx.Component, on_submit: Any, **block: Any
) -> rx.Component:
    """The form in which somebody is reported, blocked or both. ``block``: of the box that blocks."""
    report = rx.el.label(
        rx.el.span(write("requests.report"), class_name="block text-sm font-medium mb-1.5"),
        rx.el.select(
            *[rx.el.option(write(words), value=code) for code, words in REPORT_CHOICES],
            name=REPORT_FIELD,
            class_name=classes(FIELD, "cursor-pointer"),
        ),
        class_name="block mt-4",
    )
    box = rx.el.label(
        rx.el.input(type="checkbox", name=BLOCK_FIELD, value="yes", class_name="size-5 shrink-0 accent-brand", **block),
        rx.el.span(write("requests.block", name=RequestsState.request.name), class_name="min-w-0 break-words"),
        class_name="flex items-center gap-3 min-h-11 mt-2 cursor-pointer",
    )
    return rx.el.form(
        title,
        hint,
        report,
        box,
        field_error(RequestsState.dialog_error, id="dialog-error"),
        paused_hint(),
        rx.el.div(
            button(
                write("common.go_back"),
                kind="quiet",
                css="flex-1 whitespace-nowrap",
                on_click=RequestsState.turn(False, False),
                custom_attrs=FIRST_IN_DIALOG,
            ),
            submit,
            class_name="flex flex-wrap gap-3 mt-6",
        ),
        on_submit=on_submit,
    )


def _decline() -> rx.Component:
    request = RequestsState.request
    return _on_who_asked(
        modal_title(write("requests.decline_question", amount=request.amount, name=request.name), css="num"),
        modal_description(write("requests.decline_hint")),
        button(write("requests.decline"), id=_DECLINE_BUTTON, type="submit", kind="danger", css="flex-1"),
        RequestsState.decline,
    )


def _block() -> rx.Component:
    return _on_who_asked(
        modal_title(write("requests.block_question", name=RequestsState.request.name)),
        modal_description(write("requests.block_hint")),
        button(
            write("requests.block_or_report"),
            id=_BLOCK_BUTTON,
            type="submit",
            kind="danger",
            css="flex-1 whitespace-nowrap",
        ),
        RequestsState.block,
        default_checked=True,
    )


def _dialog() -> rx.Component:
    return modal(
        rx.el.p(
            rx.cond(
                RequestsState.stage == "paid",
                RequestsState.sent.told,
                rx.cond(RequestsState.is_busy, write("common.sending"), ""),
            ),
            role="status",
            class_name="sr-only",
        ),
        rx.match(RequestsState.stage, ("paid", _paid()), ("decline", _decline()), ("block", _block()), _pay()),
        is_open=RequestsState.stage != "",
        on_open_change=lambda is_open: RequestsState.turn(is_open, is_busy_now(_PAY_BUTTON)),
        return_focus_to=LISTS,
    )


def requests_page() -> rx.Component:
    return shell(
        REQUESTS,
        write("title.requests"),
        write("requests.subtitle"),
        rx.el.div(field_error(RequestsState.error, id="requests-error"), class_name="max-w-3xl"),
        rx.el.div(
            _incoming(),
            # Not before its place is known, or it would jump when the list above it arrives.
            rx.cond(RequestsState.is_loaded, _outgoing()),
            rx.cond(
                RequestsState.has_more,
                more_button(RequestsState.show_more),
            ),
            _blocked(),
            id=LISTS,
            tab_index=-1,
            class_name="grid grid-cols-1 gap-5 max-w-6xl outline-none!",
        ),
        _dialog(),
        actions=(
            link_button(
                icon("hand-coins", 18),
                rx.el.span(write("requests.ask"), aria_hidden="true", class_name="sm:hidden"),
                rx.el.span(write("title.ask"), class_name="max-sm:sr-only"),
                to=ASK,
                # Beside the title, however many lines the words below it take.
                css="shrink-0 self-start",
            ),
        ),
    )
