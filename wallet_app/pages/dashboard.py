"""Home: the balance first, then what happened lately."""

from typing import Any, Final

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from wallet_app.components.activity import activity_line, activity_skeleton
from wallet_app.components.balance import own_balance
from wallet_app.components.base import (
    ALONE,
    avatar,
    card,
    empty_state,
    icon,
    link_button,
    section_head,
    skeleton,
    text_link,
)
from wallet_app.components.chart import flow_chart, flow_choice
from wallet_app.components.my_code import my_code, my_code_button
from wallet_app.components.shell import shell
from wallet_app.paths import ADD_MONEY, HISTORY, HOME, SEND
from wallet_app.state.balance import BalanceState
from wallet_app.state.dashboard import AGAIN_PEOPLE, RECENT_ROWS, DashboardState
from wallet_app.state.session import SessionState
from wallet_app.words.writing import write

#: As long as a sum below a crore (₹99,99,999.99).
_LAKHS_CHARACTERS: Final = 13


def _eye() -> rx.Component:
    return rx.el.button(
        rx.cond(BalanceState.is_hidden, icon("eye-off", 18), icon("eye", 18)),
        rx.el.span(
            rx.cond(BalanceState.is_hidden, write("home.show_balance"), write("home.hide_balance")),
            class_name="sr-only",
        ),
        on_click=BalanceState.toggle_hidden,
        type="button",
        class_name=(
            "grid place-items-center size-11 -my-3 -mr-2 rounded-xl text-on-hero-2 hover:bg-white/10 cursor-pointer"
        ),
    )


def _available() -> rx.Component:
    return rx.cond(
        BalanceState.is_loaded,
        rx.el.p(
            own_balance(BalanceState.available),
            custom_attrs={"data-testid": "available-balance"},
            class_name=[
                "num font-semibold tracking-tight leading-tight mt-2 break-words",
                # Crores are smaller: a sum on two lines is misread.
                rx.cond(
                    BalanceState.available.length() > _LAKHS_CHARACTERS,
                    "text-[28px] min-[360px]:text-[32px] sm:text-[40px] xl:text-5xl",
                    "text-[30px] min-[360px]:text-[38px] sm:text-[40px] lg:text-5xl",
                ),
            ],
        ),
        rx.el.p(
            rx.el.span(class_name="skeleton inline-block h-[0.8em] w-56 max-w-full rounded-lg bg-white/15"),
            class_name="text-[30px] min-[360px]:text-[38px] sm:text-[40px] lg:text-5xl leading-tight mt-2",
            aria_hidden="true",
        ),
    )


def _on_the_way() -> rx.Component:
    """Money that is not to be spent yet. Where there is none the line says so: an empty one would look like a fault,
    and one that comes and goes would make the page jump.
    """
    amount = "num font-semibold text-on-hero"
    drawing = "inline-block align-[-2px] mr-1.5 max-[359px]:hidden"
    is_quiet = (BalanceState.on_the_way == "") & ~BalanceState.has_locked
    return rx.el.div(
        rx.cond(BalanceState.is_loaded & is_quiet, rx.el.p(write("home.nothing_on_the_way"))),
        rx.cond(
            BalanceState.on_the_way != "",
            rx.el.p(
                icon("clock", 14, drawing),
                rx.el.strong(own_balance(BalanceState.on_the_way), class_name=amount),
                " ",
                BalanceState.on_the_way_from,
                # On one line, whatever the bank is called: the list below names it, too.
                class_name="truncate min-w-0",
            ),
        ),
        rx.cond(
            BalanceState.has_locked,
            rx.el.p(
                icon("lock", 14, drawing),
                rx.el.strong(own_balance(BalanceState.locked), class_name=amount),
                " ",
                write("home.locked"),
            ),
        ),
        class_name="min-h-5 text-sm max-[359px]:text-[13px] text-on-hero-2 mt-1 flex flex-wrap gap-x-4",
    )


def _actions() -> rx.Component:
    return rx.el.div(
        link_button(
            icon("send", 18, "max-[359px]:hidden"),
            write("frame.send"),
            to=SEND,
            kind="hero-solid",
            css="flex-1 sm:flex-none sm:px-6",
        ),
        link_button(
            icon("circle-plus", 18, "max-[359px]:hidden"),
            write("frame.add"),
            to=ADD_MONEY,
            kind="hero",
            css="flex-1 sm:flex-none sm:px-5 whitespace-nowrap max-sm:px-2",
        ),
        my_code_button(),
        class_name="flex flex-wrap gap-2 sm:gap-2.5 mt-5",
    )


def _hero() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(write("home.available"), class_name="text-sm text-on-hero-2"),
            _eye(),
            class_name="flex items-center justify-between",
        ),
        _available(),
        _on_the_way(),
        _actions(),
        my_code(),
        class_name=(
            "rounded-3xl p-5 min-[360px]:p-6 lg:p-7 text-on-hero bg-gradient-to-br from-hero to-hero-2 shadow-card "
            # The blue ring of a page cannot be seen on the navy.
            "[--ring:white]"
        ),
        aria_label=write("home.balance"),
    )


def _recent() -> rx.Component:
    nothing_yet = empty_state(
        "wallet",
        write("home.nothing"),
        write("home.nothing_hint"),
        link_button(icon("circle-plus", 18), write("title.add"), to=ADD_MONEY),
    )
    lines = rx.el.ul(rx.foreach(DashboardState.lines, activity_line), class_name="pb-2")
    return card(
        section_head(write("home.recent"), text_link(write("common.see_all"), to=HISTORY, css=ALONE)),
        rx.cond(
            DashboardState.is_loaded,
            rx.cond(DashboardState.lines.length() > 0, lines, nothing_yet),
            rx.el.ul(*[activity_skeleton() for _ in range(RECENT_ROWS)], class_name="pb-2", aria_hidden="true"),
        ),
    )


def _flows() -> rx.Component:
    return card(
        section_head(write("chart.title")),
        flow_choice(DashboardState.flow_range, DashboardState.choose_flow_range),
        rx.el.p(DashboardState.flow_words, role="status", class_name="sr-only"),
        flow_chart(
            DashboardState.bars,
            total_in=DashboardState.flow_in,
            total_out=DashboardState.flow_out,
            top=DashboardState.flow_top,
            is_empty=DashboardState.is_flow_empty,
            is_loaded=DashboardState.is_loaded,
        ),
    )


def _face(person: Any) -> rx.Component:
    return rx.el.li(
        ReactRouterLink.create(
            avatar(person.initials, person.tone, "size-12 max-[359px]:size-10 text-base"),
            rx.el.span(
                rx.el.span(person.short_name, aria_hidden="true"),
                rx.el.span(write("home.send_to", name=person.name), class_name="sr-only"),
                class_name="relative text-xs text-ink-2 truncate max-w-full",
            ),
            to=person.address,
            class_name="flex flex-col items-center gap-1.5 rounded-xl p-1.5 min-w-0 hover:bg-sunken",
        ),
        class_name="min-w-0",
    )


def _face_skeleton() -> rx.Component:
    return rx.el.li(
        rx.el.span(class_name="skeleton size-12 max-[359px]:size-10 rounded-full bg-sunken"),
        skeleton("h-3 w-10"),
        class_name="flex flex-col items-center gap-2.5 p-1.5",
    )


def _again() -> rx.Component:
    # The first face begins where the title does.
    row = "grid grid-cols-5 px-3 max-[359px]:px-3.5 lg:px-2 pb-4 pt-1 min-h-24"
    nobody = rx.el.p(
        write("home.again_nobody"),
        class_name="text-sm text-ink-3 px-5 pb-5 pt-1 min-h-24",
    )
    return card(
        section_head(write("home.again")),
        rx.cond(
            DashboardState.is_loaded,
            rx.cond(
                DashboardState.paid_before.length() > 0,
                rx.el.ul(rx.foreach(DashboardState.paid_before, _face), class_name=row),
                nobody,
            ),
            rx.el.ul(*[_face_skeleton() for _ in range(AGAIN_PEOPLE)], class_name=row, aria_hidden="true"),
        ),
    )


def dashboard_page() -> rx.Component:
    return shell(
        HOME,
        rx.cond(
            SessionState.is_loaded,
            write("home.hello", greeting=SessionState.greeting, name=SessionState.first_name),
            write("title.home"),
        ),
        write("home.subtitle"),
        rx.el.div(
            rx.el.div(_hero(), _recent(), class_name="space-y-5 lg:col-span-3 min-w-0"),
            rx.el.div(
                _flows(),
                _again(),
                # On a phone these stand below a list whose length is not known before it is there: they would jump.
                class_name=[
                    "space-y-5 lg:col-span-2 min-w-0",
                    rx.cond(DashboardState.is_loaded, "", "max-lg:hidden"),
                ],
            ),
            class_name="grid lg:grid-cols-5 gap-5 max-w-6xl",
        ),
    )
