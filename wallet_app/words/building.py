"""The part of the build that knows languages: each page is written once and kept once for each language.

Reflex draws every page into a file of HTML. There each text stands in all languages, between marks, and this takes
them apart: the files in English stay where they are, those in another language lie in a folder of its name.
"""

import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any, Final

import reflex as rx
from reflex_base import constants

from wallet_app.paths import ADD_MONEY, HISTORY, SEND
from wallet_app.words.books import DEFAULT, TAGS, Language
from wallet_app.words.saying import say_in
from wallet_app.words.writing import FUNCTION, ISOLATE, MODULE

#: Characters for private use, which no text of ours holds.
_BEGIN, _BETWEEN, _END = "\ue000", "\ue001", "\ue002"

_SCRIPT: Final = f"""// In a browser: the text in the language of the page. In a build: both, between marks.
const languages = {[str(language) for language in Language]};
const isBuild = typeof document === "undefined";
const place = isBuild ? 0 : Math.max(0, languages.indexOf(document.documentElement.lang.split("-")[0]));
export const {FUNCTION} = isBuild && import.meta.env.PROD
  ? (...texts) => "{_BEGIN}" + texts.join("{_BETWEEN}") + "{_END}"
  : (...texts) => texts[place];
// A name that is written from the right is kept to itself, as isolating.py does it on the server.
const right = /[\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff\\u{{10800}}-\\u{{10fff}}\\u{{1e800}}-\\u{{1efff}}]/u;
export const {ISOLATE} = text => right.test(text) ? "\\u2068" + text + "\\u2069" : text;
"""

#: What is sent for an address that no built page is for: its script draws what belongs there.
FALLBACK_PAGE: Final = "404.html"

#: The shortcuts of the manifest, by their addresses.
_SHORTCUTS: Final = {SEND: "title.send", ADD_MONEY: "title.add", HISTORY: "title.history"}

#: Kept by the browser, and asked for anew at each start.
WORKER: Final = "service-worker.js"

#: Where its words go. A build that has not started from nothing finds those of the build before.
_WORDS_OF_WORKER: Final = re.compile(r"(?<=const WORDS = ).*(?=;\n)")

#: The innermost pair of marks: a text may stand in a place of another one.
_MARKED: Final = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")


def folder_of(language: Language) -> str:
    """In the folder of built files: where the pages of this language are; "" for those at the top."""
    return "" if language == DEFAULT else f"in-{language}"


def in_language(html: str, language: Language) -> str:
    """A built page with the texts of one language in place of all."""
    place = list(Language).index(language)
    while _MARKED.search(html):
        html = _MARKED.sub(lambda found: found[1].split(_BETWEEN)[place], html)
    return html


def manifest_of(language: Language) -> str:
    """What the wallet is called where it is installed."""
    return "manifest.webmanifest" if language == DEFAULT else f"manifest-{language}.webmanifest"


def named_in(manifest: dict[str, Any], language: Language) -> dict[str, Any]:
    """The manifest with its words in one language."""
    shortcuts = [
        {**shortcut, "name": say_in(language, _SHORTCUTS[shortcut["url"]])} for shortcut in manifest["shortcuts"]
    ]
    return {
        **manifest,
        "name": say_in(language, "brand.name"),
        "short_name": say_in(language, "brand.name"),
        "description": say_in(language, "brand.about"),
        "lang": TAGS[language],
        "shortcuts": shortcuts,
    }


def with_offline_words(script: str) -> str:
    """The service worker with the words of its one page, in every language: it has no network to ask for them."""
    words = {
        language.value: {
            "tag": TAGS[language],
            "tab": escape(say_in(language, "title.page", title=say_in(language, "offline.title"))),
            **{name: escape(say_in(language, f"offline.{name}")) for name in ("title", "hint", "again")},
        }
        for language in Language
    }
    return _WORDS_OF_WORKER.sub(lambda _: json.dumps(words, ensure_ascii=False), script)


class Languages(rx.plugins.Plugin):
    """Takes part in Reflex's build."""

    def get_static_assets(self, **_context: Any) -> list[tuple[Path, str | bytes]]:
        return [(Path(f"{MODULE}.js"), _SCRIPT)]

    def post_build(self, **context: Any) -> None:
        folder = Path(context["static_dir"])
        worker = folder / WORKER
        worker.write_text(with_offline_words(worker.read_text(encoding="utf-8")), encoding="utf-8")
        pages = {page: page.read_text(encoding="utf-8") for page in folder.rglob("*.html")}
        manifest = json.loads((folder / manifest_of(DEFAULT)).read_text(encoding="utf-8"))
        for language in Language:
            named = json.dumps(named_in(manifest, language), ensure_ascii=False)
            (folder / manifest_of(language)).write_text(named, encoding="utf-8")
            for page, html in pages.items():
                target = folder / folder_of(language) / page.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(in_language(html, language), encoding="utf-8")
            if language != DEFAULT:
                # Of the language at the top Reflex makes this copy, after us.
                here = folder / folder_of(language)
                shutil.copyfile(here / constants.ReactRouter.SPA_FALLBACK, here / FALLBACK_PAGE)
