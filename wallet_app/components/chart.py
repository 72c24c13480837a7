"""Money in and out of the last days: bars as plain SVG, and the same in words for who does not see them.

A chart library would cost 80 kB and half a second of a phone's time; this costs nothing.
"""

from typing import Any

import reflex as rx

from wallet_app.components.base import skeleton
from wallet_app.state.week_bars import BAR_WIDTH, HEIGHT, WIDTH


def _legend(colour: str, term: str, value: Any, is_loaded: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            rx.el.span(class_name=f"size-2.5 rounded-sm {colour}", aria_hidden="true"),
            term,
            class_name="flex items-center gap-1.5 text-sm text-ink-3",
        ),
        rx.el.dd(
            rx.cond(is_loaded, value, skeleton("h-5 w-24")), class_name="num font-semibold mt-0.5 min-h-6 break-words"
        ),
        class_name="min-w-0",
    )


def _bar(bar: Any) -> rx.Component:
    return rx.el.svg.g(
        rx.el.svg.rect(x=bar.in_x, y=bar.in_y, width=str(BAR_WIDTH), height=bar.in_height, rx="3", fill="var(--good)"),
        rx.el.svg.rect(
            x=bar.out_x, y=bar.out_y, width=str(BAR_WIDTH), height=bar.out_height, rx="3", fill="var(--brand-ink)"
        ),
        rx.el.svg.title(bar.words),
    )


def _lines() -> list[rx.Component]:
    return [
        rx.el.svg.line(x1="0", x2=str(WIDTH), y1="0.5", y2="0.5", stroke="var(--line)", stroke_dasharray="3 4"),
        rx.el.svg.line(x1="0", x2=str(WIDTH), y1=str(HEIGHT), y2=str(HEIGHT), stroke="var(--line)"),
    ]


def week_chart(bars: Any, *, total_in: Any, total_out: Any, top: Any, is_empty: Any, is_loaded: Any) -> rx.Component:
    """``bars`` is a list of ``WeekBar``; the totals and ``top`` are amounts in words."""
    return rx.el.div(
        rx.el.dl(
            _legend("bg-good", "Money in", total_in, is_loaded),
            _legend("bg-brand-ink", "Money out", total_out, is_loaded),
            class_name="grid grid-cols-2 gap-4 mb-4",
        ),
        rx.el.div(
            rx.el.p(
                rx.cond(is_empty, "Nothing moved in these days", top),
                class_name="text-xs text-ink-3 num text-right h-5",
            ),
            rx.el.svg(
                *_lines(),
                rx.foreach(bars, _bar),
                view_box=f"0 0 {WIDTH} {HEIGHT + 1}",
                class_name="block w-full h-auto",
                aria_hidden="true",
            ),
            rx.el.ul(
                rx.foreach(
                    bars,
                    lambda bar: rx.el.li(
                        rx.el.span(bar.day, aria_hidden="true"), rx.el.span(bar.words, class_name="sr-only")
                    ),
                ),
                class_name="grid grid-cols-7 text-center text-xs text-ink-3 mt-2 min-h-4",
            ),
        ),
        class_name="px-5 pb-5",
    )
