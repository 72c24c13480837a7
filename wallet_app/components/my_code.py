"""My QR: the code that others scan, what it asks for, and how it gets to them: as a picture, a link, or shared."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.base import button, field_error, icon
from wallet_app.state.copied import CopiedState, copy
from wallet_app.state.my_code import AMOUNT_FIELD, NOTE_FIELD, MyCodeState
from wallet_app.state.session import SessionState
from wallet_app.words.writing import write
from wallet_core.money import MAX_AMOUNT_CHARACTERS
from wallet_core.services.payments import MAX_NOTE_CHARACTERS

_PANEL: Final = "my-code"
_DRAWING: Final = "my-code-drawing"
_SHARE: Final = "my-code-share"

#: While somebody types, the code is drawn where they rest.
_REST_MS: Final = 250

_FIELD: Final = (
    "w-full rounded-xl border border-white/50 bg-white/10 min-h-11 px-3 text-base text-on-hero "
    "placeholder:text-on-hero-2"
)

#: The code and the words below it, large enough to be printed. Drawn in the browser, from what the page shows.
_SAVE: Final = f"""(async()=>{{
const svg=document.getElementById('{_DRAWING}'),side=1024,line=64;
const words=[...document.querySelectorAll('#{_PANEL} [data-on-picture]')].map(e=>e.innerText);
const canvas=document.createElement('canvas');canvas.width=side;canvas.height=side+line*words.length+32;
const pen=canvas.getContext('2d');pen.fillStyle='#fff';pen.fillRect(0,0,canvas.width,canvas.height);
const copy=svg.cloneNode(true);copy.setAttribute('width',side);copy.setAttribute('height',side);
const picture=new Image();
picture.src='data:image/svg+xml,'+encodeURIComponent(new XMLSerializer().serializeToString(copy));
await picture.decode();pen.imageSmoothingEnabled=false;pen.drawImage(picture,0,0,side,side);
pen.fillStyle='#101828';pen.textAlign='center';
words.forEach((text,row)=>{{pen.font=(row?'400 40px':'600 48px')+' Inter, sans-serif';
pen.fillText(text,side/2,side+line*row+44,side-96)}});
canvas.toBlob(file=>{{const link=document.createElement('a');link.href=URL.createObjectURL(file);
link.download='wallet-qr.png';link.click();setTimeout(()=>URL.revokeObjectURL(link.href),60000)}},'image/png')}})()"""

#: A browser that cannot share shows no button for it. Who turns back in the system's own list is told nothing.
_OFFER_SHARING: Final = f"navigator.share&&document.getElementById('{_SHARE}')?.removeAttribute('hidden')"
_DO_SHARE: Final = (
    f"navigator.share({{title:document.querySelector('#{_PANEL} [data-on-picture]')?.innerText,"
    f"url:document.getElementById('{_SHARE}').dataset.address}}).catch(()=>0)"
)


def my_code_button() -> rx.Component:
    return button(
        icon("qr-code", 18),
        rx.el.span(write("code.button"), class_name="max-sm:sr-only"),
        kind="hero",
        css="max-sm:min-w-11 max-sm:px-3",
        on_click=MyCodeState.toggle,
        custom_attrs={"aria-expanded": rx.cond(MyCodeState.is_open, "true", "false"), "aria-controls": _PANEL},
    )


def my_code() -> rx.Component:
    """Scanned by another phone, it opens the send page with this person filled in."""
    return rx.el.div(rx.cond(MyCodeState.is_open, _panel()), id=_PANEL)


def _panel() -> rx.Component:
    drawing = rx.el.svg(
        rx.el.svg.path(d=MyCodeState.path),
        rx.el.svg.title(write("code.title")),
        id=_DRAWING,
        view_box=MyCodeState.box,
        role="img",
        custom_attrs={"shapeRendering": "crispEdges"},
        class_name="qr max-w-full rounded-2xl bg-white max-sm:mx-auto",
    )
    return rx.el.div(
        drawing,
        rx.el.div(
            rx.el.p(
                write("code.scan", name=SessionState.name),
                custom_attrs={"data-on-picture": ""},
                class_name="font-semibold text-lg break-words",
            ),
            rx.cond(
                MyCodeState.amount_words != "",
                rx.el.p(MyCodeState.amount_words, custom_attrs={"data-on-picture": ""}, class_name="num text-lg"),
            ),
            rx.el.p(
                SessionState.phone,
                custom_attrs={"data-on-picture": ""},
                class_name="num text-on-hero-2 text-sm mt-0.5",
            ),
            rx.el.p(
                rx.cond(MyCodeState.amount_words != "", write("code.hint_amount"), write("code.hint")),
                class_name="text-on-hero-2 text-sm mt-2 min-h-10",
            ),
            _fields(),
            class_name="min-w-0 flex-1 basis-56",
        ),
        _ways(),
        class_name="flex flex-wrap items-start gap-x-6 gap-y-5 mt-6 pt-6 border-t border-white/15",
    )


def _fields() -> rx.Component:
    return rx.el.div(
        _field(
            AMOUNT_FIELD,
            write("code.amount"),
            error=MyCodeState.amount_error,
            value=MyCodeState.amount,
            on_change=MyCodeState.type_amount,
            input_mode="decimal",
            max_length=MAX_AMOUNT_CHARACTERS,
        ),
        _field(
            NOTE_FIELD,
            write("code.note"),
            error=MyCodeState.note_error,
            value=MyCodeState.note,
            on_change=MyCodeState.type_note,
            max_length=MAX_NOTE_CHARACTERS,
        ),
        class_name="grid min-[420px]:grid-cols-2 gap-3 mt-3",
    )


def _field(id: str, label: Any, *, error: Any, value: Any, on_change: Any, **props: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="block text-sm text-on-hero-2 mb-1"),
        rx.el.input(
            id=id,
            type="text",
            default_value=value,
            auto_complete="off",
            on_change=on_change.debounce(_REST_MS),
            aria_invalid=error != "",
            aria_describedby=f"{id}-error",
            class_name=_FIELD,
            **props,
        ),
        rx.el.div(
            field_error(error, id=f"{id}-error"),
            # The red of a page is too dark for the navy.
            class_name=["rounded-xl", rx.cond(error != "", "bg-surface px-3 pb-2 mt-1", "")],
        ),
        class_name="min-w-0",
    )


def _ways() -> rx.Component:
    """How the code gets to others."""
    is_copied = CopiedState.text == MyCodeState.address
    return rx.el.div(
        button(icon("download", 18), write("code.save"), kind="hero", on_click=rx.call_script(_SAVE)),
        button(
            icon("clipboard", 18),
            rx.cond(is_copied, write("common.copied"), write("code.copy")),
            kind="hero",
            on_click=copy(MyCodeState.address),
        ),
        button(
            icon("share-2", 18),
            write("code.share"),
            id=_SHARE,
            kind="hero",
            hidden=True,
            on_mount=rx.call_script(_OFFER_SHARING),
            on_click=rx.call_script(_DO_SHARE),
            custom_attrs={"data-address": MyCodeState.address},
        ),
        rx.el.span(rx.cond(is_copied, write("code.copied"), ""), role="status", class_name="sr-only"),
        class_name="flex flex-wrap gap-2 w-full",
    )
