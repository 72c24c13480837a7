"""Notifications: what happened, newest first; what is new since the last visit is marked."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.activity import DISC, list_row, row_skeleton
from wallet_app.components.base import card, empty_state, field_error, icon
from wallet_app.components.more import more_button
from wallet_app.components.shell import shell
from wallet_app.paths import NOTIFICATIONS
from wallet_app.state.notifications import NotificationsState
from wallet_app.words.writing import write

_SKELETON_ROWS: Final = 6


def _icon(line: Any) -> rx.Component:
    return rx.el.span(
        rx.match(
            line.icon,
            ("money-received", icon("arrow-down-left", 18)),
            ("money-added", icon("landmark", 18)),
            ("onramp-failed", icon("circle-x", 18)),
            ("request-received", icon("hand-coins", 18)),
            ("request-paid", icon("arrow-down-left", 18)),
            ("request-declined", icon("hand-coins", 18)),
            icon("monitor-smartphone", 18),
        ),
        class_name=[DISC, rx.cond(line.has_arrived, "bg-good-soft text-good", "bg-sunken text-ink-2")],
    )


def _row(line: Any) -> rx.Component:
    new = rx.el.span(
        write("notifications.new"),
        class_name="rounded-full px-2 py-0.5 text-xs font-medium bg-brand-soft text-brand-ink shrink-0",
    )
    return list_row(
        _icon(line),
        rx.el.div(
            rx.el.p(line.title, class_name="num font-medium wrap-anywhere"),
            rx.el.p(line.detail, class_name="num text-sm text-ink-3 wrap-anywhere"),
            class_name="min-w-0 flex-1",
        ),
        rx.cond(line.is_new, new),
        to=line.address,
        key=line.key,
    )


def _skeleton() -> rx.Component:
    rows = [row_skeleton(title_css="w-48 max-w-full") for _ in range(_SKELETON_ROWS)]
    return rx.el.ul(*rows, class_name="py-2", aria_hidden="true")


def notifications_page() -> rx.Component:
    nothing = empty_state("bell", write("notifications.nothing"), write("notifications.nothing_hint"))
    lines = rx.fragment(
        rx.el.ul(rx.foreach(NotificationsState.lines, _row), class_name="py-2"),
        rx.cond(
            NotificationsState.has_more,
            rx.el.div(
                more_button(NotificationsState.show_more),
                class_name="px-5 pb-5 text-center",
            ),
        ),
    )
    return shell(
        NOTIFICATIONS,
        write("title.notifications"),
        write("notifications.subtitle"),
        card(
            rx.el.div(field_error(NotificationsState.error, id="notifications-error"), class_name="px-5"),
            rx.cond(
                NotificationsState.is_loaded,
                rx.cond(NotificationsState.lines.length() > 0, lines, nothing),
                _skeleton(),
            ),
            css="max-w-6xl",
        ),
    )
