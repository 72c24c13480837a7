"""A movement of money as one line of a list, the same on every page; the whole line leads to its receipt."""

from typing import Any, Final

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from wallet_app.components.balance import own_balance
from wallet_app.components.base import Child, classes, icon, skeleton, status_badge
from wallet_app.words.writing import write

#: Around the drawing at the left of a line.
DISC: Final = "grid place-items-center size-10 rounded-full shrink-0"
_LINE: Final = "mx-5 border-t border-line first:border-t-0"
#: On the narrowest phones the words need its room; sign, colour and the first word say the same.
_NARROW: Final = "max-[359px]:hidden"
_ROW: Final = "flex items-center gap-3 -mx-3 px-3 py-3 min-h-18"


def list_row(*parts: Child, to: Any, key: Any) -> rx.Component:
    """One list item, and the whole of it leads somewhere."""
    return rx.el.li(
        ReactRouterLink.create(*parts, to=to, class_name=f"{_ROW} rounded-xl hover:bg-sunken/60 transition-colors"),
        key=key,
        class_name=_LINE,
    )


def row_skeleton(*right: Child, title_css: str, disc_css: str = "") -> rx.Component:
    """The shape of a row while its list is on its way."""
    return rx.el.li(
        rx.el.div(
            rx.el.span(class_name=classes("skeleton", DISC, disc_css, "bg-sunken")),
            rx.el.div(skeleton(f"h-4 {title_css}"), skeleton("h-3.5 w-24 mt-2"), class_name="flex-1"),
            *right,
            class_name=_ROW,
        ),
        class_name=_LINE,
    )


def activity_icon(kind: Any, look: Any, css: str = "") -> rx.Component:
    """A drawing of the kind; green only where money has arrived."""
    return rx.el.span(
        rx.match(
            kind,
            ("onramp", icon("landmark", 18)),
            ("received", icon("arrow-down-left", 18)),
            ("sent", icon("arrow-up-right", 18)),
            ("hold", icon("lock", 18)),
            ("release", icon("lock-open", 18)),
            icon("circle-alert", 18),
        ),
        class_name=[
            f"{DISC} {css}",
            rx.match(look, ("arrived", "bg-good-soft text-good"), "bg-sunken text-ink-2"),
        ],
    )


def activity_amount(amount: Any, look: Any, css: Any = "") -> rx.Component:
    """The signed amount: struck where the payment has ended without money, grey while it waits."""
    return rx.el.p(
        amount,
        class_name=[
            "num font-semibold whitespace-nowrap",
            css,
            rx.match(
                look,
                ("arrived", "text-good"),
                ("pending", "text-ink-3"),
                ("ended", "text-ink-3 line-through"),
                "text-ink",
            ),
        ],
    )


def _right(line: Any, has_balance: bool) -> rx.Component:
    balance = rx.cond(
        line.balance_after != "",
        rx.el.p(
            write("common.balance", amount=own_balance(line.balance_after)),
            class_name="hidden lg:block text-xs text-ink-3 num mt-0.5",
        ),
    )
    return rx.el.div(
        activity_amount(line.amount, line.look),
        status_badge(line.status),
        *([balance] if has_balance else []),
        class_name="text-right shrink-0",
    )


def _detail(line: Any) -> rx.Component:
    """Kind and time; the note behind them, and on a phone on a line of its own. The receipt has all of it."""
    note = rx.el.span(
        rx.el.span(" · ", class_name="max-sm:hidden"),
        line.note,
        class_name="max-sm:block max-sm:truncate",
    )
    return rx.el.p(
        line.detail, rx.cond(line.note != "", note), class_name="text-sm max-[359px]:text-[13px] text-ink-3 truncate"
    )


def activity_line(line: Any, *, has_balance: bool = False) -> rx.Component:
    """One list item for an ``ActivityLine``. ``has_balance`` shows the balance after it, on wide screens."""
    return list_row(
        activity_icon(line.icon, line.look, _NARROW),
        rx.el.div(
            rx.el.p(line.title, class_name="font-medium break-words line-clamp-2 sm:line-clamp-1"),
            _detail(line),
            class_name="min-w-0 flex-1",
        ),
        _right(line, has_balance),
        to=line.address,
        key=line.reference,
    )


def activity_skeleton() -> rx.Component:
    return row_skeleton(skeleton("h-4 w-20"), title_css="w-32", disc_css=_NARROW)
