"""The app: its pages, what wraps them, and what runs beside them."""

import logging
from typing import Final

import reflex as rx
from reflex.event import EventSpec

from wallet_app import paths
from wallet_app.components.connection import connection_banner
from wallet_app.components.palette import PALETTE_SCRIPT
from wallet_app.edge import Edge
from wallet_app.figures import show_figures
from wallet_app.guard import SessionGuard, leave_for_sign_in
from wallet_app.health import leave_with_a_word
from wallet_app.live import follow_changes, forget_closed_tabs
from wallet_app.logs import place_of, redact_reflex
from wallet_app.operators.page import operator_page
from wallet_app.operators.state import OperatorState
from wallet_app.pages.ask import ask_page
from wallet_app.pages.dashboard import dashboard_page
from wallet_app.pages.not_found import not_found_page
from wallet_app.pages.notifications import notifications_page
from wallet_app.pages.p2ptransfer import p2ptransfer_page
from wallet_app.pages.receipt import receipt_page
from wallet_app.pages.requests import requests_page
from wallet_app.pages.settings import settings_page
from wallet_app.pages.signin import signin_page
from wallet_app.pages.signup import signup_page
from wallet_app.pages.transactions import transactions_page
from wallet_app.pages.transfer import transfer_page
from wallet_app.routes import build_routes
from wallet_app.sentences import sentence_for
from wallet_app.state.ask import AskState
from wallet_app.state.live import LiveState
from wallet_app.state.notifications import NotificationsState
from wallet_app.state.opened_form import free_buttons
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.pay_link import PayLinkState
from wallet_app.state.people import PeopleState
from wallet_app.state.requests import RequestsState
from wallet_app.state.settings import SettingsState
from wallet_app.state.sign_in import SignInState
from wallet_app.state.transactions import TransactionsState
from wallet_app.state.transfer import TransferState
from wallet_app.words.books import TAGS, Language
from wallet_app.words.building import manifest_of
from wallet_app.words.saying import say_in
from wallet_app.words.writing import in_both, in_script, title_of, write
from wallet_core.errors import NotSignedIn, WalletError

logger = logging.getLogger(__name__)

#: Runs before the first paint, so that a dark page never flashes light, and the styles know that there is JavaScript.
_THEME_SCRIPT: Final = (
    "(function(){document.documentElement.classList.add('scripted');"
    "/Mac|iP/.test(navigator.platform)&&document.documentElement.classList.add('mac');"
    "try{var t=localStorage.getItem('theme')||'system';var d=t==='dark'||(t==='system'&&"
    "matchMedia('(prefers-color-scheme: dark)').matches);var r=document.documentElement;"
    "r.classList.add(d?'dark':'light');r.style.colorScheme=d?'dark':'light'}catch(e){}})()"
)

#: After the page, which needs none of it. A browser that cannot keep files goes on as before.
_FILES_SCRIPT: Final = (
    "'serviceWorker' in navigator&&addEventListener('load',()=>"
    "navigator.serviceWorker.register('/service-worker.js').catch(()=>{}))"
)

#: A page that the browser kept whole and shows again (Back, after a sign-out on a borrowed phone) shows what it showed,
#: whoever looks now: it is asked for anew.
_BACK_SCRIPT: Final = "addEventListener('pageshow',e=>{e.persisted&&location.reload()})"

#: The canvas of assets/app.css, so that the phone's own bars are of one piece with the page.
_CANVAS: Final = {"light": "#f5f6f8", "dark": "#0b0e14"}

#: They follow the chosen theme, and not the system's (which is all that the page can say without JavaScript).
_BARS_SCRIPT: Final = (
    "(r=>{var f=()=>document.querySelectorAll('meta[name=theme-color]').forEach(m=>"
    f"m.content=r.classList.contains('dark')?'{_CANVAS['dark']}':'{_CANVAS['light']}');"
    "f();new MutationObserver(f).observe(r,{attributeFilter:['class']})})(document.documentElement)"
)

#: What stands for the wallet where somebody shares a link to it.
_IMAGE: Final = "/icon-512.png"


def show_backend_error(exception: Exception) -> list[EventSpec]:
    """What a person sees when a handler fails or could not begin. In the language of the page, for here the event is
    over, and nobody knows whose it was.

    The log gets the kind and the place, never the values.
    """
    if isinstance(exception, NotSignedIn):
        return [leave_for_sign_in(paths.HOME)]
    if isinstance(exception, WalletError):
        said = [sentence_for(exception.code, exception.details, language=each) for each in Language]
    else:
        logger.error("a handler failed: %s", place_of(exception))
        said = [say_in(each, "refusal.unexpected") for each in Language]
    return [rx.toast.error(in_script(*said)), free_buttons()]


redact_reflex()

app = rx.App(
    api_transformer=[build_routes(), Edge],
    backend_exception_handler=show_backend_error,
    stylesheets=["/app.css"],
    html_custom_attrs={"lang": in_both(*TAGS.values())},  # type: ignore[dict-item]  # a page has its language as a Var
    reset_style=False,
    # At the top, because a phone has its tabs at the bottom.
    toaster=rx.toast.provider(position="top-center", custom_attrs={"containerAriaLabel": write("frame.toasts")}),
    app_wraps={(5, "Connection"): lambda stateful: connection_banner() if stateful else None},
    head_components=[
        rx.el.script(_THEME_SCRIPT),
        rx.el.link(
            rel="preload",
            href="/fonts/inter.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
        *[
            rx.el.meta(name="theme-color", content=colour, custom_attrs={"media": f"(prefers-color-scheme: {theme})"})
            for theme, colour in _CANVAS.items()
        ],
        rx.el.script(_BARS_SCRIPT),
        rx.el.link(rel="icon", href="/icon.svg"),
        rx.el.link(rel="apple-touch-icon", href="/apple-touch-icon.png"),
        rx.el.link(rel="manifest", href=in_both(*(f"/{manifest_of(each)}" for each in Language))),
        rx.el.script(_BACK_SCRIPT),
        rx.el.script(_FILES_SCRIPT),
        rx.el.script(PALETTE_SCRIPT),
    ],
)
app.add_middleware(SessionGuard(), index=0)


async def _follow_changes() -> None:
    await follow_changes(app)


async def _forget_closed_tabs() -> None:
    await forget_closed_tabs(app)


app.register_lifespan_task(leave_with_a_word)
app.register_lifespan_task(show_figures)
app.register_lifespan_task(_follow_changes)
app.register_lifespan_task(_forget_closed_tabs)

app.add_page(
    dashboard_page,
    route=paths.HOME,
    title=title_of("title.home"),
    description=write("title.home_about"),
    image=_IMAGE,
    on_load=LiveState.read_page,
)
app.add_page(
    signin_page,
    route=paths.SIGN_IN,
    title=title_of("title.signin"),
    description=write("title.signin_about"),
    image=_IMAGE,
    on_load=SignInState.load,
)
app.add_page(
    signup_page,
    route=paths.SIGN_UP,
    title=title_of("title.signup"),
    description=write("title.signup_about"),
    image=_IMAGE,
    on_load=SignInState.load,
)
app.add_page(
    settings_page,
    route=paths.SETTINGS,
    title=title_of("title.settings"),
    description=write("title.settings_about"),
    image=_IMAGE,
    on_load=[LiveState.read_page, SettingsState.open],
)
app.add_page(
    transactions_page,
    route=paths.HISTORY,
    title=title_of("title.history"),
    description=write("title.history_about"),
    image=_IMAGE,
    on_load=[TransactionsState.open, LiveState.read_page],
)
app.add_page(
    receipt_page,
    route=paths.RECEIPT,
    title=title_of("title.receipt"),
    description=write("title.receipt_about"),
    image=_IMAGE,
    on_load=LiveState.read_page,
)
app.add_page(
    transfer_page,
    route=paths.ADD_MONEY,
    title=title_of("title.add"),
    description=write("title.add_about"),
    image=_IMAGE,
    on_load=[TransferState.open, LiveState.read_page],
)
app.add_page(
    p2ptransfer_page,
    route=paths.SEND,
    title=title_of("title.send"),
    description=write("title.send_about"),
    image=_IMAGE,
    on_load=[P2PTransferState.open, PeopleState.open, PayLinkState.open, LiveState.read_page],
)
app.add_page(
    requests_page,
    route=paths.REQUESTS,
    title=title_of("title.requests"),
    description=write("title.requests_about"),
    image=_IMAGE,
    on_load=[RequestsState.open, LiveState.read_page],
)
app.add_page(
    ask_page,
    route=paths.ASK,
    title=title_of("title.ask"),
    description=write("title.ask_about"),
    image=_IMAGE,
    on_load=[AskState.open, PeopleState.open, LiveState.read_page],
)
app.add_page(
    notifications_page,
    route=paths.NOTIFICATIONS,
    title=title_of("title.notifications"),
    description=write("title.notifications_about"),
    image=_IMAGE,
    on_load=[NotificationsState.open, LiveState.read_page],
)
app.add_page(
    operator_page,
    route=paths.OPERATOR,
    # What everybody else is told of this address; an operator's tab says what it is.
    title=title_of("title.not_found"),
    description=write("title.not_found_about"),
    image=_IMAGE,
    on_load=OperatorState.load,
)
app.add_page(
    not_found_page,
    route="404",
    title=title_of("title.not_found"),
    description=write("title.not_found_about"),
    image=_IMAGE,
)
