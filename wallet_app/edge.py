"""The outermost layer of the app: who may load which page, what a form post must look like, and the headers.

Plain ASGI, because it stands in front of every file that is served.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wallet_app.asking import ask
from wallet_app.cookies import read_session_token
from wallet_app.paths import HOME, PRIVATE_PAGES, PUBLIC_PAGES, SIGN_IN, is_private
from wallet_app.sentences import sentence_for
from wallet_core.config import get_settings
from wallet_core.errors import DatabaseUnavailable
from wallet_core.sessions import resolve_session

#: Our longest form is a few hundred bytes.
MAX_FORM_BYTES: Final = 16 * 1024

#: A year: the name of a built file holds the hash of its content, so it never changes.
IMMUTABLE: Final = "public, max-age=31536000, immutable"

_BUILT_FILES: Final = ("/assets/", "/fonts/")

#: Answers about one person that no cache, not even the browser's own, may keep.
_PERSONAL: Final = ("/api/me", "/statements/")

SEE_OTHER: Final = 303

#: Everything comes from our own origin. Inline and evaluated scripts stay allowed, for Reflex builds its pages with
#: the first and runs ``rx.call_script`` with the second.
_CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_SECURITY_HEADERS: Final = {
    "content-security-policy": _CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    # The camera, which the browser still asks the person about, is for reading the code of whom to pay.
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}

#: A script, a stylesheet or a font is nothing that a person visits. The rest speaks of pages, and would be a twentieth
#: of what the first page weighs.
_BUILT_FILE_HEADERS: Final = {"x-content-type-options": "nosniff"}

#: One year, as browsers' preload lists ask at least.
_STRICT_TRANSPORT: Final = "max-age=31536000; includeSubDomains"


class Edge:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"] if scope["path"] == "/" else scope["path"].rstrip("/")
        with_headers = _add_headers(path, send)
        answer = _refuse_foreign_post(scope) or await _gate(path, scope)
        if answer is not None:
            await answer(scope, receive, with_headers)
            return
        if path in PRIVATE_PAGES | PUBLIC_PAGES:
            # The built page lies in a folder; without the slash the static server would answer a redirect.
            scope = {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}
        await self.app(scope, receive, with_headers)


def _add_headers(path: str, send: Send) -> Callable[[Message], Awaitable[None]]:
    is_built_file = path.startswith(_BUILT_FILES)
    uncached = "no-store" if path.startswith(_PERSONAL) else "no-cache"

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            is_cacheable = is_built_file and message["status"] in (200, 304)
            headers["cache-control"] = IMMUTABLE if is_cacheable else uncached
            for name, value in (_BUILT_FILE_HEADERS if is_cacheable else _SECURITY_HEADERS).items():
                headers[name] = value
            if get_settings().cookies_secure:  # in production always
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
    is_ours = site in ("same-origin", "none") if site else origin is None or urlsplit(origin).netloc == headers["host"]
    if not is_ours:
        return PlainTextResponse(sentence_for("cross-site"), 403)
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_FORM_BYTES:
        return PlainTextResponse("This form is too large.", 413)
    return None


async def _gate(path: str, scope: Scope) -> Response | None:
    """Leads away from a page that this person should not be on; None lets the request through."""
    if scope["method"] not in ("GET", "HEAD") or not (is_private(path) or path in PUBLIC_PAGES):
        return None
    token = read_session_token(Headers(scope=scope).get("cookie", ""))
    try:
        person = await ask(resolve_session, token) if token else None
    except DatabaseUnavailable as error:
        return PlainTextResponse(sentence_for(error.code), 503, {"Retry-After": "5"})
    if person is None and is_private(path):
        query = scope["query_string"].decode("latin-1")
        target = quote(f"{path}?{query}" if query else path, safe="/")
        return RedirectResponse(f"{SIGN_IN}?next={target}", SEE_OTHER)
    if person is not None and path in PUBLIC_PAGES:
        return RedirectResponse(HOME, SEE_OTHER)
    return None
