"""The smallest phone, names without a space, sums that nobody has: nothing scrolls sideways or is cut off unsaid."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.fitting import misfits, swell
from tests.e2e.stack import Stack
from tests.e2e.test_budgets_of_the_interface import SMALLEST_PHONE_PX
from tests.e2e.test_everybody_can_use_every_page import OWN_PATHS, still
from tests.e2e.test_operators import enter, find, is_open
from wallet_core.ids import new_token
from wallet_core.services.operators import grant_operator
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money, block_requester, decline_request, pay_request

Fund = Callable[[Person, int], str]

#: Of the widest letter, and as somebody is really called; without a space, so that no line ends by itself.
WIDEST: Final = "W" * 64
LONGEST: Final = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft"
IN_HINDI: Final = "विश्वनाथश्रीवास्तवराजगोपालाचारीवेंकटनरसिंहराजुवारिपेटाकृष्णमूर्तिशास्त्री"
NOTE: Final = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbau"

#: More than any book of ours holds.
SUM: Final = "₹99,99,99,999.99"


@pytest.fixture
def people(new_person: Callable[[str], Person], fund: Fund) -> tuple[Person, Person]:
    """The one who looks, and the one who is everywhere on her pages."""
    one, other = new_person(WIDEST), new_person(LONGEST)
    one_id, other_id = UUID(one.person_id), UUID(other.person_id)
    fund(one, 1_000_00)
    fund(other, 1_000_00)
    for payer, payee in ((one_id, other_id), (other_id, one_id)):
        send_money(person_id=payer, payee_id=payee, amount_paise=5_00, note=NOTE, key=new_token())
    declined, paid, _ = (_ask(other_id, one_id) for _ in range(3))
    decline_request(person_id=one_id, reference=declined)
    pay_request(person_id=one_id, reference=paid, key=new_token())
    _ask(one_id, other_id)
    blocked = new_person(IN_HINDI)
    block_requester(person_id=one_id, blocked_id=UUID(blocked.person_id))
    return one, other


def _ask(asker_id: UUID, payer_id: UUID) -> str:
    return ask_for_money(person_id=asker_id, payer_id=payer_id, amount_paise=2_00, note=NOTE, key=new_token()).reference


def _go(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.locator(".skeleton")).to_have_count(0)


def _pages(page: Page, receipt: str) -> Iterator[str]:
    for path in (*OWN_PATHS, "/there-is-no-such-page", "/transactions?q=nobody&show=out", receipt):
        _go(page, path)
        yield path
    _go(page, "/dashboard")
    page.locator("[aria-controls=my-code]").click()
    expect(page.locator("#my-code svg.qr")).to_be_visible()
    page.locator("#code-amount").fill("5")
    expect(page.locator("#my-code").get_by_text(SUM)).to_be_visible()
    yield "My QR"


def _payment(page: Page, payee: Person) -> Iterator[str]:
    dialog = page.get_by_role("dialog")
    _go(page, f"/p2ptransfer?to={payee.person_id}&amount=5&note={NOTE}")
    expect(page.locator("#review-payment")).to_contain_text(SUM)
    yield "send"
    page.locator("#amount").fill("99,99,99,999.99")
    page.locator("#amount").press("Enter")
    expect(page.locator("#amount-error")).not_to_be_empty()
    yield "send, refused"
    page.locator("#amount").fill("5")
    page.locator("#amount").press("Enter")
    expect(dialog).to_be_visible()
    yield "send, to confirm"
    dialog.locator("#send-payment").click()
    expect(dialog.locator("#payment-done")).to_be_visible()
    yield "sent"


def _requests(page: Page, payer: Person) -> Iterator[str]:
    dialog = page.get_by_role("dialog")
    _go(page, f"/requests/ask?to={payer.person_id}&amount=5")
    yield "ask"
    _go(page, "/requests")
    decline, pay = page.locator("#request-lists li").first.get_by_role("button").all()
    decline.click()
    expect(dialog.locator("#decline-request")).to_be_visible()
    yield "requests, to decline"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.locator("#request-lists ul").nth(1).get_by_role("button").first.click()
    expect(dialog.locator("#block-requester")).to_be_visible()
    yield "requests, to block"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    pay.click()
    expect(dialog.locator("#pay-request")).to_be_visible()
    yield "requests, to pay"
    dialog.locator("#pay-request").click()
    expect(dialog.locator("#request-done")).to_be_visible()
    yield "requests, paid"


def _adding(page: Page) -> Iterator[str]:
    _go(page, "/transfer")
    page.locator("#amount").fill("5")
    # As a finger does it: not where the bar at the bottom lies over it, nor while the page moves.
    page.locator("label", has=page.get_by_role("radio")).last.click()
    expect(page.locator("#start-onramp")).to_contain_text(SUM)
    yield "add money, filled"
    page.locator("#start-onramp").click()
    page.wait_for_url("**/pay/**")
    page.go_back()
    _go(page, "/transfer")
    expect(page.locator("#main h2").first).to_be_visible()
    yield "add money, waiting"
    _go(page, "/dashboard")
    yield "home, with money on its way"


def _palette(page: Page, sought: Person) -> Iterator[str]:
    _go(page, "/dashboard")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").press_sequentially(sought.phone)
    expect(page.get_by_role("option").filter(has_text=sought.name[:12])).to_be_visible()
    yield "palette"


@pytest.mark.timeout(TOUR_S)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_nothing_is_wider_than_the_smallest_phone(
    stack: Stack, people: tuple[Person, Person], fund: Fund, language: str
) -> None:
    alice, bob = people
    receipt = f"/transactions/{fund(alice, 1_00)}"
    page = _small(alice.context, stack, language)
    found: list[str] = []
    for tour in (
        _pages(page, receipt),
        _payment(page, bob),
        _requests(page, bob),
        _adding(page),
        _palette(page, bob),
    ):
        for where in tour:
            still(page)
            found += misfits(page, where)
    assert found == []


def _small(context: BrowserContext, stack: Stack, language: str) -> Page:
    context.add_cookies([{"name": "wallet_language", "value": language, "url": stack.app_url}])
    page = context.new_page()
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    swell(page, SUM)
    return page


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_doors_fit_the_smallest_phone(
    stack: Stack, new_context: Callable[[], BrowserContext], language: str
) -> None:
    page = _small(new_context(), stack, language)
    found: list[str] = []
    for path in ("/signin", "/signup"):
        _go(page, path)
        found += misfits(page, path)
        page.locator("#phone").fill("12")
        for field in page.locator("input[required]").all():
            field.fill(field.input_value() or "x")
        page.locator("form[action^='/auth'] button[type=submit]").click()
        expect(
            page.get_by_role("alert").filter(visible=True, has_text="।" if language == "hi" else ".").first
        ).to_be_visible()
        found += misfits(page, f"{path}, refused")
    assert found == []


@pytest.mark.parametrize("width", [SMALLEST_PHONE_PX, 390])
def test_operators_fit_small_phones(people: tuple[Person, Person], stack: Stack, width: int) -> None:
    alice, bob = people
    grant_operator(phone=alice.phone)
    enter(alice).close()
    page = _small(alice.context, stack, "en")
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/operator")
    is_open(page)
    found = misfits(page, "operator, as it opens")
    find(page, bob.phone)
    expect(page.get_by_role("heading", name=LONGEST)).to_be_visible()
    found += misfits(page, "operator")
    page.get_by_role("button", name="Freeze", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += misfits(page, "operator, to freeze")
    assert found == []


#: Each has one thing wrong with it, and the words by which it is to be said.
WRONG: Final = (
    ("<div style='width:400px'>Wide</div>", "the page is"),
    ("<p style='width:60px;overflow:hidden;white-space:nowrap'>Cut off at the side</p>", "is cut off at the side"),
    ("<p style='height:10px;overflow:hidden'>One line<br>and another</p>", "is cut off below"),
    ("<p style='width:60px;overflow-wrap:anywhere'>+₹99,999.00</p>", "stands on two lines"),
    ("<button style='width:60px;white-space:nowrap'>Out of its button</button>", "stands out of button"),
    ("<p>One</p><p style='margin-top:-34px'>Two</p>", "stands on"),
    ("<nav style='position:fixed;top:0'>Badge<b style='margin-left:-30px'>Leave</b></nav>", "stands on"),
    ("<p>Below</p><nav style='position:fixed;top:0;width:99px;height:99px'><br><br><br>Bar</nav>", "lies under"),
    ("<input style='width:60px' placeholder='Name, note or reference'>", "is cut off in its field"),
    ("<input style='width:60px' placeholder='Name, note or reference' value='A'>", "is cut off in its field"),
)


@pytest.mark.parametrize(("markup", "complaint"), WRONG)
def test_these_eyes_see_what_does_not_fit(page: Page, markup: str, complaint: Any) -> None:
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    page.set_content("<main><p style='width:60px;overflow:hidden;text-overflow:ellipsis'>Said to be cut</p></main>")
    assert misfits(page, "right") == []
    page.set_content(f"<main>{markup}</main>")
    assert any(complaint in each for each in misfits(page, "wrong"))
