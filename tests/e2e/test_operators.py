"""/operator in the browser: alice and bob are operators, and to charlie and strangers there is nothing there."""

import re
import secrets
from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

import httpx
import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Person, Stack
from tests.e2e.every_handler import call_all, handlers
from tests.e2e.raw_socket import RawSocket
from tests.e2e.test_everybody_can_use_every_page import DESK, OPTIONS, PHONE
from tests.e2e.test_no_handler_serves_a_stranger import HOSTILE_VALUES
from tests.e2e.test_the_content_policy_holds import LISTEN
from wallet_app.operators.state import OperatorState
from wallet_core.ids import new_token
from wallet_core.services.auditor import _freeze_if_wrong
from wallet_core.services.operators import grant_operator, revoke_operator
from wallet_core.services.payments import send_money

REASON = "sent twice by a fault"

Fund = Callable[[Person, int], str]


@pytest.fixture
def operators(database_url: str, alice: Person, bob: Person) -> tuple[Person, Person]:
    grant_operator(phone=alice.phone)
    grant_operator(phone=bob.phone)
    return alice, bob


@pytest.fixture
def customers(new_person: Callable[[str], Person], fund: Fund) -> tuple[Person, Person, str]:
    """Two people and the transfer of ₹4.00 from the first, who had ₹10.00, to the second."""
    first, second = new_person("Farah Khan"), new_person("Gopal Iyer")
    fund(first, 10_00)
    return first, second, pay(first, second, 4_00)


def pay(payer: Person, payee: Person, amount_paise: int) -> str:
    return send_money(
        person_id=UUID(payer.person_id),
        payee_id=UUID(payee.person_id),
        amount_paise=amount_paise,
        note="",
        key=new_token(),
    ).reference


def enter(person: Person) -> Page:
    """The page of an operator, after the second password."""
    page = person.open("/operator")
    expect(page.get_by_role("heading", name="Enter your password again")).to_be_visible()
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Go on").click()
    is_open(page)
    return page


def is_open(page: Page) -> None:
    """A password is checked slowly by design, and the whole page comes anew."""
    expect(page.get_by_role("heading", level=1, name="Operator")).to_be_visible()


def find(page: Page, words: str) -> None:
    page.get_by_label("Phone or reference").fill(words)
    page.get_by_role("button", name="Look up", exact=True).click()


def act(page: Page, reason: str, button: str) -> None:
    dialog = page.get_by_role("dialog")
    if reason:
        dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=button, exact=True).click()


def row(page: Page, group: str, words: str) -> Locator:
    return page.get_by_role("list", name=group).get_by_role("listitem").filter(has_text=words).first


def sees_nothing(page: Page) -> None:
    expect(page.get_by_role("heading", level=1, name="Page not found")).to_be_visible()
    expect(page).to_have_title("Page not found · Wallet")
    expect(page.get_by_text("password", exact=False)).to_have_count(0)


def test_to_everybody_else_there_is_nothing(
    stack: Stack, charlie: Person, new_context: Callable[[], BrowserContext]
) -> None:
    for cookie in ({}, {"Cookie": charlie.cookie}):
        here, nowhere = (httpx.get(f"{stack.app_url}{path}", headers=cookie) for path in ("/operator", "/no-such-page"))
        assert (here.status_code, here.text) == (nowhere.status_code, nowhere.text)
        assert here.headers["content-security-policy"] == nowhere.headers["content-security-policy"]
        assert here.status_code == 404
        posted = httpx.post(f"{stack.app_url}/auth/operator", headers=cookie, data={"password": charlie.password})
        assert posted.status_code == 404
    page = new_context().new_page()
    page.goto("/operator")
    sees_nothing(page)
    # Nothing happens later, either: no step to the sign-in.
    page.wait_for_timeout(1500)
    sees_nothing(page)
    assert page.url.endswith("/operator")
    theirs = charlie.open("/operator")
    sees_nothing(theirs)
    theirs.wait_for_timeout(1500)
    sees_nothing(theirs)
    home = charlie.open("/dashboard")
    expect(home.get_by_role("link", name="Operator")).to_have_count(0)


def test_the_page_breaks_no_rule_of_its_policy(operators: tuple[Person, Person]) -> None:
    operators[0].context.add_init_script(LISTEN)
    page = enter(operators[0])
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.breaches") == []


def test_no_handler_serves_charlie_or_an_operator_without_the_second_password(
    stack: Stack, operators: tuple[Person, Person], charlie: Person, customers: tuple[Person, Person, str]
) -> None:
    first, _, reference = customers
    ordinary, _ = operators
    own = [each for each in handlers() if each[0].startswith(f"{OperatorState.get_full_name()}.")]
    assert len(own) >= 9
    values: tuple[Any, ...] = (first.phone, reference, {"words": first.phone, "reason": REASON}, *HOSTILE_VALUES)
    begin = next(name for name, _ in own if name.endswith(".begin"))
    carry_out = next(name for name, _ in own if name.endswith(".carry_out"))
    calls = [
        *((name, dict.fromkeys(arguments, value)) for name, arguments in own for value in values),
        (begin, {"kind": "freeze-person", "key": first.person_id, "what": "x"}),
        (carry_out, {"form": {"reason": REASON}}),
    ]
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        count = "SELECT (SELECT count(*) FROM audit_entry), (SELECT count(*) FROM person WHERE frozen_at IS NOT NULL)"
        before = connection.execute(count).fetchone()
        for caller in (charlie, ordinary):
            token = secrets.token_hex(8)
            with RawSocket(stack.app_url, client_token=token, cookie=caller.cookie, path="/operator") as socket:
                answers = call_all(socket, calls)
            assert first.name not in answers
            assert first.formatted_phone not in answers
            assert "Traceback" not in answers
        assert connection.execute(count).fetchone() == before


def test_a_wrong_password_is_said_and_the_right_one_changes_the_cookie(operators: tuple[Person, Person]) -> None:
    alice, _ = operators
    other_tab = alice.open("/dashboard")
    page = alice.open("/operator")
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert").filter(has_text="password is wrong")).to_be_visible()
    before = page.context.cookies()
    page.get_by_label("Password").fill(alice.password)
    page.get_by_role("button", name="Go on").click()
    is_open(page)
    assert page.context.cookies() != before
    expect(page).to_have_title("Operator · Wallet")
    expect(row(page, "Everything that was done", "Alice Nair: refused")).to_contain_text("from 127.0.0.1")
    other_tab.goto("/dashboard")
    expect(other_tab.get_by_test_id("available-balance")).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Enter your password again")).to_be_visible()


def test_a_person_is_frozen_and_told_so(
    operators: tuple[Person, Person], customers: tuple[Person, Person, str]
) -> None:
    alice, _ = operators
    first, second, _ = customers
    page = enter(alice)
    find(page, first.phone)
    expect(page.get_by_role("heading", name="Farah Khan")).to_be_visible()
    expect(page.get_by_text("₹6.00")).to_be_visible()
    page.get_by_role("button", name="Freeze", exact=True).click()
    act(page, "no", "Freeze")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("reason of 4 to 200")
    act(page, "a stolen telephone", "Freeze")
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(row(page, "Frozen people", "Farah Khan")).to_be_visible()
    expect(row(page, "Everything that was done", "froze person")).to_contain_text("a stolen telephone")
    theirs = first.open(f"/p2ptransfer?to={second.person_id}")
    expect(theirs.get_by_text("Paying Gopal Iyer")).to_be_visible()
    theirs.get_by_label("Amount").fill("1")
    theirs.get_by_role("button", name="Send ₹1.00").click()
    expect(theirs.get_by_role("alert").filter(has_text="Your account is frozen")).to_be_visible()
    row(page, "Frozen people", "Farah Khan").get_by_role("button", name="Unfreeze").click()
    act(page, "they have a new one", "Unfreeze")
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(page.get_by_text("Status").locator("..")).to_contain_text("In order")
    pay(first, second, 1_00)


def test_four_eyes_correct_a_transfer(operators: tuple[Person, Person], customers: tuple[Person, Person, str]) -> None:
    alice, bob = operators
    first, _, reference = customers
    one = enter(alice)
    find(one, reference.lower())
    one.get_by_role("button", name="Propose a correction").click()
    act(one, REASON, "Propose")
    mine = row(one, "Corrections", reference)
    expect(mine).to_contain_text("Waits for another operator")
    expect(mine.get_by_role("button", name="Confirm")).to_have_count(0)
    other = enter(bob)
    theirs = row(other, "Corrections", reference)
    expect(theirs).to_contain_text("Gopal Iyer gives ₹4.00 back to Farah Khan")
    theirs.get_by_role("button", name="Confirm").click()
    act(other, "", "Confirm")
    expect(row(other, "Corrections", reference)).to_contain_text("Confirmed")
    # The first operator's open page changes by itself.
    expect(row(one, "Corrections", reference)).to_contain_text("confirmed by Bob Verma")
    home = first.open("/dashboard")
    expect(home.get_by_test_id("available-balance")).to_have_text("₹10.00")


def test_a_role_that_is_taken_empties_the_open_page(
    operators: tuple[Person, Person], customers: tuple[Person, Person, str]
) -> None:
    alice, _ = operators
    page = enter(alice)
    find(page, customers[0].phone)
    expect(page.get_by_role("heading", name="Farah Khan")).to_be_visible()
    revoke_operator(phone=alice.phone)
    expect(page.get_by_role("heading", level=1, name="Page not found")).to_be_visible()
    expect(page.get_by_text("Farah Khan")).to_have_count(0)


def test_a_session_that_is_ended_takes_the_page_with_it(stack: Stack, operators: tuple[Person, Person]) -> None:
    alice, _ = operators
    page = enter(alice)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("UPDATE session SET revoked_at = now() WHERE person_id = %s", [alice.person_id])
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("heading", level=1, name="Page not found")).to_be_visible()


def test_a_quarter_of_an_hour_later_the_password_is_asked_for_again(
    stack: Stack, operators: tuple[Person, Person]
) -> None:
    alice, _ = operators
    page = enter(alice)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("UPDATE session SET operator_until = now() WHERE person_id = %s", [alice.person_id])
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("heading", name="Enter your password again")).to_be_visible()
    expect(page.get_by_text("Everything that was done")).to_have_count(0)


def test_a_finding_is_on_the_page_and_is_unfrozen_when_it_is_mended(
    stack: Stack, operators: tuple[Person, Person], customers: tuple[Person, Person, str]
) -> None:
    alice, _ = operators
    first, _, _ = customers
    page = enter(alice)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        found = connection.execute(
            "UPDATE account SET balance_paise = balance_paise + 1 WHERE person_id = %s AND kind = 'available'"
            " RETURNING id",
            [first.person_id],
        ).fetchone()
        assert found is not None
        assert _freeze_if_wrong(found[0])
        finding = row(page, "Findings", f"account {found[0]}")
        expect(finding).to_contain_text("Debits frozen")
        expect(finding).to_contain_text("+₹0.01")
        finding.get_by_role("button", name="Unfreeze").click()
        act(page, "looks fine to me", "Unfreeze")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("₹6.01 and the transfers make ₹6.00")
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("UPDATE account SET balance_paise = balance_paise - 1 WHERE id = %s", [found[0]])
    act(page, "mended by hand, ticket 17", "Unfreeze")
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(finding).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_keeps_nobody_out(
    theme: Literal["light", "dark"],
    operators: tuple[Person, Person],
    customers: tuple[Person, Person, str],
    fund: Fund,
) -> None:
    alice, _ = operators
    broken: list[str] = []

    def look(where: str) -> None:
        page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")
        found = Axe().run(page, options=OPTIONS).response["violations"]
        broken.extend(f"{where}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found)
        width = page.evaluate("innerWidth")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            broken.append(f"{where}: wider than {width} px")

    page = alice.open("/operator")
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_role("heading", name="Enter your password again")).to_be_visible()
    look("password")
    page.get_by_label("Password").fill(alice.password)
    page.keyboard.press("Enter")
    is_open(page)
    find(page, customers[0].phone)
    expect(page.get_by_role("heading", name="Farah Khan")).to_be_visible()
    find(page, customers[2])
    expect(page.get_by_role("heading", name=re.compile("^P-"))).to_be_visible()
    for size in (DESK, PHONE, {"width": 320, "height": 640}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        look(f"open at {size['width']}")
        page.get_by_role("button", name="Propose a correction").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        look(f"dialog at {size['width']}")
        page.screenshot(path=f"test-results/operator-{theme}-{size['width']}-dialog.png")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).not_to_be_attached()
        page.screenshot(path=f"test-results/operator-{theme}-{size['width']}.png", full_page=True)
    assert broken == []
