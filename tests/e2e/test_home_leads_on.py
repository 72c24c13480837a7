"""Home: what is on its way has a line that is never empty, and whom one has paid is one tap away."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import add_onramp
from tests.e2e.conftest import Person
from tests.e2e.test_budgets_of_the_interface import SMALLEST_PHONE_PX
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

Fund = Callable[[Person, int], str]

#: A thumb between two faces.
GAP_PX = 8


def _pay(payer: Person, payee: Person) -> None:
    ids = {"person_id": UUID(payer.person_id), "payee_id": UUID(payee.person_id)}
    send_money(**ids, amount_paise=5_00, note="", key=new_token())


def _top_of_send(page: Page) -> float:
    box = page.get_by_role("main").get_by_role("link", name="Send", exact=True).bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize("width", [1280, 390, SMALLEST_PHONE_PX])
def test_money_on_its_way_takes_the_line_of_none(alice: Person, width: int) -> None:
    page = alice.context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/dashboard")
    expect(page.get_by_text("Nothing on its way")).to_be_visible()
    before = _top_of_send(page)
    # The longest that one order can say.
    add_onramp(UUID(alice.person_id), 99_999_99, bank_code="SBI")
    page.reload()
    expect(page.get_by_text("₹99,999.99 on the way from State Bank of India")).to_be_visible()
    expect(page.get_by_text("Nothing on its way")).to_have_count(0)
    assert _top_of_send(page) == before


def test_a_face_leads_to_the_next_payment(alice: Person, bob: Person, fund: Fund) -> None:
    fund(alice, 10_00)
    _pay(alice, bob)
    page = alice.open("/dashboard")
    page.get_by_role("link", name="Send to Bob Verma").click()
    expect(page.get_by_role("heading", name="Send money")).to_be_visible()
    expect(page.get_by_text("Paying Bob Verma")).to_be_visible()


def test_faces_begin_where_their_title_does(alice: Person, bob: Person, charlie: Person, fund: Fund) -> None:
    fund(alice, 10_00)
    for payee in (bob, charlie):
        _pay(alice, payee)
    page = alice.context.new_page()
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    page.goto("/dashboard")
    faces = page.get_by_role("main").locator("a[href*='to='] > span:first-child")
    expect(faces).to_have_count(2)
    left, right = (face.bounding_box() for face in faces.all())
    title = page.get_by_role("heading", name="Send again").bounding_box()
    assert left is not None
    assert right is not None
    assert title is not None
    assert abs(left["x"] - title["x"]) <= 1
    assert right["x"] - (left["x"] + left["width"]) >= GAP_PX
