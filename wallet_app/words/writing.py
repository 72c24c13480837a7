"""Words on a page: both languages stand in the page's script, and the browser shows the one its page is written in.

Nothing waits for the server, and nothing flashes: the pages are built once for each language (``building.py``), so what
the browser draws first is what it was sent.
"""

import json
from typing import Any, Final

import reflex as rx
from reflex.vars import VarData
from reflex_base.utils.imports import ImportVar

from wallet_app.words.books import Language
from wallet_app.words.saying import say_in

#: The module that ``building.py`` puts beside Reflex's own, and its one function.
MODULE: Final = "utils/in_language"
FUNCTION: Final = "inLanguage"

#: And another one, for what the state puts into a text.
ISOLATE: Final = "isolated"

_IMPORTED: Final = VarData(imports={f"$/{MODULE}": [ImportVar(tag=FUNCTION), ImportVar(tag=ISOLATE)]})


def write(key: str, /, **values: Any) -> rx.Var[str]:
    """The words of this key for a page. ``values`` fill their places: texts, or texts of a state."""
    places = {name: _isolated(value) for name, value in values.items()}
    return in_both(say_in(Language.ENGLISH, key, **places), say_in(Language.HINDI, key, **places))


def _isolated(value: Any) -> Any:
    """A text of a state is known only in the browser, which keeps it to itself where it needs that."""
    if not isinstance(value, rx.Var):
        return value
    return rx.Var(f"{ISOLATE}({value!s})", _var_data=VarData.merge(value._get_all_var_data(), _IMPORTED)).to(str)


def in_both(english: Any, hindi: Any) -> rx.Var[str]:
    """One of two texts, by the language of the page."""
    texts = [rx.Var.create(text) for text in (english, hindi)]
    data = VarData.merge(*(text._get_all_var_data() for text in texts), _IMPORTED)
    return rx.Var(f"{FUNCTION}({texts[0]!s}, {texts[1]!s})", _var_data=data).to(str)


def in_script(english: str, hindi: str) -> rx.Var[str]:
    """One of two texts for an event that a page runs, where the server does not know the page's language."""
    texts = json.dumps({Language.ENGLISH.value: english, Language.HINDI.value: hindi}, ensure_ascii=False)
    return rx.Var(f"({texts})[document.documentElement.lang.split('-')[0]]").to(str)


def title_of(key: str) -> rx.Var[str]:
    """What the browser's tab says."""
    return in_both(*(say_in(each, "title.page", title=say_in(each, key)) for each in Language))
