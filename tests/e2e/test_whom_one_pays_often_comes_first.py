"""The list of people begins with those paid last; everybody else follows by name, and each stands in it once."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.test_everybody_can_use_every_page import PHONE, still
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money


def _pay(payer: Person, payee: Person) -> None:
    ids = {"person_id": UUID(payer.person_id), "payee_id": UUID(payee.person_id)}
    send_money(**ids, amount_paise=1_00, note="", key=new_token())


def _ids_below(page: Page, heading: str) -> list[str]:
    group = page.get_by_role("heading", name=heading, exact=True).locator("xpath=following-sibling::ul[1]")
    ids: list[str] = group.get_by_role("radio").evaluate_all("all => all.map(radio => radio.value)")
    return ids


@pytest.mark.parametrize("path", ["/p2ptransfer", "/requests/ask"])
def test_those_paid_last_come_first_and_once(
    path: str,
    alice: Person,
    bob: Person,
    charlie: Person,
    new_person: Callable[[str], Person],
    fund: Callable[[Person, int], str],
) -> None:
    new_person("Dev Patel")
    fund(alice, 10_00)
    for payee in (bob, charlie):
        _pay(alice, payee)
    page = alice.open(path)
    expect(page.get_by_role("heading", name="Recent", exact=True)).to_be_visible()
    assert _ids_below(page, "Recent") == [charlie.person_id, bob.person_id]
    others = _ids_below(page, "Everyone else")
    assert others
    assert not {bob.person_id, charlie.person_id} & set(others)
    page.get_by_label("Search people").fill(bob.phone)
    expect(page.get_by_role("radio")).to_have_count(1)
    expect(page.get_by_role("heading", name="Recent", exact=True)).to_have_count(0)
    page.get_by_label("Search people").fill("")
    expect(page.get_by_role("heading", name="Recent", exact=True)).to_be_visible()


def test_who_has_paid_nobody_sees_one_list(alice: Person, bob: Person) -> None:
    page = alice.open("/p2ptransfer")
    expect(page.get_by_role("radio").first).to_be_attached()
    expect(page.get_by_role("heading", name="Everyone else")).to_have_count(0)


def test_a_long_name_takes_two_lines_and_is_whole(alice: Person, new_person: Callable[[str], Person]) -> None:
    name = "Venkatanarasimharajuvaripeta Subrahmanyam Krishnamurthy"
    other = new_person(name)
    page = alice.context.new_page()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/p2ptransfer")
    # The first list is there before another one is asked for: what is measured is not drawn anew meanwhile.
    expect(page).to_have_url(re.compile("form="))
    still(page)
    page.get_by_label("Search people").fill(other.phone)
    expect(page.get_by_role("radio")).to_have_count(1)
    still(page)
    shown = page.get_by_text(name).first
    hidden, height, line = shown.evaluate(
        "e => [Math.max(e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight), e.clientHeight,"
        " parseFloat(getComputedStyle(e).lineHeight)]"
    )
    assert hidden < line / 2, (hidden, height, line)
    assert height > line * 1.5, "it stands on one line, so nothing was tried"
