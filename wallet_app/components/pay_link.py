"""Two ways to a person who shows their code: the camera, where the browser reads codes itself, and a link to paste.

No code of ours looks at pictures: ``BarcodeDetector`` is the browser's, and what the camera sees stays on the device.
"""

from typing import Final

import reflex as rx

from wallet_app.components.base import FIELD, button, classes, field_error, icon
from wallet_app.pay_links import MAX_LINK_CHARACTERS
from wallet_app.state.pay_link import LINK_FIELD, PayLinkState
from wallet_app.words.writing import write

_SCAN: Final = "scan-code"
_SCANNER: Final = "scanner"
_SCANNER_TITLE: Final = "scanner-title"
_PASTE: Final = "paste-link"
_REFUSED: Final = "camera-refused"
_ERROR: Final = "pay-link-error"

#: On a phone (a finger, not a mouse) whose browser reads QR codes and that has a camera; elsewhere there is no button.
_OFFER_CAMERA: Final = f"""(async()=>{{
if(!matchMedia('(pointer:coarse)').matches||!('BarcodeDetector' in window)||!navigator.mediaDevices)return;
const kinds=await BarcodeDetector.getSupportedFormats(),devices=await navigator.mediaDevices.enumerateDevices();
if(kinds.includes('qr_code')&&devices.some(e=>e.kind==='videoinput'))
document.getElementById('{_SCAN}')?.removeAttribute('hidden')}})().catch(()=>0)"""

#: Looks five times a second until a code is read or the dialog closes; then the camera goes off. A code goes through
#: the form for pasted links, so that there is one place that judges it.
_DO_SCAN: Final = f"""(async()=>{{
const box=document.getElementById('{_SCANNER}'),video=box.querySelector('video');
const field=document.getElementById('{LINK_FIELD}');
document.getElementById('{_REFUSED}').hidden=true;
let stream,isOpen=true;const stop=()=>stream?.getTracks().forEach(track=>track.stop());
box.addEventListener('close',()=>{{isOpen=false;stop();video.srcObject=null}},{{once:true}});
box.showModal();
try{{
stream=await navigator.mediaDevices.getUserMedia({{video:{{facingMode:'environment'}}}});
if(!isOpen)return stop();
video.srcObject=stream;await video.play();
const detector=new BarcodeDetector({{formats:['qr_code']}});
while(isOpen){{
const codes=await detector.detect(video).catch(()=>[]);
if(isOpen&&codes[0]?.rawValue){{field.value=codes[0].rawValue;box.close();field.form.requestSubmit();return}}
await new Promise(rest=>setTimeout(rest,200))}}
}}catch{{
if(!isOpen)return;
box.close();document.getElementById('{_REFUSED}').hidden=false;
document.getElementById('{_PASTE}').open=true;field.focus()}}}})()"""


def pay_link_choice() -> rx.Component:
    """The camera's button keeps its place free of jumps: it shares the line of the link's."""
    return rx.el.div(
        rx.el.div(
            button(
                icon("scan-line", 18),
                write("link.scan"),
                id=_SCAN,
                kind="quiet",
                css="flex-1 whitespace-nowrap",
                hidden=True,
                on_mount=rx.call_script(_OFFER_CAMERA),
                on_click=rx.call_script(_DO_SCAN),
            ),
            _paste(),
            class_name="flex flex-wrap items-start gap-2 min-h-11",
        ),
        rx.el.div(
            rx.el.p(write("link.camera_refused"), id=_REFUSED, hidden=True, class_name="mt-2 text-sm text-bad"),
            role="alert",
        ),
        field_error(PayLinkState.error, id=_ERROR),
        _scanner(),
        class_name="needs-script px-5 mt-2",
    )


def _paste() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("link", 16, "shrink-0"),
            write("link.paste"),
            class_name=(
                "inline-flex items-center gap-2 min-h-11 px-1 text-sm font-medium text-brand-ink rounded "
                "cursor-pointer hover:underline"
            ),
        ),
        rx.el.form(
            rx.el.label(write("link.label"), html_for=LINK_FIELD, class_name="sr-only"),
            rx.el.input(
                id=LINK_FIELD,
                name=LINK_FIELD,
                type="text",
                input_mode="url",
                auto_complete="off",
                spell_check=False,
                # One more than is read, so that what is cut is refused.
                max_length=MAX_LINK_CHARACTERS + 1,
                aria_describedby=_ERROR,
                class_name=classes(FIELD, "flex-1 basis-40 min-w-0"),
            ),
            button(write("link.open"), type="submit", kind="quiet", css="min-h-12"),
            on_submit=PayLinkState.follow,
            no_validate=True,
            class_name="flex flex-wrap gap-2 mt-1",
        ),
        id=_PASTE,
        class_name="min-w-0 open:basis-full open:grow",
    )


def _scanner() -> rx.Component:
    return rx.el.dialog(
        rx.el.h2(write("link.scan_title"), id=_SCANNER_TITLE, class_name="text-xl font-semibold tracking-tight"),
        rx.el.p(write("link.scan_hint"), class_name="text-ink-3 mt-1.5 text-sm"),
        rx.el.video(
            muted=True,
            plays_inline=True,
            aria_label=write("link.view"),
            class_name="mt-4 w-full aspect-square object-cover rounded-2xl bg-black",
        ),
        button(
            write("link.close"),
            kind="quiet",
            css="w-full mt-4",
            on_click=rx.call_script(f"document.getElementById('{_SCANNER}').close()"),
        ),
        id=_SCANNER,
        aria_labelledby=_SCANNER_TITLE,
        class_name=(
            "m-auto w-[min(28rem,calc(100vw-2rem))] rounded-3xl bg-surface text-ink border border-line p-6 shadow-pop "
            "backdrop:bg-black/50"
        ),
    )
