"""The button below a list that brings the next rows, and goes away with the last of them."""

from typing import Any, Final

import reflex as rx

from wallet_app.components.base import button
from wallet_app.words.writing import write

#: When the button has gone, and the focus with it, it stands on the first of the rows that came.
_KEEP_FOCUS: Final = """(()=>{const pressed=document.activeElement,main=document.getElementById('main');
if(!main.contains(pressed))return;const old=new Set(main.querySelectorAll('li'));window.__more?.disconnect();
(window.__more=new MutationObserver((_,seen)=>{if(pressed.isConnected)return;seen.disconnect();
if(document.activeElement!==document.body)return;const row=[...main.querySelectorAll('li')].find(e=>!old.has(e));
(row?.querySelector('a,button,input')??main).focus()})).observe(main,{childList:true,subtree:true})})()"""


def more_button(on_click: Any, css: str = "w-full sm:w-auto") -> rx.Component:
    return button(write("common.show_more"), kind="quiet", css=css, on_click=[rx.call_script(_KEEP_FOCUS), on_click])
