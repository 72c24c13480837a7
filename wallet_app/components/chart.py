"""Money in and out of the last days or months: bars as plain SVG, and the same in words for who does not see them.

A chart library would cost 80 kB and half a second of a phone's time; this costs nothing.
"""

from typing import Any

import reflex as rx

from wallet_app.components.base import skeleton
from wallet_app.state.flow_bars import HEIGHT, RANGES, WIDTH
from wallet_app.words.writing import write


def _legend(colour: str, term: Any, value: Any, is_loaded: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            rx.el.span(class_name=f"size-2.5 rounded-sm {colour}", aria_hidden="true"),
            term,
            class_name="flex items-center gap-1.5 text-sm text-ink-3",
        ),
        rx.el.dd(
            rx.cond(is_loaded, value, skeleton("h-5 w-24")),
            class_name="num font-semibold mt-0.5 min-h-6 max-[359px]:text-[13px]",
        ),
        class_name="min-w-0",
    )


def _bar(bar: Any) -> rx.Component:
    # The room around the bars is drawn clear, so that a mouse anywhere above the day finds its words.
    return rx.el.svg.g(
        rx.el.svg.rect(x=bar.left, y="0", width=bar.room, height=str(HEIGHT), class_name="fill-transparent"),
        rx.el.svg.rect(x=bar.in_x, y=bar.in_y, width=bar.width, height=bar.in_height, rx="2", class_name="fill-good"),
        rx.el.svg.rect(
            x=bar.out_x, y=bar.out_y, width=bar.width, height=bar.out_height, rx="2", class_name="fill-brand-ink"
        ),
        rx.el.svg.title(bar.words),
    )


def _lines() -> list[rx.Component]:
    return [
        rx.el.svg.line(x1="0", x2=str(WIDTH), y1="0.5", y2="0.5", class_name="stroke-line [stroke-dasharray:3_4]"),
        rx.el.svg.line(x1="0", x2=str(WIDTH), y1=str(HEIGHT), y2=str(HEIGHT), class_name="stroke-line"),
    ]


def _choice(code: str, words: Any, chosen: Any, on_choose: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="flow-range",
            value=code,
            checked=chosen == code,
            on_change=on_choose(code),
            class_name="sr-only",
        ),
        words,
        class_name=(
            "relative flex-1 flex items-center justify-center min-h-11 min-w-11 px-1 rounded-[10px] border "
            "border-transparent text-sm font-medium text-ink-2 cursor-pointer whitespace-nowrap "
            "has-[:checked]:border-line-strong has-[:checked]:bg-surface has-[:checked]:text-ink "
            "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-ring"
        ),
    )


def flow_choice(chosen: Any, on_choose: Any) -> rx.Component:
    """How far back the bars go. Radio buttons, so that the arrows of a keyboard choose."""
    return rx.el.fieldset(
        rx.el.legend(write("chart.choice"), class_name="sr-only"),
        rx.el.div(
            *[_choice(over.value, write(words), chosen, on_choose) for over, words in RANGES.items()],
            class_name="flex gap-1 rounded-xl bg-sunken p-1",
        ),
        class_name="px-5 pt-1 pb-4 min-w-0",
    )


def _heads() -> list[rx.Var[str]]:
    return [write("chart.period"), write("chart.in"), write("chart.out")]


def _table(bars: Any) -> rx.Component:
    """The bars for who does not see them."""
    head = rx.el.tr(*[rx.el.th(words, scope="col") for words in _heads()])
    return rx.el.div(
        rx.el.table(
            rx.el.caption(write("chart.title")),
            rx.el.thead(head),
            rx.el.tbody(
                rx.foreach(
                    bars,
                    lambda bar: rx.el.tr(
                        rx.el.th(bar.period, scope="row"), rx.el.td(bar.money_in), rx.el.td(bar.money_out)
                    ),
                )
            ),
        ),
        class_name="sr-only",
    )


def _labels(bars: Any) -> rx.Component:
    """A date may be wider than the room of its day: it stands in the middle of it, over the edges."""
    return rx.el.div(
        rx.foreach(
            bars,
            lambda bar: rx.el.span(
                rx.el.span(bar.label, class_name="whitespace-nowrap"), class_name="flex-1 flex justify-center w-0"
            ),
        ),
        class_name="flex text-xs text-ink-3 num mt-2 h-4",
        aria_hidden="true",
    )


def flow_chart(bars: Any, *, total_in: Any, total_out: Any, top: Any, is_empty: Any, is_loaded: Any) -> rx.Component:
    """``bars`` is a list of ``FlowBar``; the totals and ``top`` are amounts in words."""
    return rx.el.div(
        rx.el.dl(
            _legend("bg-good", write("chart.in"), total_in, is_loaded),
            _legend("bg-brand-ink", write("chart.out"), total_out, is_loaded),
            class_name="grid grid-cols-2 gap-4 mb-4",
        ),
        rx.el.p(
            rx.cond(is_empty, write("chart.nothing"), top),
            class_name="text-xs text-ink-3 num text-right h-5",
        ),
        rx.el.svg(
            *_lines(),
            rx.foreach(bars, _bar),
            view_box=f"0 0 {WIDTH} {HEIGHT + 1}",
            class_name="block w-full h-auto",
            aria_hidden="true",
        ),
        _labels(bars),
        _table(bars),
        class_name="px-5 pb-5",
    )
