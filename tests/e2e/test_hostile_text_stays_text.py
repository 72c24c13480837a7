"""Names and notes that are markup, formulas, or written from the right: text everywhere, and amounts in order."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, TOUR_S, Person
from tests.e2e.stack import Stack
from tests.hostile import ARABIC, EMOJI, FORMULAS, HEBREW, MARKUP, REFUSED, SCRIPT
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money

#: Elements that no page of ours has, and what they would have left behind.
_HARM: Final = """
() => [...document.querySelectorAll("img[src=x], main script:not([src]), [onerror]")].map(element => element.outerHTML)
  .concat(window.harmed ? ["something ran"] : [])
"""

#: Amounts and phone numbers whose characters do not stand from left to right, side by side.
_DISORDER: Final = r"""
() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, range = document.createRange();
    for (const match of node.data.matchAll(/[+\u2212]?\u20b9[\d,]+\.\d\d|\+91 [\d\u2022]+ [\d\u2022]+/g)) {
      let before = null;
      for (let place = match.index; place < match.index + match[0].length; place++) {
        range.setStart(node, place); range.setEnd(node, place + 1);
        const box = range.getBoundingClientRect();
        if (before && box.width && Math.abs(box.top - before.top) < 2 && box.left < before.right - 1)
          { found.push(node.data); break; }
        before = box;
      }
    }
  }
  return found;
}
"""


def unharmed(page: Page) -> None:
    expect(page.locator(".skeleton")).to_have_count(0)
    assert page.evaluate(_HARM) == []
    assert page.evaluate(_DISORDER) == []
    assert page.title().endswith("Wallet")


def shows(page: Page, text: str) -> None:
    """Somewhere in sight, letter by letter; marks that only keep it to itself do not count."""
    page.wait_for_function(
        "text => document.body.innerText.replace(/[\\u2068\\u2069]/g, '').includes(text)", arg=text, timeout=15_000
    )


def pay(payer: Person, payee: Person, amount_paise: int, note: str) -> str:
    payer_id, payee_id = UUID(payer.person_id), UUID(payee.person_id)
    sent = send_money(person_id=payer_id, payee_id=payee_id, amount_paise=amount_paise, note=note, key=new_token())
    return sent.reference


def ask(asker: Person, payer: Person, note: str) -> None:
    asker_id, payer_id = UUID(asker.person_id), UUID(payer.person_id)
    ask_for_money(person_id=asker_id, payer_id=payer_id, amount_paise=1_234_56, note=note, key=new_token())


#: One of each kind: what files make of all of them, tests/interface tries.
@pytest.mark.parametrize(("bobs_name", "note"), [(MARKUP, FORMULAS[0]), (ARABIC, HEBREW), (EMOJI, SCRIPT)], ids=ascii)
@pytest.mark.timeout(TOUR_S)
def test_it_is_text_wherever_it_stands(
    new_person: Callable[[str], Person],
    charlie: Person,
    fund: Callable[[Person, int], str],
    bobs_name: str,
    note: str,
) -> None:
    alice, bob = new_person(SCRIPT), new_person(bobs_name)
    fund(alice, 50_000_00)
    fund(bob, 50_000_00)
    page = alice.open("/dashboard")
    # What came before the first look at the balance is told by no toast.
    expect(page.get_by_test_id("available-balance")).to_have_text("₹50,000.00")
    shows(page, SCRIPT.split(" ", maxsplit=1)[0])
    # A toast, and what screen readers are told.
    reference = pay(bob, alice, 1_234_56, note)
    expect(page.locator("[data-sonner-toast]").first).to_be_visible()
    shows(page, bobs_name)
    unharmed(page)
    pay(alice, bob, 99_99, note)
    ask(bob, alice, note)
    for path, words in (
        ("/dashboard", [bobs_name, note]),
        ("/transactions", [bobs_name, note]),
        (f"/transactions/{reference}", [bobs_name, note]),
        ("/requests", [bobs_name, note]),
        ("/notifications", [bobs_name, note]),
        ("/settings", [SCRIPT]),
        ("/p2ptransfer", [bobs_name]),
        (f"/p2ptransfer?to={bob.person_id}", [bobs_name]),
        (f"/requests/ask?to={bob.person_id}", [bobs_name]),
    ):
        page.goto(path)
        for part in words:
            if path != "/settings":
                shows(page, part)
        unharmed(page)
    page.goto("/settings")
    expect(page.locator("input#name")).to_have_value(SCRIPT)

    page.goto(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("12")
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name="Send ₹12.00").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    shows(page, bobs_name)
    unharmed(page)
    dialog.get_by_role("button", name="Send ₹12.00").click()
    expect(dialog.get_by_text("View receipt")).to_be_visible()
    unharmed(page)

    stranger = charlie.open("/dashboard")
    for path in ("/dashboard", "/transactions"):
        stranger.goto(path)
        unharmed(stranger)
        assert bobs_name not in stranger.content()


def test_what_deceives_is_refused_with_a_sentence(
    stack: Stack, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 100_00)
    name_words = "Enter your name, with at most 80 characters and no invisible ones."
    note_words = "Write the note with at most 60 characters and no invisible ones."
    settings, send = alice.open("/settings"), alice.open(f"/p2ptransfer?to={bob.person_id}")
    send.get_by_label("Amount").fill("12")
    # The browser would cut what is too long; somebody who means it takes that away.
    for field in (settings.locator("input#name"), send.get_by_label("Note")):
        field.evaluate("field => field.removeAttribute('maxlength')")
    for text in REFUSED.values():
        form = {"name": text, "phone": "9876699001", "password": PASSWORD}
        answer = httpx.post(f"{stack.app_url}/auth/signup", data=form, headers={"Origin": stack.app_url})
        assert answer.headers["location"].endswith("#error-name-invalid")
    for text in (REFUSED["long"], REFUSED["override"]):
        settings.locator("input#name").fill(text)
        settings.get_by_role("button", name="Save name").click()
        expect(settings.get_by_text(name_words)).to_be_visible()
        send.get_by_label("Note").fill(text)
        send.get_by_role("button", name="Send ₹12.00").click()
        expect(send.get_by_text(note_words)).to_be_visible()
        expect(send.get_by_role("dialog")).to_have_count(0)
        send.get_by_label("Note").fill("")


def test_a_planted_tag_is_found_by_this_test(alice: Person) -> None:
    """The eyes of the tests above: they see an element, and a number that a name has moved."""
    page = alice.open("/settings")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    # Planted and looked for within one task of the browser: the page that is still coming in between would replace it.
    planted = "([text]) => { document.querySelector('main').insertAdjacentHTML('beforeend', text); return (%s)(); }"
    assert page.evaluate(planted % _HARM, [MARKUP]) != []
    assert page.evaluate(planted % _DISORDER, [f"<p>{ARABIC} · +91 98765 43210</p>"]) != []
