"""The addresses of the pages, in one place."""

from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

SIGN_IN: Final = "/signin"
SIGN_UP: Final = "/signup"
HOME: Final = "/dashboard"
ADD_MONEY: Final = "/transfer"
SEND: Final = "/p2ptransfer"
HISTORY: Final = "/transactions"
RECEIPT: Final = "/transactions/[reference]"
SETTINGS: Final = "/settings"
REQUESTS: Final = "/requests"
ASK: Final = "/requests/ask"
NOTIFICATIONS: Final = "/notifications"

#: For operators only: to everybody else there is nothing at this address.
OPERATOR: Final = "/operator"

#: Not a page: where the form with an operator's second password goes.
OPERATOR_ENTRANCE: Final = "/auth/operator"

#: Not a page: where the form with the choice of a language goes.
LANGUAGE: Final = "/language"

#: The parameter of SIGN_IN and SIGN_UP that says where somebody wanted to go.
NEXT: Final = "next"

#: Files, not pages: what the history shows, with the same query.
STATEMENT_CSV: Final = "/statements/history.csv"
STATEMENT_PDF: Final = "/statements/history.pdf"

#: Pages that need no session; a signed-in person is led on to HOME.
PUBLIC_PAGES: Final = frozenset({SIGN_IN, SIGN_UP})

#: Pages that need one.
PRIVATE_PAGES: Final = frozenset({HOME, ADD_MONEY, SEND, HISTORY, SETTINGS, REQUESTS, ASK, NOTIFICATIONS})


def is_private(path: str) -> bool:
    """Whether this address shows somebody's money."""
    return path in PRIVATE_PAGES or path.startswith(HISTORY + "/")


def safe_next(path: str) -> str:
    """Where to go after signing in: one of our own private pages, with all that stood after its "?", or HOME.

    Anything else would let a link lead a person from our sign-in to a stranger's page (open redirect). What decides
    where a browser goes stands before the "?"; what stands behind it is for our page to read, as strictly as ever.
    """
    return path if is_plain(path) and is_private(path.partition("?")[0]) else HOME


def on_the_way(door: str, path: str) -> str:
    """The address of SIGN_IN or SIGN_UP from which the way leads on to this page of ours."""
    return door if path == HOME else f"{door}?{NEXT}={quote(path, safe='/')}"


def next_in(address: str) -> str:
    """Where the address of one of our two doors leads on to; HOME where it names nothing of ours."""
    try:
        named = parse_qs(urlsplit(address).query, max_num_fields=8).get(NEXT, [])
    except ValueError:
        return HOME
    return safe_next(named[0]) if len(named) == 1 else HOME


def is_plain(path: str) -> bool:
    """Whether this address, which may end in a query, is one of this site and nothing that leads elsewhere."""
    bare = path.partition("?")[0]
    return path.startswith("/") and path.isascii() and path.isprintable() and "\\" not in bare and "//" not in bare
