"""The outermost layer of the app: who may load which page, what a form post must look like, and the headers.

Plain ASGI, because it stands in front of every file that is served.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePath
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wallet_app.asking import ask, person_of
from wallet_app.content_policy import policy_of
from wallet_app.paths import (
    HISTORY,
    HOME,
    OPERATOR,
    PRIVATE_PAGES,
    PUBLIC_PAGES,
    SIGN_IN,
    is_private,
    next_in,
    on_the_way,
)
from wallet_app.sentences import sentence_for
from wallet_app.words.books import DEFAULT, TAGS, Language
from wallet_app.words.building import FALLBACK_PAGE, folder_of
from wallet_app.words.choosing import chosen_language, language_cookie, language_of
from wallet_app.words.saying import language_asking, say
from wallet_core.config import get_settings
from wallet_core.errors import DatabaseUnavailable
from wallet_core.logs import call_fields, new_request_id
from wallet_core.services.operators import is_operator
from wallet_core.views import SignedIn

#: Our longest form is a few hundred bytes.
MAX_FORM_BYTES: Final = 16 * 1024

#: No page of ours has this address.
_NOWHERE: Final = "/there-is-nothing-here"

#: A year: the name of a built file holds the hash of its content, so it never changes.
IMMUTABLE: Final = "public, max-age=31536000, immutable"

_BUILT_FILES: Final = ("/assets/", "/fonts/")

#: Answers about one person that no cache, not even the browser's own, may keep.
_PERSONAL: Final = ("/api/", "/statements/")

#: Why a websocket is left (RFC 6455, 7.4.1).
UNSUPPORTED_DATA: Final = 1003

SEE_OTHER: Final = 303
NOT_FOUND: Final = 404
NOT_MODIFIED: Final = 304

#: Where the built pages of each language lie.
_LANGUAGE_FOLDERS: Final = tuple(f"/{folder_of(each)}" for each in Language if folder_of(each))

#: What a built page is called in its folder.
_BUILT_PAGE: Final = ".html"

#: Headers of a request that would be answered "you have it already".
_CONDITIONS: Final = (b"if-none-match", b"if-modified-since")

#: Which have a built page of their own.
_PAGES: Final = PRIVATE_PAGES | PUBLIC_PAGES

#: What it is called in the folder of its address.
_INDEX: Final = "index.html"

_POLICY: Final = "content-security-policy"

_SECURITY_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    # The camera, which the browser still asks the person about, is for reading the code of whom to pay.
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}

#: A script, a stylesheet or a font is nothing that a person visits. The rest speaks of pages, and would be a twentieth
#: of what the first page weighs.
_BUILT_FILE_HEADERS: Final = {"x-content-type-options": "nosniff", "vary": "Accept-Encoding"}

#: What a built file, whose name is its version and whom only our own pages ask for, need not say: twenty of them come
#: with the first page, and each would say it.
_NEEDLESS_FOR_BUILT_FILES: Final = (
    "etag",
    "last-modified",
    "accept-ranges",
    "access-control-allow-origin",
    "access-control-allow-credentials",
)

#: One year, as browsers' preload lists ask at least.
_STRICT_TRANSPORT: Final = "max-age=31536000; includeSubDomains"


class Edge:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, _only_text(receive), send)
            return
        call_fields.set({"request_id": new_request_id()})
        path = scope["path"] if scope["path"] == "/" else scope["path"].rstrip("/")
        language = language_of(Headers(scope=scope))
        language_asking.set(language)
        with_headers = _add_headers(path, send, _page_headers(path, scope, language))
        answer = _refuse_foreign_post(scope) or await _gate(path, scope)
        if answer is not None:
            await answer(scope, receive, with_headers)
            return
        if path == OPERATOR:
            # Whoever is no operator is answered what is answered anywhere else where there is nothing.
            scope = _at(f"{_place(language)}{path}/" if await _is_operators(scope) else _NOWHERE, scope)
        elif path in _PAGES:
            # The built page lies in a folder; without the slash the static server would answer a redirect.
            scope = _at(f"{_place(language)}{path}/", scope)
        elif language != DEFAULT and path.startswith(f"{HISTORY}/"):
            scope = _at(f"{_place(language)}/{FALLBACK_PAGE}", scope)
        elif path.startswith(_LANGUAGE_FOLDERS) or path.endswith(_BUILT_PAGE):
            # For us to choose from; nobody asks for them by name, past the checks above.
            scope = _at(_NOWHERE, scope)
        if language == DEFAULT:
            await self.app(scope, receive, with_headers)
        else:
            await self._answer_in(language, scope, receive, with_headers)

    async def _answer_in(self, language: Language, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the app answer; where it knows no such page, it says so in this language."""
        is_lost = False

        async def send_unless_lost(message: Message) -> None:
            nonlocal is_lost
            is_start = message["type"] == "http.response.start"
            is_lost = is_lost or (is_start and message["status"] == NOT_FOUND and _is_page(message))
            if not is_lost:
                await send(message)

        async def send_lost(message: Message) -> None:
            await send({**message, "status": NOT_FOUND} if message["type"] == "http.response.start" else message)

        await self.app(scope, receive, send_unless_lost)
        if is_lost:
            unconditional = [pair for pair in scope["headers"] if pair[0] not in _CONDITIONS]
            lost = _at(f"{_place(language)}/{FALLBACK_PAGE}", {**scope, "headers": unconditional})
            await self.app(lost, receive, send_lost)


def _only_text(receive: Receive) -> Receive:
    """Of a websocket, only text: nothing of ours is sent in bytes. Socket.IO would gather as many pieces as a stranger
    has announced, however large they are together.
    """

    async def receive_text() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is not None:
            return {"type": "websocket.disconnect", "code": UNSUPPORTED_DATA}
        return message

    return receive_text


def _place(language: Language) -> str:
    """Where the built pages of a language begin."""
    folder = folder_of(language)
    return f"/{folder}" if folder else ""


def _at(path: str, scope: Scope) -> Scope:
    return {**scope, "path": path, "raw_path": path.encode()}


def _is_page(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")


def _page_headers(path: str, scope: Scope, language: Language) -> dict[str, str]:
    """What a page may run, and what it says of its language: to caches, to programs, and to the browser that will open
    its websocket.
    """
    # Where there is nothing the policy is that of the operators' page, too: it tells nobody that there is one.
    built = (f"{path[1:]}/{_INDEX}",) if path in _PAGES else (FALLBACK_PAGE, f"{OPERATOR[1:]}/{_INDEX}")
    headers = {
        _POLICY: policy_of(*(str(PurePath(folder_of(language), page)) for page in built)),
        "content-language": TAGS[language],
    }
    if language != DEFAULT and chosen_language(Headers(scope=scope)) is None:
        headers["set-cookie"] = language_cookie(language, is_choice=False)
    return headers


def _add_headers(path: str, send: Send, of_pages: Mapping[str, str]) -> Callable[[Message], Awaitable[None]]:
    is_built_file = path.startswith(_BUILT_FILES)
    uncached = "no-store" if path.startswith(_PERSONAL) else "no-cache"

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            is_cacheable = is_built_file and message["status"] in (200, 304)
            headers["cache-control"] = IMMUTABLE if is_cacheable else uncached
            for name, value in (_BUILT_FILE_HEADERS if is_cacheable else _SECURITY_HEADERS).items():
                headers[name] = value
            for name in _NEEDLESS_FOR_BUILT_FILES if is_cacheable else ():
                del headers[name]
            if not is_cacheable:
                # With "not modified", too: what is said now replaces what the browser kept with the page.
                may_be_page = _is_page(message) or message["status"] == NOT_MODIFIED
                headers[_POLICY] = of_pages[_POLICY] if may_be_page else policy_of()
            if _is_page(message):
                headers.add_vary_header("Cookie, Accept-Language")
                headers.update(of_pages)
            if get_settings().is_production:  # a browser would keep a demo's localhost to it for a year
                headers["strict-transport-security"] = _STRICT_TRANSPORT
        await send(message)

    return send_with_headers


def _refuse_foreign_post(scope: Scope) -> Response | None:
    """A form post must come from our own pages, so that no other site can sign somebody in or out.

    Browsers say so in Sec-Fetch-Site or Origin; a program that sends neither carries no victim's cookie.
    """
    if scope["method"] != "POST":
        return None
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    is_ours = site in ("same-origin", "none") if site else origin is None or _host_of(origin) == headers.get("host")
    if not is_ours:
        return PlainTextResponse(sentence_for("cross-site"), 403)
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_FORM_BYTES:
        return PlainTextResponse(say("refusal.too-large"), 413)
    return None


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def _person_of(scope: Scope) -> SignedIn | None:
    return await person_of(Headers(scope=scope).get("cookie", ""))


async def _is_operators(scope: Scope) -> bool:
    try:
        person = await _person_of(scope)
        return person is not None and await ask(is_operator, person_id=person.person_id)
    except DatabaseUnavailable:
        return False


async def _gate(path: str, scope: Scope) -> Response | None:
    """Leads away from a page that this person should not be on; None lets the request through."""
    if scope["method"] not in ("GET", "HEAD") or not (is_private(path) or path in PUBLIC_PAGES):
        return None
    try:
        person = await _person_of(scope)
    except DatabaseUnavailable as error:
        return PlainTextResponse(sentence_for(error.code), 503, {"Retry-After": "5"})
    if person is None and is_private(path):
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(on_the_way(SIGN_IN, f"{path}?{query}" if query else path), SEE_OTHER)
    if path in PUBLIC_PAGES:
        return _lead_on(path, scope, is_signed_in=person is not None)
    return None


def _lead_on(path: str, scope: Scope, *, is_signed_in: bool) -> Response | None:
    """From the doors to where somebody wanted to go, who is signed in already; and from one door to the other without
    forgetting it, where the script of the first has not started or never will.
    """
    here = f"{path}?{scope['query_string'].decode('latin-1')}"
    if is_signed_in:
        return RedirectResponse(next_in(here), SEE_OTHER)
    referer = Headers(scope=scope).get("referer", "")
    wanted = next_in(referer)
    if scope["query_string"] or wanted == HOME or not _is_door(referer):
        return None
    return RedirectResponse(on_the_way(path, wanted), SEE_OTHER)


def _is_door(address: str) -> bool:
    return urlsplit(address).path.rstrip("/") in PUBLIC_PAGES
