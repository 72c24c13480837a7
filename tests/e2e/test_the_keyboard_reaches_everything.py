"""With the Tab key alone: all of every page, in the order of reading, always to be seen, and out at the end."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import TOUR_S, Person
from tests.e2e.keyboard import not_reached, out_of_order, unseen, walk
from tests.e2e.test_everybody_can_use_every_page import DESK, OWN_PATHS, PHONE, still
from tests.e2e.test_operators import enter, find, is_open
from wallet_core.ids import new_token
from wallet_core.services.operators import grant_operator
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money, decline_request

Fund = Callable[[Person, int], str]

#: So that pages are longer than a window, and what sticks to its edges may lie on top of something.
MANY: Final = 12


@pytest.fixture
def busy(alice: Person, bob: Person, fund: Fund) -> Person:
    """Alice, who has a history, requests both ways, and is an operator."""
    for _ in range(MANY):
        fund(alice, 100_00)
    alice_id, bob_id = UUID(alice.person_id), UUID(bob.person_id)
    send_money(person_id=alice_id, payee_id=bob_id, amount_paise=5_00, note="Tea", key=new_token())
    declined = ask_for_money(person_id=bob_id, payer_id=alice_id, amount_paise=1_00, note="", key=new_token())
    decline_request(person_id=alice_id, reference=declined.reference)
    ask_for_money(person_id=bob_id, payer_id=alice_id, amount_paise=2_00, note="Cake", key=new_token())
    ask_for_money(person_id=alice_id, payer_id=bob_id, amount_paise=3_00, note="Milk", key=new_token())
    grant_operator(phone=alice.phone)
    return alice


def _public_pages(page: Page) -> Iterator[str]:
    for path in ("/signin", "/signup", "/there-is-no-such-page"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        yield path


def _own_pages(page: Page, paths: tuple[str, ...]) -> Iterator[str]:
    for path in (*OWN_PATHS, *paths):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        if "to=" in path:
            # A tab that was here before shows what it had, until the page is opened anew.
            expect(page.get_by_text(re.compile("^(Paying|Asking) "))).to_be_visible()
        still(page)
        yield path


def _operators_pages(page: Page, operator: Person, looked_up: Person) -> Iterator[str]:
    page.goto("/operator")
    expect(page.get_by_label("Password")).to_be_focused()
    yield "/operator, before the password"
    enter(operator).close()
    page.goto("/operator")
    is_open(page)
    find(page, looked_up.phone)
    expect(page.get_by_role("heading", name=looked_up.name)).to_be_visible()
    yield "/operator"


def _complaints(page: Page, where: str) -> list[str]:
    stops, to_press = walk(page)
    found = not_reached(stops, to_press) + out_of_order(stops) + unseen(stops)
    back, _ = walk(page, backwards=True)
    if {stop.number for stop in back} != {stop.number for stop in stops}:
        found.append("going back comes by other places")
    found += [each for each in unseen(back) if "covered" in each]
    return [f"{where}: {each}" for each in dict.fromkeys(found)]


@pytest.mark.timeout(TOUR_S)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_tab_reaches_everything_in_order_and_is_seen(
    size: Any, busy: Person, bob: Person, fund: Fund, new_context: Callable[[], BrowserContext]
) -> None:
    receipt = f"/transactions/{fund(busy, 1_00)}"
    more = (receipt, f"/p2ptransfer?to={bob.person_id}&amount=5", f"/requests/ask?to={bob.person_id}")
    found: list[str] = []
    for context, tours in (
        (new_context(), (_public_pages,)),
        (busy.context, (lambda page: _own_pages(page, more), lambda page: _operators_pages(page, busy, bob))),
    ):
        page = context.new_page()
        page.set_viewport_size(size)
        for tour in tours:
            for where in tour(page):
                found += _complaints(page, where)
    assert found == []


#: Each line has one thing wrong with it, and the words by which the walk is to say so.
WRONG: Final = (
    ("<div style='cursor:pointer'>Only a mouse</div>", 'never reached: div "Only a mouse"'),
    ("<button>One</button><button tabindex=3>Three</button>", 'tabindex 3: button "Three"'),
    ("<div style='display:flex;flex-direction:row-reverse'><button>A</button><button>B</button></div>", "back from"),
    ("<button onkeydown='event.preventDefault()'>Trap</button><button>After</button>", 'never reached: button "After'),
    ("<button style='outline:none'>Bare</button>", 'button "Bare" has a ring of 0 px'),
    ("<button style='outline:2px solid #ccc'>Faint</button>", 'button "Faint" has a ring of 2 px with 1.61:1'),
    ("<button>Under</button></main><div style='position:fixed;inset:0'></div>", 'button "Under" is covered by div'),
)


@pytest.mark.parametrize(("markup", "complaint"), WRONG)
def test_the_walk_sees_what_is_wrong(page: Page, markup: str, complaint: str) -> None:
    styles = "<style>:focus-visible{outline:3px solid black}</style>"
    right = "<main><a href=#>A link</a> <select><option>A choice</option></select></main>"
    page.set_content(f"{styles}{right}")
    assert _complaints(page, "right") == []
    page.set_content(f"{styles}<main><button>First</button>{markup}</main>")
    assert any(complaint in each for each in _complaints(page, "wrong"))
