"""On a desk pages end at one edge, and nothing is left beside a narrow column; on a phone rows are of one height."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Person
from tests.e2e.test_budgets_of_the_interface import SMALLEST_PHONE_PX
from tests.e2e.test_everybody_can_use_every_page import OWN_PATHS
from wallet_core.ids import new_token
from wallet_core.services.payments import MAX_NOTE_CHARACTERS, send_money

Fund = Callable[[Person, int], str]

DESK: Final = {"width": 1280, "height": 800}

#: Half of what a card may stand higher or lower than the middle.
OFF_THE_MIDDLE_PX: Final = 24

#: Where the cards of a page end.
_EDGE: Final = "Math.max(...[...document.querySelectorAll('#main section')].map(e => e.getBoundingClientRect().right))"

LONGEST_NOTE: Final = ("a note as long as notes may be " * 10)[:MAX_NOTE_CHARACTERS].strip()


def box_of(element: Locator) -> Any:
    box = element.bounding_box()
    assert box is not None
    return box


def _pay(payer: Person, payee: Person, note: str) -> str:
    ids = {"person_id": UUID(payer.person_id), "payee_id": UUID(payee.person_id)}
    return send_money(**ids, amount_paise=5_00, note=note, key=new_token()).reference


@pytest.fixture
def receipt(alice: Person, bob: Person, fund: Fund) -> str:
    """The address of Alice's receipt of a payment with the longest note, after one with a short one."""
    fund(alice, 1_000_00)
    _pay(alice, bob, "Tea")
    return f"/transactions/{_pay(alice, bob, LONGEST_NOTE)}"


def test_all_pages_end_at_one_edge(alice: Person, receipt: str) -> None:
    page = alice.open("/dashboard")
    edges = {}
    for path in (*OWN_PATHS, receipt):
        page.goto(path)
        # A receipt has an address of its own, for which nothing is drawn beforehand, not even a skeleton.
        expect(page.locator("#main section").first).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        edges[path] = page.evaluate(_EDGE)
    assert len(set(edges.values())) == 1, edges


def test_the_timeline_of_a_receipt_stands_beside_it(alice: Person, receipt: str) -> None:
    page = alice.open(receipt)
    timeline = page.get_by_role("heading", name="Timeline")
    amount = page.get_by_text("−₹5.00")
    expect(timeline).to_be_visible()
    assert box_of(timeline)["x"] > box_of(amount)["x"] + box_of(amount)["width"]
    assert box_of(timeline)["y"] < box_of(amount)["y"]
    page.set_viewport_size({"width": 390, "height": 844})
    assert box_of(timeline)["y"] > box_of(page.get_by_text("Balance after"))["y"]


def test_a_day_of_one_line_takes_the_room_of_one(alice: Person, receipt: str) -> None:
    page = alice.open("/transactions")
    # Of a payment before midnight and a look after it, the other word.
    day = page.get_by_role("heading", name=re.compile("^(Today|Yesterday)$"))
    first = page.get_by_role("main").get_by_role("listitem").filter(has_text="Bob Verma").first
    expect(first).to_be_visible()
    assert box_of(day)["x"] + box_of(day)["width"] <= box_of(first)["x"]
    assert abs(box_of(day)["y"] - box_of(first)["y"]) < box_of(first)["height"]


@pytest.mark.parametrize("width", [390, SMALLEST_PHONE_PX])
@pytest.mark.parametrize("path", ["/dashboard", "/transactions"])
def test_a_note_is_one_line_however_long_and_the_receipt_has_all_of_it(
    alice: Person, receipt: str, path: str, width: int
) -> None:
    page = alice.context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path)
    rows = page.get_by_role("main").get_by_role("link").filter(has_text="Sent ·")
    expect(rows).to_have_count(2)
    longest, short = rows.all()
    assert box_of(longest)["height"] == box_of(short)["height"]
    page.goto(receipt)
    expect(page.get_by_role("main")).to_contain_text(LONGEST_NOTE)


def test_the_filters_of_the_smallest_phone_leave_room_for_payments(alice: Person, receipt: str) -> None:
    page = alice.context.new_page()
    page.set_viewport_size({"width": SMALLEST_PHONE_PX, "height": 640})
    page.goto("/transactions")
    status, month = page.get_by_label("Status"), page.get_by_label("Month")
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="Bob Verma").first).to_be_visible()
    assert box_of(status)["y"] == box_of(month)["y"]
    assert box_of(month)["x"] > box_of(status)["x"]


@pytest.mark.parametrize("path", ["/signin", "/signup"])
def test_the_doors_stand_on_a_card_in_the_middle(page: Page, path: str) -> None:
    page.set_viewport_size(DESK)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    card = page.locator("main > div").filter(has=page.get_by_role("heading", level=1))
    box = box_of(card)
    assert abs(box["y"] + box["height"] / 2 - DESK["height"] / 2) <= OFF_THE_MIDDLE_PX
    colours = [each.evaluate("e => getComputedStyle(e).backgroundColor") for each in (card, page.locator("body"))]
    assert colours == ["rgb(255, 255, 255)", "rgb(245, 246, 248)"]
