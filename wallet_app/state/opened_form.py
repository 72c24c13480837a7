"""A form that moves money, from the moment it opens until its money has moved.

Each opened form has a key, and the key stands in the address. A reload, a duplicated tab, the back button and an app
that was killed so come back to the same form, and the database answers the same payment for the same key.

The fields are the browser's own: no answer of the server overwrites what somebody is typing.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from wallet_core.errors import WalletError
from wallet_core.ids import is_key, new_token

#: The parameter of the address that holds the key.
KEY_PARAMETER: Final = "form"

#: More than any field takes; what is longer was not typed by a person.
MAX_FIELD_CHARACTERS: Final = 400

#: Fills what is empty and answers what stands in the fields. A field that was filled for another form is filled anew;
#: one that somebody typed into before the app had answered keeps what was typed.
_FILL: Final = """(()=>{const key=%s,texts=%s,choices=%s,out={};
for(const [id,text] of Object.entries(texts)){const field=document.getElementById(id);if(!field)continue;
if((field.dataset.form&&field.dataset.form!==key)||!field.value)field.value=text;
field.dataset.form=key;out[id]=field.value}
for(const [name,value] of Object.entries(choices)){
const all=[...document.getElementsByName(name)];if(!all.length)continue;
if((all[0].dataset.form&&all[0].dataset.form!==key)||!all.some(e=>e.checked))
all.forEach(e=>{e.checked=e.value===value});
all[0].dataset.form=key;out[name]=all.find(e=>e.checked)?.value??''}
return out})()"""

#: Fills only what is empty: a page that is open already may have been typed into.
_FILL_EMPTY: Final = """for(const [id,text] of Object.entries(%s)){
const field=document.getElementById(id);if(field&&!field.value)field.value=text}"""

#: See ``busy_at_once``: a click whose handler never began leaves its button off, for no state has changed.
_FREE_BUTTONS: Final = (
    "document.querySelectorAll('button[data-busy=true]').forEach(each=>{each.dataset.busy='false';each.disabled=false})"
)

#: Only while that page is still open: the person may have gone on meanwhile.
_KEEP: Final = "location.pathname.replace(/\\/$/,'')===%s&&history.%s(history.state,'',%s)"

#: The step before is shown because somebody went back: where nothing else has the focus now, the page has it.
KEEP_FOCUS: Final = (
    "document.activeElement===document.body&&document.getElementById('main')?.focus({preventScroll:true})"
)


def key_in(parameters: Mapping[str, str]) -> str | None:
    """The key that the address names, or None where it names none of ours."""
    key = parameters.get(KEY_PARAMETER)
    return key if is_key(key) else None


def opened_key(parameters: Mapping[str, str], unseen_key: str) -> tuple[str, bool]:
    """The key of the form that an address opens, and whether it is one that the address does not name yet.

    ``unseen_key`` was given before to this tab, but not seen in an address since: a page that is opened twice before
    its address has changed is one form, and keeps what was typed into it meanwhile.
    """
    key = key_in(parameters)
    return key or unseen_key or new_token(), key is None


def form_address(path: str, key: str, **parameters: str) -> str:
    """The address of one opened form; empty parameters are left out."""
    named = {KEY_PARAMETER: key, **{name: value for name, value in parameters.items() if value}}
    return f"{path}?{urlencode(named)}"


def keep_in_address(path: str, address: str, *, is_step: bool = False) -> EventSpec:
    """Replaces the address of the page that is open, with no navigation and no reload. A step is one more entry of the
    browser's history: going back leads to the step before, and not away from the form.
    """
    how = "pushState" if is_step else "replaceState"
    return rx.call_script(_KEEP % (json.dumps(path), how, json.dumps(address)))


def fill_fields(
    key: str, texts: Mapping[str, str], callback: Any, choices: Mapping[str, str] | None = None
) -> EventSpec:
    """Puts the kept text of each field (by id) and the kept choice of each group of radios (by name) into the page.

    ``callback`` is the handler that gets what then stands there, as a dict to read with ``field_text``.
    """
    script = _FILL % (json.dumps(key), json.dumps(dict(texts)), json.dumps(dict(choices or {})))
    return rx.call_script(script, callback=callback)


def fill_empty_fields(texts: Mapping[str, str]) -> EventSpec:
    """Puts a text into each field (by id) that has none."""
    return rx.call_script(_FILL_EMPTY % json.dumps(dict(texts)))


def free_buttons() -> EventSpec:
    """Switches on again what a click has switched off. For moments when nothing of this tab is being done: events of a
    tab come one after another, so this one was lost on its way, or refused before its handler.
    """
    return rx.call_script(_FREE_BUTTONS)


def text_of(value: object) -> str:
    """What a browser sent as a text; whatever is none is an empty one. One without end is cut where it is too long for
    any field, so that it is refused, and not taken for nothing.
    """
    return value[:MAX_FIELD_CHARACTERS] if isinstance(value, str) else ""


def read_id(text: object, otherwise: type[WalletError]) -> UUID:
    """The id that a browser sent. Raises: ``otherwise``, where it is none."""
    try:
        return UUID(text_of(text))
    except ValueError:
        raise otherwise from None


def field_text(fields: object, name: str) -> str:
    """One field of what a browser sent."""
    return text_of(fields.get(name) if isinstance(fields, dict) else None)
