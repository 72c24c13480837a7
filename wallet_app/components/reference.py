"""The reference of a payment with a button that copies it, the same wherever one stands."""

from typing import Any

import reflex as rx

from wallet_app.components.base import icon
from wallet_app.state.copied import CopiedState, copy
from wallet_app.words.writing import write


def reference_to_copy(reference: Any) -> rx.Component:
    is_copied = CopiedState.text == reference
    return rx.el.span(
        rx.el.span(reference, class_name="max-[359px]:text-sm break-all"),
        rx.el.button(
            rx.cond(is_copied, icon("check", 16), icon("copy", 16)),
            rx.cond(is_copied, write("common.copied"), write("common.copy")),
            rx.el.span(" ", write("common.the_reference"), class_name="sr-only"),
            type="button",
            on_click=copy(reference),
            class_name=(
                "no-print inline-flex items-center gap-1 min-h-11 -my-3 pl-3 text-sm font-medium text-brand-ink "
                "rounded cursor-pointer hover:underline"
            ),
        ),
        rx.el.span(rx.cond(is_copied, write("common.copied"), ""), role="status", class_name="sr-only"),
        on_mount=CopiedState.forget,
        class_name="inline-flex flex-wrap items-center justify-end gap-x-1",
    )
