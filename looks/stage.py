"""A wallet with demo people and a past, and a browser in which one of them is signed in: what is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import httpx
import psycopg
from playwright.sync_api import BrowserContext, Playwright

from launcher.browser import find_browser
from tests.e2e.chromium import BROWSER_ARGUMENTS
from tests.e2e.stack import Stack, running_stack, short_folder
from wallet_app.paths import OPERATOR, OPERATOR_ENTRANCE
from wallet_core import db
from wallet_core.services.demo import ALICE, BOB, DEV, MEERA, PASSWORD, PRIYA
from wallet_core.services.operators import grant_operator
from wallet_core.services.payments import send_money

#: What happens after the story of the demo people: who pays whom, how much, and why.
PAYMENTS: Final = (
    (ALICE, MEERA, 62_00, "Auto fare"),
    (BOB, ALICE, 210_00, "Petrol to Pune"),
    (ALICE, DEV, 1_150_00, "Electricity, October"),
    (PRIYA, ALICE, 95_00, "Filter coffee"),
    (ALICE, BOB, 340_00, "Groceries"),
    (DEV, ALICE, 180_00, "Badminton court"),
    (ALICE, PRIYA, 499_00, "Concert, two of four"),
    (MEERA, ALICE, 75_00, ""),
    (ALICE, DEV, 250_00, "Birthday present"),
    (BOB, ALICE, 1_020_50, "Train tickets"),
    (ALICE, MEERA, 130_00, "Lunch"),
)

#: Days between two payments, from the newest back: some today, some this week, some months ago.
DAYS_BETWEEN: Final = (0, 0, 1, 0, 1, 2, 0, 1, 3, 1, 9, 12, 21, 30, 34)

#: Of somebody with a bit of everything on the page.
SHOWN_PERSON: Final = ALICE

#: Who acts as an operator.
OPERATING_PERSON: Final = DEV


#: Who has just signed up.
NEW_PERSON: Final = "+919876543215"

#: Who looks: somebody who is not signed in, somebody to whom nothing has happened, the shown person, an operator.
Viewer = Literal["nobody", "newcomer", "person", "operator"]
VIEWERS: Final[tuple[Viewer, ...]] = ("nobody", "newcomer", "person", "operator")

_PHONES: Final = {"newcomer": NEW_PERSON, "person": SHOWN_PERSON, "operator": OPERATING_PERSON}

#: What a browser says of itself when somebody signs in; it stands in the list of open sessions.
_BROWSER: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

#: So often that there has been one before anybody looks at the operators' page.
_AUDITED: Final = {"WALLET_AUDIT_EVERY_S": "5"}


@dataclass(frozen=True)
class Page:
    """A page to look at. ``path`` begins with a slash."""

    name: str
    path: str
    viewer: Viewer = "person"


def all_pages(stack: Stack) -> list[Page]:
    """Every page that the interface has, as somebody comes to it by its address."""
    return [
        Page("sign-in", "/signin", "nobody"),
        Page("sign-up", "/signup", "nobody"),
        Page("home", "/dashboard"),
        Page("add-money", "/transfer"),
        Page("send", "/p2ptransfer"),
        Page("send-to", send_to_priya(stack)),
        Page("requests", "/requests"),
        Page("ask", "/requests/ask"),
        Page("notifications", "/notifications"),
        Page("history", "/transactions"),
        Page("receipt", f"/transactions/{_reference(stack)}"),
        Page("settings", "/settings"),
        Page("not-found", "/there-is-no-such-page"),
        Page("operator", OPERATOR, "operator"),
    ]


def send_to_priya(stack: Stack) -> str:
    return f"/p2ptransfer?to={_person_id(stack, PRIYA)}"


@contextmanager
def stage() -> Iterator[Stack]:
    """The production build with demo people whose payments happened over some months."""
    with running_stack(demo_people=True, changes=_AUDITED) as stack:
        _give_it_a_past(stack)
        yield stack


@contextmanager
def browser_of(
    playwright: Playwright, stack: Stack, viewer: Viewer, *, port: int | None = None
) -> Iterator[BrowserContext]:
    """Chromium, with this viewer signed in. ``port``: for others who drive it, too."""
    remote = [] if port is None else [f"--remote-debugging-port={port}"]
    with short_folder() as folder:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=_browser(),
            args=[*BROWSER_ARGUMENTS, *remote],
            base_url=stack.app_url,
            locale="en-IN",
        )
        if viewer != "nobody":
            name, token = _sign_in(stack, viewer)
            context.add_cookies([{"name": name, "value": token, "url": stack.app_url}])
        try:
            yield context
        finally:
            context.close()


def _browser() -> Path:
    return find_browser(lambda sentence: print(f"  {sentence}", flush=True))


def _sign_in(stack: Stack, viewer: Viewer) -> tuple[str, str]:
    form = {"phone": _PHONES[viewer], "password": PASSWORD}
    headers = {"Origin": stack.app_url, "User-Agent": _BROWSER}
    with httpx.Client(base_url=stack.app_url, headers=headers, timeout=30) as client:
        answer = client.post("/auth/signin", data=form)
        assert answer.headers.get("location") == "/dashboard", (answer.status_code, answer.headers)
        if viewer == "operator":
            _become_operator(stack)
            answer = client.post(OPERATOR_ENTRANCE, data={"password": PASSWORD})
            assert answer.headers.get("location") == OPERATOR, (answer.status_code, answer.headers)
        return next(iter(client.cookies.items()))


def forget_what_was_seen(stack: Stack) -> None:
    """What happened in the last days is new to the shown person, however often somebody has looked."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE person SET notifications_seen_until = now() - interval '36 hours' WHERE phone = %s", [SHOWN_PERSON]
        )


def order_reference(stack: Stack, status: str) -> str | None:
    """Of an order of the shown person that stands like this, or None."""
    orders = """
        SELECT o.reference FROM onramp o JOIN person p ON p.id = o.person_id WHERE o.status = %s AND p.phone = %s
    """
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        row = connection.execute(orders, [status, SHOWN_PERSON]).fetchone()
    return None if row is None else str(row[0])


def _become_operator(stack: Stack) -> None:
    db.configure(stack.database_url)
    grant_operator(phone=OPERATING_PERSON)
    db.dispose()


def _person_id(stack: Stack, phone: str) -> str:
    return _text(stack, "SELECT id::text FROM person WHERE phone = %s", phone)


def _reference(stack: Stack) -> str:
    """Of the payment that the shown person made last."""
    sent = """
        SELECT t.reference FROM transfer t JOIN account a ON a.id = t.debit_account_id
        JOIN person p ON p.id = a.person_id WHERE p.phone = %s AND t.kind = 'payment' ORDER BY t.id DESC LIMIT 1
    """
    return _text(stack, sent, SHOWN_PERSON)


def _text(stack: Stack, query: str, value: str) -> str:
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        row = connection.execute(query.encode(), [value]).fetchone()
    assert row is not None, query
    return str(row[0])


def _give_it_a_past(stack: Stack) -> None:
    """More payments, spread over months. Rows are never changed, but this database is looked at and thrown away: its
    triggers are off from here on.
    """
    db.configure(stack.database_url)
    for number, (payer, payee, amount_paise, note) in enumerate(PAYMENTS):
        ids = [UUID(_text(stack, "SELECT id::text FROM person WHERE phone = %s", phone)) for phone in (payer, payee)]
        send_money(person_id=ids[0], payee_id=ids[1], amount_paise=amount_paise, note=note, key=f"looks-{number:020}")
    db.dispose()
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("ALTER TABLE transfer DISABLE TRIGGER USER")
        ids_and_references = connection.execute("SELECT id, reference FROM transfer ORDER BY id DESC").fetchall()
        days = 0
        for place, (transfer_id, reference) in enumerate(ids_and_references):
            days += DAYS_BETWEEN[place % len(DAYS_BETWEEN)]
            earlier = timedelta(days=days, minutes=7 * place)
            connection.execute("UPDATE transfer SET created_at = created_at - %s WHERE id = %s", [earlier, transfer_id])
            connection.execute(
                "UPDATE onramp SET created_at = created_at - %s, settled_at = settled_at - %s WHERE reference = %s",
                [earlier, earlier, reference],
            )
