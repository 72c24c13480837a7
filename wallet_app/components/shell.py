"""What stands around every private page: sidebar, phone tabs, who is signed in, live announcements."""

from typing import Any, Final

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from wallet_app.components.base import NativeLink, avatar, classes, icon, native_form, skeleton
from wallet_app.components.palette import palette_field_button, palette_icon_button
from wallet_app.paths import ADD_MONEY, HISTORY, HOME, NOTIFICATIONS, REQUESTS, SEND, SETTINGS
from wallet_app.state.balance import BalanceState
from wallet_app.state.navigation import NavigationState
from wallet_app.state.notifications import NotificationsState
from wallet_app.state.session import SessionState
from wallet_app.words.writing import write

#: Address, icon, and the key of the words.
_PLACES: Final = (
    (HOME, "house", "frame.home"),
    (ADD_MONEY, "landmark", "frame.add"),
    (SEND, "send", "frame.send"),
    (REQUESTS, "hand-coins", "frame.requests"),
    (HISTORY, "receipt-text", "frame.history"),
)
_NOTIFICATIONS_PLACE: Final = (NOTIFICATIONS, "bell", "frame.notifications")
_SETTINGS_PLACE: Final = (SETTINGS, "settings", "frame.settings")

#: After a client-side navigation the focus would stay on the body; the first page keeps the browser's own.
_FOCUS_MAIN: Final = (
    "window.__navigated?document.getElementById('main')?.focus({preventScroll:true}):window.__navigated=1"
)


def brand() -> rx.Component:
    return ReactRouterLink.create(
        rx.el.span(
            "₹",
            class_name="grid place-items-center size-8 rounded-lg bg-brand text-on-brand font-bold",
            aria_hidden="true",
        ),
        rx.el.span(write("brand.name"), class_name="font-semibold text-lg tracking-tight"),
        to=HOME,
        class_name="flex items-center gap-2.5 rounded-lg min-h-11",
    )


def theme_toggle() -> rx.Component:
    return rx.el.button(
        rx.color_mode_cond(icon("moon", 18), icon("sun", 18)),
        rx.el.span(write("frame.theme"), class_name="sr-only"),
        on_click=rx.toggle_color_mode,
        type="button",
        class_name="grid place-items-center size-11 shrink-0 rounded-xl text-ink-2 hover:bg-sunken cursor-pointer",
    )


def _is_active(path: str, page: str) -> Any:
    """The navigation state's word; before it has arrived, what the page itself knows."""
    if path == page:
        return (NavigationState.active_item == path) | (NavigationState.active_item == "")
    return NavigationState.active_item == path


def _new_count(css: str) -> rx.Component:
    """How many notifications are new, where any are."""
    return rx.cond(
        NotificationsState.count != "",
        rx.el.span(
            NotificationsState.count,
            rx.el.span(" ", write("frame.new"), class_name="sr-only"),
            class_name=classes(
                "num grid place-items-center min-w-5 h-5 px-1.5 rounded-full bg-brand text-on-brand text-[11px] "
                "font-semibold",
                css,
            ),
        ),
    )


def _side_item(place: tuple[str, str, str], page: str, *more: Any) -> rx.Component:
    path, icon_name, words = place
    active = _is_active(path, page)
    return rx.el.li(
        ReactRouterLink.create(
            icon(icon_name, 20),
            write(words),
            *more,
            to=path,
            custom_attrs={"aria-current": rx.cond(active, "page", "false")},
            class_name=[
                "flex items-center gap-3 min-h-11 px-3 rounded-xl text-[15px] font-medium transition-colors",
                rx.cond(active, "bg-brand-soft text-brand-ink", "text-ink-2 hover:bg-sunken hover:text-ink"),
            ],
        )
    )


def _tab_item(place: tuple[str, str, str], page: str) -> rx.Component:
    path, icon_name, words = place
    active = _is_active(path, page)
    return rx.el.li(
        ReactRouterLink.create(
            icon(icon_name, 22),
            rx.el.span(write(words), class_name="text-[11px] font-medium"),
            to=path,
            custom_attrs={"aria-current": rx.cond(active, "page", "false")},
            class_name=[
                "flex flex-col items-center justify-center gap-0.5 h-16",
                rx.cond(active, "text-brand-ink", "text-ink-3"),
            ],
        )
    )


def _sign_out(css: str) -> rx.Component:
    return native_form(
        rx.el.button(icon("log-out", 20), write("frame.sign_out"), type="submit", class_name=css),
        action="/auth/signout",
    )


def _person() -> rx.Component:
    return rx.el.div(
        avatar(SessionState.initials, SessionState.tone),
        rx.el.div(
            rx.cond(
                SessionState.is_loaded,
                rx.fragment(
                    rx.el.p(SessionState.name, class_name="text-sm font-semibold truncate"),
                    rx.el.p(SessionState.phone, class_name="text-xs text-ink-3 num whitespace-nowrap"),
                ),
                rx.fragment(skeleton("h-4 w-28"), skeleton("h-3 w-24 mt-1.5")),
            ),
            class_name="min-w-0 flex-1",
        ),
        theme_toggle(),
        class_name="flex items-center gap-2.5 pl-2 pt-3 border-t border-line",
    )


def _sidebar(page: str) -> rx.Component:
    return rx.el.aside(
        rx.el.div(brand(), class_name="px-3 pt-5 pb-4"),
        rx.el.div(palette_field_button(), class_name="pb-4"),
        rx.el.nav(
            rx.el.ul(*[_side_item(place, page) for place in _PLACES], class_name="space-y-1"),
            aria_label=write("frame.places"),
        ),
        rx.el.div(
            rx.el.ul(
                _side_item(_NOTIFICATIONS_PLACE, page, _new_count("ml-auto")),
                _side_item(_SETTINGS_PLACE, page),
                class_name="space-y-1",
            ),
            _sign_out(
                "flex w-full items-center gap-3 min-h-11 px-3 rounded-xl text-[15px] font-medium text-ink-2 "
                "hover:bg-sunken hover:text-ink cursor-pointer"
            ),
            _person(),
            class_name="mt-auto space-y-1",
        ),
        class_name=(
            "no-print hidden lg:flex flex-col fixed inset-y-0 left-0 w-64 px-3 pb-3 bg-surface border-r border-line"
        ),
    )


def _phone_header() -> rx.Component:
    square = "grid place-items-center size-11 rounded-xl text-ink-2 hover:bg-sunken cursor-pointer"
    return rx.el.header(
        brand(),
        rx.el.div(
            palette_icon_button(square),
            theme_toggle(),
            ReactRouterLink.create(
                icon("bell", 18),
                rx.el.span(write("frame.notifications"), class_name="sr-only"),
                _new_count("absolute top-0.5 right-0.5"),
                to=NOTIFICATIONS,
                class_name=classes(square, "relative"),
            ),
            ReactRouterLink.create(
                icon("settings", 18),
                rx.el.span(write("frame.settings"), class_name="sr-only"),
                to=SETTINGS,
                class_name=square,
            ),
            # As wide as the four of them from the first one on: a page that comes in pieces is drawn in pieces.
            class_name="grid grid-cols-4 w-44",
        ),
        class_name=(
            "no-print lg:hidden sticky top-0 z-20 flex items-center justify-between px-4 h-14 bg-canvas/90 "
            "backdrop-blur border-b border-line"
        ),
    )


def _phone_tabs(page: str) -> rx.Component:
    return rx.el.nav(
        # Five columns, and not as many as have come so far, which would then move.
        rx.el.ul(*[_tab_item(place, page) for place in _PLACES], class_name="grid grid-cols-5"),
        aria_label=write("frame.places_on_a_phone"),
        class_name=(
            "no-print lg:hidden fixed bottom-0 inset-x-0 z-20 bg-surface border-t border-line "
            "pb-[env(safe-area-inset-bottom)]"
        ),
    )


def _announcements() -> rx.Component:
    """Screen readers are told what arrived; the same words are a toast for the eyes."""
    return rx.fragment(
        rx.el.p(BalanceState.announcement, role="status", class_name="sr-only"),
        rx.el.p(NotificationsState.announcement, role="status", class_name="sr-only"),
    )


def shell(page: str, title: Any, subtitle: Any, *children: Any, actions: tuple[Any, ...] = ()) -> rx.Component:
    """Draws a private page. ``page`` is the path of the sidebar item that it belongs to."""
    heading = rx.el.div(
        rx.el.div(
            rx.el.h1(title, class_name="text-2xl lg:text-[28px] font-semibold tracking-tight wrap-anywhere"),
            rx.el.p(subtitle, class_name="text-ink-3 mt-1"),
            class_name="min-w-0",
        ),
        *actions,
        class_name="flex items-end justify-between gap-4 mb-6",
    )
    return rx.el.div(
        NativeLink.create(
            write("frame.skip"),
            href="#main",
            class_name="skip rounded-lg bg-brand text-on-brand px-4 py-2 font-semibold",
        ),
        _phone_header(),
        _sidebar(page),
        rx.el.main(
            heading,
            *children,
            _announcements(),
            id="main",
            tab_index=-1,
            on_mount=rx.call_script(_FOCUS_MAIN),
            class_name=classes("lg:ml-64 px-4 lg:px-8 pt-6 lg:pt-8 pb-28 lg:pb-12 outline-none!"),
        ),
        _phone_tabs(page),
        class_name="min-h-dvh",
    )
