"""My QR and where it leads: the form is filled, nobody is paid, and whoever has to sign in first comes back to it."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Final, Literal
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import psycopg
import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD, PATIENCE_MS, Person
from tests.e2e.stack import Stack

NOTE: Final = "Tea & चाय, 100% #1 // half + half"

#: Written down where a test can read it; what the system shows for sharing is nobody's to click here.
STUB_SHARING: Final = "navigator.share = async data => { window.shared = data; };"

QUIET_ZONE: Final = 4


def _link(stack: Stack, payee: Person, **more: str) -> str:
    return f"{stack.app_url}/p2ptransfer?{urlencode({'to': payee.person_id, **more})}"


def _payments_of(stack: Stack, person: Person, side: Literal["debit", "credit"] = "debit") -> int:
    """Those that this person has made, or that came to them."""
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(
            f"SELECT count(*) FROM transfer t JOIN account a ON a.id = t.{side}_account_id WHERE a.person_id = %s",
            [person.person_id],
        ).fetchone()
    assert row is not None
    return int(row[0])


def _open_code(person: Person) -> Page:
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.context.add_init_script(STUB_SHARING)
    page = person.open("/dashboard")
    expect(page.get_by_text("Alice Nair").first).to_be_visible()
    page.get_by_role("button", name="My QR").click()
    expect(page.get_by_role("img", name="QR code with the link to pay you")).to_be_visible()
    return page


def _copied(page: Page) -> str:
    page.get_by_role("button", name=re.compile("Copy link|Copied")).click()
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_be_attached()
    return str(page.evaluate("navigator.clipboard.readText()"))


def _modules_of(picture: bytes, count: int) -> list[list[int]]:
    """The code on a picture of it, as 0 and 1: the colour in the middle of each module."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    side = image.width / count

    def is_dark(row: int, column: int) -> int:
        return int(image.getpixel((int((column + 0.5) * side), int((row + 0.5) * side))) < 128)

    return [[is_dark(row, column) for column in range(count)] for row in range(count)]


def test_the_code_the_link_the_picture_and_what_is_shared_say_the_same(alice: Person) -> None:
    page = _open_code(alice)
    page.get_by_label("Amount (optional)").fill("250.5")
    page.get_by_label("Note (optional)").fill(NOTE)
    expect(page.locator("#my-code").get_by_text("₹250.50")).to_be_visible()
    expect(page.locator("#my-code-share")).to_have_attribute("data-address", re.compile("amount=250.50&note=Tea"))
    link = _copied(page)
    named = parse_qs(urlsplit(link).query)
    assert named == {"to": [alice.person_id], "amount": ["250.50"], "note": [NOTE]}
    page.get_by_role("button", name="Share").click()
    assert page.evaluate("window.shared.url") == link
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture").click()
    assert saved.value.suggested_filename == "wallet-qr.png"
    picture = saved.value.path().read_bytes()
    expected = [list(row) for row in segno.make_qr(link, error="m").matrix_iter(border=QUIET_ZONE)]
    assert _modules_of(picture, len(expected)) == [[int(bool(module)) for module in row] for row in expected]


def test_what_is_wrong_in_its_fields_is_said_and_left_out_of_the_code(alice: Person) -> None:
    page = _open_code(alice)
    page.get_by_label("Amount (optional)").fill("2.505")
    expect(page.get_by_text("An amount has at most two decimals")).to_be_visible()
    assert "amount" not in _copied(page)
    page.get_by_label("Amount (optional)").fill("2.50")
    expect(page.get_by_text("An amount has at most two decimals")).to_have_count(0)
    expect(page.locator("#my-code-share")).to_have_attribute("data-address", re.compile("amount=2.50"))


def test_a_link_fills_the_form_and_sends_nothing(
    stack: Stack, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(bob, 1_000_00)
    page = bob.open(_link(stack, alice, amount="250.50", note=NOTE))
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("250.50")
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    expect(page.get_by_text("A link filled this in.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert _payments_of(stack, bob) == 0
    page.reload()
    expect(page.get_by_label("Amount")).to_have_value("250.50")
    page.get_by_role("button", name="Send ₹250.50").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(NOTE)).to_be_visible()
    assert _payments_of(stack, bob) == 0
    dialog.get_by_role("button", name="Send ₹250.50").click()
    expect(dialog.get_by_role("heading", name="₹250.50 sent to Alice Nair")).to_be_visible()
    assert _payments_of(stack, bob) == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"amount": "1e3"}, "The amount in this link is not one we can use"),
        ({"note": "x" * 61}, "The note in this link is not one we can use"),
        ({"amount": "-5", "note": "a\u202eb"}, "The amount and the note in this link are not ones we can use"),
    ],
)
def test_rubbish_is_left_out_with_a_sentence(
    stack: Stack, alice: Person, bob: Person, more: dict[str, str], sentence: str
) -> None:
    page = bob.open(_link(stack, alice, **more))
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("")
    expect(page.get_by_label("Note")).to_have_value("")


def test_a_stranger_signs_in_and_goes_on_with_all_of_the_link(
    stack: Stack, alice: Person, bob: Person, new_context: Callable[[], BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(_link(stack, alice, amount="12", note=NOTE))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Phone number").fill(bob.phone)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="Phone number or password is wrong.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(bob.password)
    page.get_by_role("button", name="Sign in").click()
    # Two passwords are looked at, and a whole page comes: on a busy machine that takes its time.
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("12")
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    assert _payments_of(stack, bob) == 0


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_somebody_new_signs_up_and_goes_on_with_all_of_the_link(
    stack: Stack, alice: Person, browser: Browser, phones: Iterator[str], has_script: bool
) -> None:
    """Through a typing mistake, too. Without JavaScript the send page comes, which then needs it."""
    context = browser.new_context(base_url=stack.app_url, locale="en-IN", java_script_enabled=has_script)
    context.set_default_timeout(PATIENCE_MS)
    page, link = context.new_page(), _link(stack, alice, amount="12", note=NOTE)
    page.goto(link)
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("heading", name="Create your wallet")).to_be_visible()
    for phone in ("123", next(phones)):
        page.get_by_label("Your name").fill("Dev Iyer")
        page.get_by_label("Phone number").fill(phone)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign up").click()
        if phone == "123":
            expect(page.get_by_text("Enter a valid Indian mobile number").locator("visible=true")).to_be_visible()
    if has_script:
        expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
        expect(page.get_by_label("Amount")).to_have_value("12")
        expect(page.get_by_label("Note")).to_have_value(NOTE)
        expect(page.get_by_role("dialog")).to_have_count(0)
    else:
        expect(page).to_have_url(link)
    assert _payments_of(stack, alice, side="credit") == 0
    context.close()


def test_who_has_an_account_after_all_goes_back_and_on(
    stack: Stack, alice: Person, bob: Person, new_context: Callable[[], BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(_link(stack, alice, amount="12"))
    page.get_by_role("link", name="Create an account").click()
    page.get_by_role("link", name="Sign in").click()
    # The page that is being left has fields of these names, too.
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Phone number").fill(bob.phone)
    page.get_by_label("Password", exact=True).fill(bob.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("12")


@pytest.mark.parametrize("next_path", ["https://evil.example/settings", "//evil.example", "/\\evil.example", "/signin"])
@pytest.mark.parametrize("place", ["form", "referer"])
def test_no_sign_up_leads_to_another_site(stack: Stack, phones: Iterator[str], next_path: str, place: str) -> None:
    form = {"name": "Dev Iyer", "phone": next(phones), "password": PASSWORD}
    headers = {"Origin": stack.app_url}
    if place == "form":
        form["next"] = next_path
    else:
        headers["Referer"] = f"{stack.app_url}/signup?next={quote(next_path, safe='')}"
    for phone, path in (("123", "/signup"), (form["phone"], "/dashboard")):
        answer = httpx.post(f"{stack.app_url}/auth/signup", data={**form, "phone": phone}, headers=headers)
        assert answer.headers["location"].partition("#")[0] == path


@pytest.mark.parametrize("next_path", ["https://evil.example/p2ptransfer?to=1", "//evil.example", "/\\evil.example"])
def test_a_link_leads_to_no_other_site(
    stack: Stack, bob: Person, new_context: Callable[[], BrowserContext], next_path: str
) -> None:
    page = new_context().new_page()
    page.goto(f"/signin?next={quote(next_path)}")
    page.get_by_label("Phone number").fill(bob.phone)
    page.get_by_label("Password", exact=True).fill(bob.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Bob Verma").first).to_be_visible()
    assert page.url.startswith(f"{stack.app_url}/dashboard")
