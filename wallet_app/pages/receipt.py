"""One receipt: the amount, the status in words, the facts, the timeline. It changes by itself, and it prints well."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.activity import activity_amount, activity_icon
from wallet_app.components.balance import own_balance
from wallet_app.components.base import (
    button,
    card,
    description,
    empty_state,
    icon,
    link_button,
    skeleton,
    text_link,
)
from wallet_app.components.reference import reference_to_copy
from wallet_app.components.shell import shell
from wallet_app.paths import HISTORY
from wallet_app.state.receipt import ReceiptState
from wallet_app.state.session import SessionState
from wallet_app.words.writing import write

#: As long as the largest sum that one movement may have, with its sign (+₹1,00,000.00).
_USUAL_CHARACTERS: Final = 13

_BADGE: Final = "inline-flex items-center gap-1.5 rounded-full px-3 py-1 text-sm font-medium"


def _status() -> rx.Component:
    view = ReceiptState.view
    arrived_or_done = rx.cond(
        view.look == "arrived",
        rx.el.span(icon("check", 14), view.status_words, class_name=f"{_BADGE} bg-good-soft text-good"),
        rx.el.span(icon("check", 14), view.status_words, class_name=f"{_BADGE} bg-sunken text-ink-2"),
    )
    ended = rx.el.span(icon("circle-x", 14), view.status_words, class_name=f"{_BADGE} bg-bad-soft text-bad")
    return rx.match(
        view.status,
        (
            "processing",
            rx.el.span(icon("clock", 14), view.status_words, class_name=f"{_BADGE} bg-warn-soft text-warn"),
        ),
        ("failed", ended),
        ("expired", ended),
        arrived_or_done,
    )


def _size(amount: Any) -> rx.Var[str]:
    """The largest that a small phone has room for."""
    css = "tracking-tight mt-3 leading-tight"
    return rx.cond(
        amount.length() > _USUAL_CHARACTERS,
        f"text-[26px] min-[420px]:text-4xl {css}",
        f"text-[32px] min-[360px]:text-4xl {css}",
    )


def _head() -> rx.Component:
    view = ReceiptState.view
    return rx.el.div(
        activity_icon(view.icon, view.look),
        activity_amount(view.amount, view.look, _size(view.amount)),
        rx.el.p(view.counterparty_words, class_name="text-ink-2 mt-1 break-words max-w-full"),
        rx.el.div(_status(), role="status", class_name="mt-3"),
        class_name="flex flex-col items-center text-center px-5 pt-7 pb-6",
    )


def _waiting() -> rx.Component:
    view = ReceiptState.view
    return rx.cond(
        view.waiting_for != "",
        rx.el.div(
            rx.el.p(write("receipt.waiting_for", bank=view.waiting_for), class_name="font-semibold text-warn"),
            rx.el.p(write("add.waiting_hint"), class_name="text-sm mt-1"),
            rx.cond(
                view.bank_page != "",
                rx.el.a(
                    write("receipt.approve"),
                    icon("external-link", 16),
                    href=view.bank_page,
                    class_name=(
                        "no-print inline-flex items-center gap-1.5 min-h-11 mt-1 font-medium text-brand-ink "
                        "hover:underline rounded"
                    ),
                ),
            ),
            class_name="mx-5 mb-5 rounded-xl bg-warn-soft text-ink p-4",
        ),
    )


def _failure() -> rx.Component:
    """The plain reason, which says whether money moved; then what to do next."""
    view = ReceiptState.view
    return rx.cond(
        view.reason != "",
        rx.el.div(
            rx.el.p(view.reason, class_name="font-semibold text-bad"),
            rx.el.p(
                write("receipt.unchanged", reference=view.reference),
                class_name="num text-sm mt-1 wrap-anywhere",
            ),
            class_name="mx-5 mb-5 rounded-xl bg-bad-soft text-ink p-4",
        ),
    )


def _optional(term: Any, value: Any) -> rx.Component:
    return rx.cond(value != "", description(term, value))


def _facts() -> rx.Component:
    view = ReceiptState.view
    return rx.el.dl(
        description(view.counterparty_term, view.counterparty, "font-medium"),
        _optional(write("common.phone"), view.phone),
        description(write("receipt.when"), view.when),
        description(write("common.reference"), reference_to_copy(view.reference)),
        _optional(write("common.note"), view.note),
        _optional(write("receipt.bank_reference"), view.bank_payment),
        rx.cond(
            view.corrects != "",
            description(write("receipt.corrects"), text_link(view.corrects, to=view.corrects_address, css="break-all")),
        ),
        rx.cond(view.balance_after != "", description(write("common.balance_after"), own_balance(view.balance_after))),
        class_name="px-5 py-2 border-t border-line divide-y divide-line text-[15px]",
    )


def _step(step: Any, place: Any) -> rx.Component:
    mark = "grid place-items-center size-6 rounded-full shrink-0 relative z-10"
    return rx.el.li(
        rx.match(
            step.look,
            ("arrived", rx.el.span(icon("check", 14), class_name=f"{mark} bg-good-soft text-good")),
            ("done", rx.el.span(icon("check", 14), class_name=f"{mark} bg-brand-soft text-brand-ink")),
            ("failed", rx.el.span(icon("x", 14), class_name=f"{mark} bg-bad-soft text-bad")),
            rx.el.span(icon("clock", 14), class_name=f"{mark} bg-sunken text-ink-3"),
        ),
        rx.el.div(
            rx.el.p(step.words, class_name=["font-medium", rx.cond(step.look == "waiting", "text-ink-3", "")]),
            rx.el.p(rx.cond(step.when != "", step.when, write("receipt.not_yet")), class_name="text-sm text-ink-3 num"),
            class_name="min-w-0",
        ),
        rx.cond(
            place < ReceiptState.steps.length() - 1,
            rx.el.span(class_name="absolute left-3 top-6 bottom-0 w-px bg-line -translate-x-1/2", aria_hidden="true"),
        ),
        class_name="relative flex gap-3 pb-5 last:pb-0",
    )


def _timeline() -> rx.Component:
    return rx.el.div(
        rx.el.h2(write("receipt.timeline"), class_name="text-base font-semibold mb-3"),
        rx.el.ol(rx.foreach(ReceiptState.steps, _step)),
        class_name="p-5",
    )


def _actions() -> rx.Component:
    view = ReceiptState.view
    return rx.el.div(
        rx.cond(
            view.again_words != "",
            link_button(view.again_words, to=view.again_address, css="flex-1 whitespace-nowrap"),
        ),
        button(
            icon("printer", 18),
            write("receipt.print"),
            kind="quiet",
            css="flex-1",
            on_click=rx.call_script("window.print()"),
        ),
        class_name="no-print flex flex-wrap gap-2.5 px-5 py-5 border-t border-line",
    )


def _beside(receipt: rx.Component, timeline: rx.Component, **props: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(receipt, class_name="lg:col-span-3 min-w-0"),
        rx.el.div(timeline, class_name="lg:col-span-2 min-w-0"),
        class_name="grid lg:grid-cols-5 gap-5 items-start",
        **props,
    )


def _receipt() -> rx.Component:
    return _beside(card(_head(), _waiting(), _failure(), _facts(), _actions()), card(_timeline()))


def _not_found() -> rx.Component:
    return card(
        empty_state(
            "search-x",
            write("receipt.not_found"),
            write("receipt.not_found_hint"),
            link_button(write("receipt.back"), to=HISTORY),
        )
    )


def _shape() -> rx.Component:
    """A receipt while it is on its way."""
    line = rx.el.div(skeleton("h-4 w-20"), skeleton("h-4 w-36"), class_name="flex justify-between py-3.5")
    receipt = card(
        rx.el.div(
            rx.el.span(class_name="skeleton size-10 rounded-full bg-sunken"),
            skeleton("h-9 w-44 mt-4"),
            skeleton("h-4 w-40 mt-3"),
            skeleton("h-7 w-32 mt-4"),
            class_name="flex flex-col items-center px-5 pt-7 pb-6",
        ),
        rx.el.div(*[line for _ in range(5)], class_name="px-5 py-2 border-t border-line divide-y divide-line"),
    )
    timeline = card(skeleton("h-5 w-24"), skeleton("h-5 w-48 mt-4"), skeleton("h-5 w-48 mt-8"), css="p-5 min-h-40")
    return _beside(receipt, timeline, aria_hidden="true")


def receipt_page() -> rx.Component:
    return shell(
        HISTORY,
        write("title.receipt"),
        text_link(
            icon("arrow-left", 16, "inline-block align-[-3px] mr-1"),
            write("receipt.all"),
            to=HISTORY,
            css="no-print text-sm inline-flex items-center min-h-11 -my-2.5",
        ),
        rx.el.p(
            write("brand.name"),
            " · ",
            rx.el.bdi(SessionState.name),
            " · ",
            SessionState.phone,
            class_name="print-only num mb-4",
        ),
        rx.el.div(
            rx.cond(ReceiptState.is_current, rx.cond(ReceiptState.is_found, _receipt(), _not_found()), _shape()),
            on_unmount=ReceiptState.leave,
            class_name="max-w-6xl",
        ),
    )
