"""The plain HTTP side: forms that set or clear the session cookie, statements as files, and who is signed in.

The forms are ordinary form posts that answer 303, so signing in works with JavaScript off, and the page that follows
opens its websocket with the new cookie.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from wallet_app.addresses import address_of
from wallet_app.asking import LASTING, NEW_ACCOUNTS, PASSWORDS, ask, ask_in, person_of
from wallet_app.cookies import (
    PASSWORD_CHANGED,
    Flash,
    clear_flash,
    clear_session_cookie,
    read_session_token,
    set_flash,
    set_session_cookie,
)
from wallet_app.health import get_healthz, get_readyz
from wallet_app.palette import found_people, places, recent_people
from wallet_app.paths import (
    HISTORY,
    HOME,
    LANGUAGE,
    NEXT,
    OPERATOR,
    OPERATOR_ENTRANCE,
    SETTINGS,
    SIGN_IN,
    SIGN_UP,
    STATEMENT_CSV,
    STATEMENT_PDF,
    is_plain,
    next_in,
    on_the_way,
    safe_next,
)
from wallet_app.sentences import sentence, sentence_for
from wallet_app.state.history_filter import HistoryFilter, read_filter
from wallet_app.statements.download import Download, written_at_once
from wallet_app.statements.pdf_file import draw_pdf
from wallet_app.statements.words import file_name
from wallet_app.words.choosing import known_language, language_cookie
from wallet_core.errors import DatabaseUnavailable, NotOperator, NotSignedIn, TooManyAttempts, WalletError
from wallet_core.ids import new_token
from wallet_core.services.operators import enter
from wallet_core.services.people import change_password, sign_in, sign_up
from wallet_core.services.statements import read_statement, write_statement
from wallet_core.sessions import sign_out, sign_out_everywhere
from wallet_core.views import Client, NewSession, OperatorAsking, SignedIn, StatementFrame

#: A form of ours has five fields.
MAX_FORM_FIELDS: Final = 8

#: How many rows a statement will have, told before the first of them.
ROWS_HEADER: Final = "X-Statement-Rows"

SEE_OTHER: Final = 303
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404

_STATUSES: Final = {NotSignedIn.code: 401, TooManyAttempts.code: 429, DatabaseUnavailable.code: 503}


def _client(request: Request) -> Client:
    peer = request.client.host if request.client else "unknown"
    address = address_of(peer, request.headers.getlist("x-forwarded-for"))
    return Client(address=address, user_agent=request.headers.get("user-agent", ""))


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=MAX_FORM_FIELDS)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


async def _person(request: Request) -> SignedIn | None:
    return await person_of(request.headers.get("cookie", ""))


async def _end_session(request: Request) -> None:
    """Of this browser. One that somebody signs in with holds no other session either: it would stay open where nobody
    can end it, and its tabs would go on showing one person while files and forms are another's.
    """
    token = read_session_token(request.headers.get("cookie", ""))
    if token:
        await ask(sign_out, token)


def _signed_in(session: NewSession, path: str) -> Response:
    response = RedirectResponse(path, SEE_OTHER)
    set_session_cookie(response, session)
    clear_flash(response)
    return response


def _refused(path: str, form: str, error: WalletError, **fields: str) -> Response:
    """Back to the form. The fragment names the error for a browser without JavaScript."""
    response = RedirectResponse(f"{path}#error-{error.code}", SEE_OTHER)
    set_flash(response, Flash(form=form, code=error.code, details=error.details, fields=fields))
    return response


def _next_path(request: Request, form: FormData) -> str:
    """Where this person wanted to go. The page writes it into the form when its script has started; until then, and
    without JavaScript, it stands in the address of the page that the form was sent from.
    """
    return safe_next(_text(form, NEXT) or next_in(request.headers.get("referer", "")))


async def post_sign_up(request: Request) -> Response:
    form = await _form(request)
    name, phone, next_path = _text(form, "name"), _text(form, "phone"), _next_path(request, form)
    try:
        session = await ask_in(
            NEW_ACCOUNTS, sign_up, name=name, phone=phone, password=_text(form, "password"), client=_client(request)
        )
    except WalletError as error:
        return _refused(on_the_way(SIGN_UP, next_path), "signup", error, name=name, phone=phone)
    await _end_session(request)
    return _signed_in(session, next_path)


async def post_sign_in(request: Request) -> Response:
    form = await _form(request)
    phone, next_path = _text(form, "phone"), _next_path(request, form)
    try:
        session = await ask_in(
            PASSWORDS, sign_in, phone=phone, password=_text(form, "password"), client=_client(request)
        )
    except WalletError as error:
        return _refused(on_the_way(SIGN_IN, next_path), "signin", error, phone=phone)
    await _end_session(request)
    return _signed_in(session, next_path)


async def post_sign_out(request: Request) -> Response:
    await _end_session(request)
    response = RedirectResponse(SIGN_IN, SEE_OTHER)
    clear_session_cookie(response)
    return response


async def post_sign_out_everywhere(request: Request) -> Response:
    person = await _person(request)
    if person is not None:
        await ask(sign_out_everywhere, person_id=person.person_id)
    response = RedirectResponse(SIGN_IN, SEE_OTHER)
    clear_session_cookie(response)
    return response


async def post_password(request: Request) -> Response:
    person = await _person(request)
    if person is None:
        return RedirectResponse(SIGN_IN, SEE_OTHER)
    form = await _form(request)
    try:
        session = await ask_in(
            PASSWORDS,
            change_password,
            person_id=person.person_id,
            current_password=_text(form, "current_password"),
            new_password=_text(form, "new_password"),
            client=_client(request),
        )
    except WalletError as error:
        return _refused(SETTINGS, "password", error)
    response = _signed_in(session, SETTINGS)
    set_flash(response, Flash(form="password", code=PASSWORD_CHANGED))
    return response


def _page_before(request: Request) -> str:
    """The page of ours where a form was sent from, with its query, also one that is not there; else HOME."""
    try:
        address = urlsplit(request.headers.get("referer", ""))
        # The edge lets in forms of our own origin alone, so a page of the same one is ours.
        is_ours = address.netloc == urlsplit(request.headers.get("origin", "")).netloc
    except ValueError:
        return HOME
    page = f"{address.path}?{address.query}" if address.query else address.path
    return page if is_ours and is_plain(page) else HOME


async def post_language(request: Request) -> Response:
    """Keeps the chosen language, and goes back to the page where it was chosen."""
    language = known_language(_text(await _form(request), "language"))
    response = RedirectResponse(_page_before(request), SEE_OTHER)
    if language is not None:
        response.headers.append("set-cookie", language_cookie(language, is_choice=True))
    return response


async def post_operator(request: Request) -> Response:
    """The second password. Whoever is no operator is answered as at any address where there is nothing."""
    person = await _person(request)
    if person is None:
        return PlainTextResponse("Not Found", NOT_FOUND)
    asking = OperatorAsking(person.person_id, person.session_id, _client(request).address)
    form = await _form(request)
    try:
        session = await ask_in(PASSWORDS, enter, asking, password=_text(form, "password"))
    except NotOperator:
        return PlainTextResponse("Not Found", NOT_FOUND)
    except WalletError as error:
        return _refused(OPERATOR, "operator", error)
    return _signed_in(session, OPERATOR)


async def get_me(request: Request) -> Response:
    """The signed-in person as JSON, or 401."""
    person = await _person(request)
    if person is None:
        return JSONResponse({"code": NotSignedIn.code, "message": "Nobody is signed in."}, 401)
    return JSONResponse({"id": str(person.person_id), "name": person.name, "phone": person.phone})


async def get_palette(request: Request) -> Response:
    """What the command palette shows: with ``?q=`` who is found, without it all that it begins with."""
    person = await _person(request)
    if person is None:
        return _no(NotSignedIn())
    query = request.query_params.get("q", "").strip()
    try:
        if query:
            return JSONResponse({"people": await found_people(person.person_id, query)})
        return JSONResponse({"places": places(), "people": await recent_people(person.person_id)})
    except WalletError as error:
        return _no(error)


async def get_statement_csv(request: Request) -> Response:
    """What the history page with the same query shows, as lines of text, sent while they are written."""

    async def answer(person: SignedIn, chosen: HistoryFilter) -> Response:
        write = partial(write_statement, person_id=person.person_id, filter=chosen.for_core())
        download = Download(lambda file: write(writer=file))
        frame, row_count = await download.begun()
        headers = {**_as_file(frame, chosen, "csv"), ROWS_HEADER: str(row_count)}
        return StreamingResponse(download.parts(), media_type="text/csv; charset=utf-8", headers=headers)

    return await _statement(request, answer)


async def get_statement_pdf(request: Request) -> Response:
    """The same on paper: it says on each sheet how many there are, so it is drawn as a whole."""

    async def answer(person: SignedIn, chosen: HistoryFilter) -> Response:
        async with written_at_once:
            statement = await ask_in(LASTING, read_statement, person_id=person.person_id, filter=chosen.for_core())
            content = await ask_in(LASTING, draw_pdf, statement, chosen)
        return Response(content, media_type="application/pdf", headers=_as_file(statement, chosen, "pdf"))

    return await _statement(request, answer)


def _as_file(frame: StatementFrame, chosen: HistoryFilter, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{file_name(frame, chosen, ending)}"'}


async def _statement(request: Request, answer: Callable[[SignedIn, HistoryFilter], Awaitable[Response]]) -> Response:
    """What is refused is said on the history page with the same filter, or to a script that asks for JSON."""
    chosen = read_filter(request.query_params)
    page = f"{HISTORY}{chosen.query()}"
    is_script = request.headers.get("accept", "").startswith("application/json")
    person = await _person(request)
    if person is None:
        return _no(NotSignedIn()) if is_script else RedirectResponse(on_the_way(SIGN_IN, page), SEE_OTHER)
    try:
        return await answer(person, chosen)
    except WalletError as error:
        # The mark lets the page tell a new refusal from one that it has shown.
        return _no(error) if is_script else _refused(page, "statement", error, mark=new_token())


def _no(error: WalletError) -> Response:
    """A refusal for a script of ours, which shows the sentence."""
    return JSONResponse({"code": error.code, "message": sentence(error)}, _STATUSES.get(error.code, BAD_REQUEST))


async def get_root(request: Request) -> Response:
    return RedirectResponse(HOME if await _person(request) else SIGN_IN, SEE_OTHER)


async def _database_away(_request: Request, _error: Exception) -> Response:
    return JSONResponse(
        {"code": DatabaseUnavailable.code, "message": sentence_for(DatabaseUnavailable.code)},
        503,
        {"Retry-After": "5"},
    )


def _post(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint, methods=["POST"])


def build_routes() -> Starlette:
    """The routes above; Reflex mounts the interface behind them."""
    return Starlette(
        routes=[
            Route("/", get_root, methods=["GET"]),
            Route("/healthz", get_healthz, methods=["GET"]),
            Route("/readyz", get_readyz, methods=["GET"]),
            Route("/api/me", get_me, methods=["GET"]),
            Route("/api/palette", get_palette, methods=["GET"]),
            Route(STATEMENT_CSV, get_statement_csv, methods=["GET"]),
            Route(STATEMENT_PDF, get_statement_pdf, methods=["GET"]),
            _post("/auth/signup", post_sign_up),
            _post("/auth/signin", post_sign_in),
            _post("/auth/signout", post_sign_out),
            _post("/auth/signout-everywhere", post_sign_out_everywhere),
            _post("/auth/password", post_password),
            _post(OPERATOR_ENTRANCE, post_operator),
            _post(LANGUAGE, post_language),
        ],
        exception_handlers={DatabaseUnavailable: _database_away},
    )
