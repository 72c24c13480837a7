"""The small parts that every page is drawn with: elements and Tailwind classes, no component library.

Radix Themes (``rx.button``, ``rx.text`` ...) stays out: one of them brings 700 kB of CSS into every page.
"""

from typing import Any, Final

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink

from wallet_app.words.writing import write

Child = Any

_BUTTON: Final = (
    "inline-flex items-center justify-center gap-2 rounded-xl font-semibold min-h-11 px-4 text-[15px] "
    "transition-colors cursor-pointer disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-2 "
    # Not ready: it can be pressed, and says what is missing, so its words have to be read.
    "aria-disabled:bg-sunken aria-disabled:text-ink-2"
)
_BUTTON_KINDS: Final = {
    "primary": "bg-brand text-on-brand hover:brightness-110",
    "quiet": "bg-sunken text-ink hover:bg-line",
    "ghost": "text-ink-2 hover:bg-sunken",
    "danger": "bg-bad-soft text-bad hover:brightness-95",
    "hero": "bg-white/12 text-on-hero hover:bg-white/20",
    "hero-solid": "bg-white text-[#0b1f4d] hover:bg-white/90",
}

#: A text field: 48 px high, so that a thumb hits it; 16 px type, so that a phone does not zoom in.
FIELD: Final = "w-full rounded-xl border border-line-strong bg-surface min-h-12 px-3.5 text-base placeholder:text-ink-3"

#: One of several beside each other that is chosen, and the others. (A row of a list: tinted, with a check.)
CHOSEN: Final = "border-brand bg-brand-soft text-brand-ink"
NOT_CHOSEN: Final = "border-line-strong text-ink-2 hover:bg-sunken"

#: For a link of a word or two that stands alone: as large as a thumb, and what is beside it stays where it is.
ALONE: Final = "inline-flex items-center justify-end text-sm min-h-11 min-w-11 -my-3"


class NativeForm(BaseHTML):
    """A form that the browser itself sends, with JavaScript on or off; ``rx.el.form`` always intercepts."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


class NativeLink(BaseHTML):
    """A link that the browser itself follows, within the page (``#main``) or to a file; ``rx.el.a`` asks the router."""

    tag = "a"

    href: rx.Var[str]


def classes(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def icon(name: str, size: int = 20, css: Any = "") -> rx.Component:
    """A drawing beside words: never the only bearer of a meaning, so hidden from screen readers."""
    return rx.icon(name, size=size, class_name=css, custom_attrs={"aria-hidden": "true"})


def card(*children: Child, css: str = "", **props: Any) -> rx.Component:
    return rx.el.section(*children, class_name=["rounded-2xl bg-surface border border-line shadow-card", css], **props)


def button(*children: Child, kind: str = "primary", css: str = "", **props: Any) -> rx.Component:
    kind_of_button = props.pop("type", "button")
    return rx.el.button(*children, type=kind_of_button, class_name=classes(_BUTTON, _BUTTON_KINDS[kind], css), **props)


def link_button(*children: Child, to: Any, kind: str = "primary", css: str = "", **props: Any) -> rx.Component:
    return ReactRouterLink.create(*children, to=to, class_name=classes(_BUTTON, _BUTTON_KINDS[kind], css), **props)


def file_link(*children: Child, href: Any, kind: str = "quiet", css: str = "", **props: Any) -> rx.Component:
    """A link to a file, which the browser loads by itself; the page stays."""
    return NativeLink.create(*children, href=href, class_name=classes(_BUTTON, _BUTTON_KINDS[kind], css), **props)


def text_link(*children: Child, to: Any, css: str = "") -> rx.Component:
    return ReactRouterLink.create(
        *children, to=to, class_name=classes("font-medium text-brand-ink hover:underline rounded", css)
    )


def native_form(*children: Child, action: str, css: str = "", **props: Any) -> rx.Component:
    return NativeForm.create(*children, action=action, method="post", class_name=css, **props)


def avatar(initials: Any, tone: Any, css: str = "size-10 text-sm") -> rx.Component:
    """``tone`` is one of ``formatting.TONES``, each a class of assets/app.css."""
    return rx.el.span(
        initials,
        class_name=[f"grid place-items-center shrink-0 rounded-full font-semibold text-white {css}", tone],
        aria_hidden="true",
    )


def section_head(title: Child, *right: Child) -> rx.Component:
    return rx.el.div(
        rx.el.h2(title, class_name="text-base font-semibold"),
        *right,
        class_name="flex items-center justify-between gap-3 px-5 pt-4 pb-2",
    )


def skeleton(css: str) -> rx.Component:
    """A grey block in the final shape, while the state is on its way; nothing jumps when it arrives."""
    return rx.el.span(class_name=f"skeleton block rounded-lg bg-sunken {css}", aria_hidden="true")


def field_error(error: Any, *, id: str) -> rx.Component:
    """The error beside its field, announced to screen readers; the element is always there to be announced."""
    return rx.el.div(
        rx.cond(
            error != "",
            rx.el.p(
                icon("circle-alert", 16, "shrink-0 mt-0.5"), error, class_name="flex gap-1.5 mt-2 text-sm text-bad"
            ),
        ),
        id=id,
        role="alert",
    )


def status_badge(status: Any) -> rx.Component:
    """The status in words; nothing for what has simply succeeded."""
    look = "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium"
    return rx.match(
        status,
        (
            "processing",
            rx.el.span(icon("clock", 12), write("status.processing"), class_name=f"{look} bg-warn-soft text-warn"),
        ),
        ("failed", rx.el.span(icon("circle-x", 12), write("status.failed"), class_name=f"{look} bg-bad-soft text-bad")),
        (
            "expired",
            rx.el.span(icon("circle-x", 12), write("status.expired"), class_name=f"{look} bg-bad-soft text-bad"),
        ),
        rx.fragment(),
    )


def empty_state(
    icon_name: str, title: Child, text: Child, *actions: Child, is_whole_page: bool = False
) -> rx.Component:
    """Why there is nothing here, and the one next step. Where it is all of the page, its title is the page's."""
    if is_whole_page:
        heading = rx.el.h1(title, class_name="text-2xl lg:text-[28px] font-semibold tracking-tight mt-3")
    else:
        heading = rx.el.p(title, class_name="font-medium mt-3")
    return rx.el.div(
        rx.el.span(
            icon(icon_name, 22), class_name="mx-auto grid place-items-center size-12 rounded-full bg-sunken text-ink-3"
        ),
        heading,
        rx.el.p(text, class_name="text-sm text-ink-3 mt-1 mb-4 max-w-xs mx-auto text-balance"),
        *actions,
        class_name="text-center px-5 py-10",
    )


def search_field(label: Child, *, id: str, **attributes: Any) -> rx.Component:
    """``attributes``: of the input, its hint and handler among them."""
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="sr-only"),
        icon("search", 18, "absolute left-3.5 top-1/2 -translate-y-1/2 text-ink-3 pointer-events-none"),
        rx.el.input(
            id=id,
            type="search",
            auto_complete="off",
            enter_key_hint="search",
            # The cross that empties it keeps its place also where there is nothing to empty, and cuts the hint.
            class_name=classes(
                FIELD, "pl-11 max-[359px]:pl-10 placeholder-shown:[&::-webkit-search-cancel-button]:hidden"
            ),
            **attributes,
        ),
        class_name="relative",
    )


def description(term: Child, value: Child, css: str = "") -> rx.Component:
    """One line of a list of facts."""
    return rx.el.div(
        rx.el.dt(term, class_name="text-ink-3 shrink-0"),
        rx.el.dd(value, class_name=classes("num text-right text-balance min-w-0 break-words ml-auto", css)),
        # On the narrowest phones a long sum takes a line of its own, and is not broken into two.
        class_name="flex justify-between gap-x-4 py-2.5 max-[359px]:flex-wrap",
    )
