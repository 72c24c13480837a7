"""What has no address of its own: dialogs, what is pending, what failed, and how each is come to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from playwright.sync_api import Page as Tab
from playwright.sync_api import WebSocketRoute, expect

from looks.stage import Viewer, order_reference, send_to_priya
from tests.e2e.stack import Stack

Theme = Literal["light", "dark"]

#: The width of the window and the theme.
Look = tuple[int, Theme]

#: Most moments look at 320 as they do at 390, and in one theme as the pages do in both.
DESK_AND_PHONE: Final[tuple[Look, ...]] = ((1280, "light"), (390, "dark"))

#: The auditor comes every few seconds: between two looks whether it has been, and how often somebody looks.
BETWEEN_LOOKS_MS: Final = 500
MAX_LOOKS: Final = 60


def _stay(_tab: Tab) -> None:
    pass


@dataclass(frozen=True)
class Moment:
    """``come_to_it`` begins on the page ``path``, ``leave_it`` where the picture was taken. ``is_whole``: a picture of
    all of the page, and not of its window, in which dialogs stand.
    """

    name: str
    path: str
    come_to_it: Callable[[Tab], None] = _stay
    looks: tuple[Look, ...] = DESK_AND_PHONE
    viewer: Viewer = "person"
    is_whole: bool = True
    leave_it: Callable[[Tab], None] = _stay


def all_moments(stack: Stack) -> list[Moment]:
    """In this order: what is sent is gone, and what is on its way is seen from there on."""
    to_priya, failed = send_to_priya(stack), f"/transfer?reference={order_reference(stack, 'failed')}"

    def to_what_is_pending(tab: Tab) -> None:
        """One order serves for all that is pictured of it."""
        if order_reference(stack, "processing") is None:
            _order(tab)
        tab.goto(f"/transfer?reference={order_reference(stack, 'processing')}")
        expect(tab.get_by_role("heading", name="Waiting for HDFC Bank")).to_be_visible()
        still(tab)

    def to_the_bank(tab: Tab) -> None:
        to_what_is_pending(tab)
        tab.get_by_role("link", name="Continue at HDFC Bank").click()
        expect(tab.get_by_role("button", name="Approve", exact=True)).to_be_visible()

    def to_what_is_on_its_way(tab: Tab) -> None:
        to_what_is_pending(tab)
        tab.goto("/dashboard")
        expect(tab.get_by_text("on the way from HDFC Bank")).to_be_visible()
        still(tab)

    confirmed: tuple[Look, ...] = (*DESK_AND_PHONE, (390, "light"), (320, "light"))
    sent: tuple[Look, ...] = (*DESK_AND_PHONE, (390, "light"))
    narrow: tuple[Look, ...] = (*DESK_AND_PHONE, (320, "light"))
    return [
        Moment("history-empty", "/transactions", viewer="newcomer"),
        Moment("my-qr", "/dashboard", _to_my_code, narrow, leave_it=_close_my_code),
        Moment("palette", "/dashboard", _to_the_palette, is_whole=False),
        Moment("home-hindi", "/dashboard", _to_hindi, leave_it=_to_english),
        Moment("offline", "/p2ptransfer", _to_no_network, is_whole=False, leave_it=_to_the_network),
        Moment("send-confirm", to_priya, _to_the_dialog, confirmed, is_whole=False),
        Moment("sent", to_priya, _to_the_end, sent, is_whole=False),
        Moment("bank", "/transfer", to_the_bank),
        Moment("add-pending", "/transfer", to_what_is_pending, narrow),
        Moment("home-pending", "/transfer", to_what_is_on_its_way, narrow),
        Moment("add-failed", failed, _to_what_failed),
    ]


def still(tab: Tab) -> None:
    """What is personal is there, the letters are, and nothing moves."""
    expect(tab.locator("h1").first).to_be_attached()
    expect(tab.locator(".skeleton")).to_have_count(0)
    tab.wait_for_function("document.fonts.status === 'loaded'")
    tab.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")


def until_audited(tab: Tab) -> None:
    """The operators' lists are there, and say that the auditor has been."""
    expect(tab.get_by_role("heading", level=1, name="Operator")).to_be_visible()
    never = tab.get_by_text("Never", exact=True)
    if never.count():
        tab.get_by_role("button", name="Reconcile now").click()
        expect(tab.get_by_text("Not asked for yet")).to_have_count(0)
        tab.reload()  # without the toast that says so
        expect(tab.get_by_text("Every balance is the sum of its transfers")).to_be_visible()
    for _ in range(MAX_LOOKS):
        if not never.count():
            return
        tab.wait_for_timeout(BETWEEN_LOOKS_MS)
        tab.get_by_role("button", name="Refresh").click()
    expect(never).to_have_count(0)


def _to_my_code(tab: Tab) -> None:
    tab.locator("[aria-controls=my-code]").click()
    expect(tab.locator("#my-code svg.qr")).to_be_visible()


def _close_my_code(tab: Tab) -> None:
    """A tab keeps what was open in it."""
    tab.locator("[aria-controls=my-code]").click()
    expect(tab.locator("#my-code svg.qr")).to_have_count(0)


def _to_the_palette(tab: Tab) -> None:
    tab.keyboard.press("Control+k")
    expect(tab.get_by_role("option").filter(has_text="Priya Nair")).to_be_visible()
    still(tab)


def _to_hindi(tab: Tab) -> None:
    tab.context.add_cookies([{"name": "wallet_language", "value": "hi", "url": tab.url}])
    tab.reload()
    still(tab)


def _to_english(tab: Tab) -> None:
    tab.context.clear_cookies(name="wallet_language")


def _to_no_network(tab: Tab) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    tab.route_web_socket("**/_event/**", connect)
    tab.reload()
    still(tab)
    # An open websocket outlives what DevTools calls offline.
    tab.context.set_offline(True)
    sockets[-1].close()
    expect(tab.get_by_role("status").filter(has_text="You are offline")).to_be_visible()


def _to_the_network(tab: Tab) -> None:
    tab.context.set_offline(False)


def _until_filled(tab: Tab) -> None:
    """A form that opens is filled when its key stands in the address: what is typed before may be for another form."""
    tab.wait_for_function(
        "document.getElementById('amount')?.dataset.form === new URLSearchParams(location.search).get('form')"
    )


def _to_the_dialog(tab: Tab) -> None:
    _until_filled(tab)
    tab.get_by_label("Amount").fill("500")
    tab.get_by_label("Note").fill("Cinema on Sunday")
    tab.get_by_role("button", name="Send ₹500.00").click()
    expect(tab.get_by_role("dialog")).to_be_visible()
    still(tab)


def _to_the_end(tab: Tab) -> None:
    _to_the_dialog(tab)
    dialog = tab.get_by_role("dialog")
    dialog.get_by_role("button", name="Send ₹500.00").click()
    expect(dialog.get_by_role("heading", name="₹500.00 sent to Priya Nair")).to_be_visible()
    still(tab)


def _order(tab: Tab) -> None:
    _until_filled(tab)
    tab.get_by_label("Amount").fill("500")
    tab.locator("label", has_text="HDFC Bank").click()
    tab.get_by_role("button", name="Add ₹500.00").click()
    expect(tab.get_by_role("button", name="Approve", exact=True)).to_be_visible()


def _to_what_failed(tab: Tab) -> None:
    expect(tab.get_by_role("heading", name="₹750.00 not added")).to_be_visible()
