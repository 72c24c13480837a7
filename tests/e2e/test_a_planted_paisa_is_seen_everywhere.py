"""One paisa too many in alice's balance, written past every rule of ours: she, the operators and whoever is called at
night see it within a minute; bob sees nothing of it; and it ends when the row is mended and an operator says so.
"""

import re
import time
from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.stack import ROOT, START_S, Stack, running_stack
from tests.e2e.test_operators import act, enter, row
from wallet_core.services.operators import grant_operator

#: What docs/threat_model.md gives the auditor. Its own period fits in twice (tests/webhook); here it looks more often.
A_MINUTE_S = 60
OFTEN = {"WALLET_AUDIT_EVERY_S": "2"}

#: It starts a wallet of its own, and then looks at it for long.
pytestmark = pytest.mark.timeout(START_S + TOUR_S)

PAUSED = "Payments from this account are paused while we check its books."


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A wallet of its own: that of the other tests has no auditor, for their money comes from no bank."""
    with running_stack(changes=OFTEN) as running:
        yield running


@pytest.fixture
def operator(database_url: str, new_person: Callable[[str], Person]) -> Person:
    person = new_person("Omar Sheikh")
    grant_operator(phone=person.phone)
    return person


def add_money(person: Person) -> None:
    """₹20.00 from the bank, which then has it in its statement as well."""
    page = person.open("/transfer")
    page.get_by_label("Amount").fill("20.00")
    page.get_by_role("radio", name="HDFC Bank").check()
    page.get_by_role("button", name="Add ₹20.00 from HDFC Bank").click()
    page.wait_for_url(re.compile(r"/pay/"))
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("link", name="Return to Wallet").click()
    expect(page.get_by_test_id("available-balance")).to_have_text("₹20.00")


def ask_to_pay(payer: Person, payee: Person) -> Page:
    """The form with ₹1.00 in it, sent off."""
    page = payer.open(f"/p2ptransfer?to={payee.person_id}")
    expect(page.get_by_text(f"Paying {payee.name}")).to_be_visible()
    page.get_by_label("Amount").fill("1.00")
    page.get_by_role("button", name="Send ₹1.00").click()
    return page


def pay(payer: Person, payee: Person) -> None:
    dialog = ask_to_pay(payer, payee).get_by_role("dialog")
    dialog.get_by_role("button", name="Send ₹1.00").click()
    expect(dialog.get_by_role("heading", name=f"₹1.00 sent to {payee.name}")).to_be_visible()


def change_balance(stack: Stack, person: Person, paise: int) -> None:
    """As a superuser, past every rule and trigger."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        changed = connection.execute(
            "UPDATE account SET balance_paise = balance_paise + %s WHERE person_id = %s AND kind = 'available'",
            [paise, person.person_id],
        )
        assert changed.rowcount == 1


def watched_figure() -> str:
    """The name that the alert of the auditor's findings watches."""
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    found = re.search(r"alert: BooksDisagree\n\s+expr: max\((\w+)\) > 0\n", alerts)
    assert found is not None
    return found[1]


def wait_for_figure(stack: Stack, value: int) -> None:
    line = re.compile(rf"^{watched_figure()} {value}\.0$", re.MULTILINE)
    deadline_s = time.monotonic() + A_MINUTE_S
    while not line.search(httpx.get(stack.webhook_figures_url, timeout=10).text):
        assert time.monotonic() < deadline_s, f"{watched_figure()} did not become {value}"
        time.sleep(0.2)


def finding(page: Page) -> Locator:
    return row(page, "Findings", "account ")


def test_a_planted_paisa_is_seen_everywhere_and_ends_with_the_repair(
    stack: Stack, operator: Person, alice: Person, bob: Person
) -> None:
    for person in (alice, bob):
        add_money(person)
    night_shift = enter(operator)
    pay(alice, bob)
    wait_for_figure(stack, 0)
    change_balance(stack, alice, 1)
    planted_at_s = time.monotonic()
    wait_for_figure(stack, 1)
    refused = ask_to_pay(alice, bob)
    expect(refused.get_by_role("alert").filter(has_text=PAUSED)).to_be_visible()
    # The page was open before, and changes by itself.
    expect(finding(night_shift)).to_contain_text("Debits frozen")
    expect(finding(night_shift)).to_contain_text("+₹0.01")
    assert time.monotonic() - planted_at_s < A_MINUTE_S
    expect(night_shift.get_by_role("list", name="Findings").get_by_role("listitem")).to_have_count(1)
    pay(bob, alice)
    expect(bob.open("/dashboard").get_by_test_id("available-balance")).to_have_text("₹20.00")
    change_balance(stack, alice, -1)
    finding(night_shift).get_by_role("button", name="Unfreeze").click()
    act(night_shift, "mended by hand, ticket 17", "Unfreeze")
    expect(finding(night_shift)).to_have_count(0)
    pay(alice, bob)
    wait_for_figure(stack, 0)
    expect(alice.open("/dashboard").get_by_test_id("available-balance")).to_have_text("₹19.00")
