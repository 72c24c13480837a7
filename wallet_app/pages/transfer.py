"""Add money: an amount, a bank, then the bank's own page; and what became of the orders before."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.activity import activity_line, activity_skeleton
from wallet_app.components.amount_form import amount_form
from wallet_app.components.balance import own_balance
from wallet_app.components.base import (
    ALONE,
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
from wallet_app.components.busy import busy_at_once
from wallet_app.components.reference import reference_to_copy
from wallet_app.components.shell import shell
from wallet_app.paths import ADD_MONEY, HISTORY
from wallet_app.state.balance import BalanceState
from wallet_app.state.transfer import BANK_CHOICE, TransferState
from wallet_app.words.writing import write
from wallet_core.banks import BANKS
from wallet_core.money import MAX_MOVEMENT_PAISE, format_rupees

_START_BUTTON: Final = "start-onramp"

#: Behind the bank's initials, a mark beside its name; no bank's logo is ours to use.
_BANK_TONES: Final = {"HDFC": "bg-t1", "AXIS": "bg-t4", "ICICI": "bg-t3", "SBI": "bg-t2"}

#: Rows while the list is on its way.
_SKELETON_ROWS: Final = 4

_PANEL: Final = "flex flex-col items-center text-center px-5 py-8"
_DISC: Final = "grid place-items-center size-16 rounded-full"


def _bank(code: str, name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name=BANK_CHOICE,
            value=code,
            on_change=TransferState.choose_bank(code),
            # Over the drawn circle, unseen; the label makes the whole card choose.
            class_name="absolute right-3.5 top-1/2 -translate-y-1/2 size-5 opacity-0 cursor-pointer",
        ),
        rx.el.span(
            code,
            class_name=classes(
                "grid place-items-center size-9 rounded-lg shrink-0 text-white text-[11px] font-semibold",
                _BANK_TONES[code],
            ),
            aria_hidden="true",
        ),
        rx.el.span(name, class_name="font-medium flex-1 min-w-0"),
        rx.el.span(
            icon("check", 14),
            class_name=(
                "grid place-items-center size-5 rounded-full shrink-0 border border-line-strong text-transparent "
                "group-has-[:checked]:bg-brand group-has-[:checked]:border-brand group-has-[:checked]:text-on-brand"
            ),
        ),
        class_name=(
            "group relative flex items-center gap-3 min-h-14 px-3.5 rounded-xl border border-line-strong "
            "cursor-pointer hover:bg-sunken/60 has-[:checked]:border-brand has-[:checked]:bg-brand-soft "
            "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-ring"
        ),
    )


def _form() -> rx.Component:
    banks = rx.el.fieldset(
        rx.el.legend(write("add.which_bank"), class_name="text-base font-semibold mb-3"),
        rx.el.div(
            *[_bank(code, name) for code, name in BANKS.items()],
            class_name="grid sm:grid-cols-2 gap-2.5",
        ),
        field_error(TransferState.bank_error, id="bank-error"),
        custom_attrs={"aria-describedby": "bank-error"},
        class_name="mt-7",
    )
    return amount_form(
        TransferState,
        hint=write("add.limit", amount=format_rupees(MAX_MOVEMENT_PAISE)),
        below=banks,
        button_id=_START_BUTTON,
        at_first=write("form.enter_amount"),
        promise=write("add.promise"),
        on_submit=[busy_at_once(_START_BUTTON), TransferState.start],
        busy_words=TransferState.busy_words,
        is_busy=TransferState.is_starting,
    )


def _waiting() -> rx.Component:
    order = TransferState.order
    return rx.el.div(
        rx.el.span(icon("clock", 28), class_name=classes(_DISC, "bg-warn-soft text-warn")),
        rx.el.h2(write("add.waiting_for", bank=order.bank), class_name="text-xl font-semibold tracking-tight mt-4"),
        rx.el.p(write("add.waiting_hint"), class_name="text-ink-2 mt-1.5 max-w-sm text-balance"),
        _facts(),
        rx.el.div(
            rx.cond(
                order.bank_page != "",
                rx.el.a(
                    write("add.continue_at", bank=order.bank),
                    icon("external-link", 16, "shrink-0"),
                    href=order.bank_page,
                    class_name=(
                        "flex-1 inline-flex items-center justify-center gap-2 rounded-xl font-semibold min-h-11 px-4 "
                        "whitespace-nowrap text-[15px] bg-brand text-on-brand hover:brightness-110"
                    ),
                ),
            ),
            link_button(write("common.view_receipt"), to=order.address, kind="quiet", css="flex-1 whitespace-nowrap"),
            class_name="flex flex-wrap gap-3 mt-6 w-full max-w-sm",
        ),
        class_name=_PANEL,
    )


def _facts(*more: Any) -> rx.Component:
    order = TransferState.order
    return rx.el.dl(
        description(write("add.amount"), order.amount, "font-semibold"),
        description(write("common.from"), order.bank),
        description(write("add.started"), order.when),
        description(write("common.reference"), reference_to_copy(order.reference)),
        *more,
        class_name="w-full max-w-sm mt-5 divide-y divide-line border-y border-line text-[15px]",
    )


def _arrived() -> rx.Component:
    order = TransferState.order
    return rx.el.div(
        rx.el.span(icon("check", 30), class_name=classes(_DISC, "bg-good-soft text-good")),
        rx.el.h2(write("add.added", amount=order.amount), class_name="num text-xl font-semibold tracking-tight mt-4"),
        rx.el.p(write("add.added_from", bank=order.bank), class_name="text-ink-2 mt-1.5"),
        _facts(description(write("common.balance_after"), own_balance(order.balance_after), "font-semibold")),
        rx.el.div(
            link_button(write("common.view_receipt"), to=order.address, kind="quiet", css="flex-1 whitespace-nowrap"),
            button(write("add.more"), on_click=TransferState.start_again, css="flex-1 whitespace-nowrap"),
            class_name="flex flex-wrap gap-3 mt-6 w-full max-w-sm",
        ),
        class_name=_PANEL,
    )


def _ended() -> rx.Component:
    order = TransferState.order
    return rx.el.div(
        rx.el.span(icon("x", 30), class_name=classes(_DISC, "bg-bad-soft text-bad")),
        rx.el.h2(
            write("add.not_added", amount=order.amount), class_name="num text-xl font-semibold tracking-tight mt-4"
        ),
        rx.el.p(order.reason, class_name="text-ink-2 mt-1.5 max-w-sm text-balance"),
        rx.el.p(
            write("add.not_added_hint"),
            class_name="text-sm text-ink-3 mt-2 max-w-sm text-balance",
        ),
        _facts(),
        rx.el.div(
            link_button(write("common.view_receipt"), to=order.address, kind="quiet", css="flex-1 whitespace-nowrap"),
            button(write("add.try_again"), on_click=TransferState.start_again, css="flex-1"),
            class_name="flex flex-wrap gap-3 mt-6 w-full max-w-sm",
        ),
        class_name=_PANEL,
    )


def _main_card() -> rx.Component:
    """The form, or the order that was placed with it until the person begins another."""
    return card(
        rx.el.p(TransferState.order.told, role="status", class_name="sr-only"),
        rx.match(
            TransferState.order.status,
            ("processing", _waiting()),
            ("succeeded", _arrived()),
            ("failed", _ended()),
            ("expired", _ended()),
            _form(),
        ),
    )


def _money(value: Any, css: str, **props: Any) -> rx.Component:
    return rx.cond(
        BalanceState.is_loaded,
        rx.el.dd(own_balance(value), class_name=classes("num break-words", css), **props),
        rx.el.dd(skeleton("h-[1lh] w-28"), class_name=css),
    )


def _balance() -> rx.Component:
    line = "flex items-center justify-between gap-4 py-2.5"
    return card(
        section_head(write("add.your_balance")),
        rx.el.dl(
            rx.el.div(
                rx.el.dt(write("add.available"), class_name="text-sm text-ink-3"),
                _money(
                    BalanceState.available,
                    "text-3xl max-[359px]:text-[26px] font-semibold tracking-tight leading-tight mt-0.5",
                    custom_attrs={"data-testid": "available-balance"},
                ),
                class_name="pb-4",
            ),
            rx.el.div(
                rx.el.dt(write("add.locked"), class_name="text-ink-3"),
                _money(BalanceState.locked, "text-right"),
                class_name=classes(line, "border-t border-line"),
            ),
            rx.el.div(
                rx.el.dt(write("add.total"), class_name="text-ink-3"),
                _money(BalanceState.total, "text-right font-semibold"),
                class_name=classes(line, "border-t border-line"),
            ),
            class_name="px-5 pb-3 text-[15px]",
        ),
        rx.cond(
            BalanceState.on_the_way != "",
            rx.el.p(
                icon("clock", 14, "inline-block align-[-2px] mr-1.5"),
                rx.el.span(
                    own_balance(BalanceState.on_the_way),
                    class_name="num font-semibold",
                ),
                " ",
                BalanceState.on_the_way_from,
                class_name="mx-5 mb-5 text-sm text-warn",
            ),
        ),
    )


def _recent() -> rx.Component:
    return card(
        section_head(write("add.recent"), text_link(write("common.see_all"), to=f"{HISTORY}?show=bank", css=ALONE)),
        rx.cond(
            TransferState.is_loaded,
            rx.cond(
                TransferState.lines.length() > 0,
                rx.el.ul(rx.foreach(TransferState.lines, activity_line), class_name="pb-2"),
                empty_state(
                    "landmark",
                    write("add.nothing"),
                    write("add.nothing_hint"),
                ),
            ),
            rx.el.ul(*[activity_skeleton() for _ in range(_SKELETON_ROWS)], class_name="pb-2", aria_hidden="true"),
        ),
    )


def transfer_page() -> rx.Component:
    return shell(
        ADD_MONEY,
        write("title.add"),
        write("add.subtitle"),
        rx.el.div(
            rx.el.div(_main_card(), class_name="lg:col-span-3 min-w-0"),
            rx.el.div(_balance(), _recent(), class_name="space-y-5 lg:col-span-2 min-w-0"),
            class_name="grid lg:grid-cols-5 gap-5 max-w-6xl items-start",
        ),
    )
