"""One eye hides how much somebody has, wherever it is told: on every page, in every tab, until it is opened again."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person

Fund = Callable[[Person, int], str]

HIDDEN: Final = "₹ ••••••"

#: Of two parts, so that no row has the same sum.
PARTS_PAISE: Final = (1_000_00, 234_56)
SUM: Final = "₹1,234.56"


def _hide(page: Page) -> None:
    expect(page.get_by_test_id("available-balance")).to_have_text(SUM)
    page.get_by_role("button", name="Hide balance").click()
    expect(page.get_by_test_id("available-balance")).to_have_text(HIDDEN)
    page.wait_for_function("document.cookie.includes('wallet_balance_hidden')")


def test_it_stays_hidden_at_every_visit_and_on_every_page(alice: Person, fund: Fund) -> None:
    reference = [fund(alice, part_paise) for part_paise in PARTS_PAISE][-1]
    _hide(alice.open("/dashboard"))
    page = alice.open("/dashboard")  # a tab of its own, which knows nothing of the other one
    for path, told in (
        ("/dashboard", HIDDEN),
        ("/transfer", HIDDEN),
        ("/p2ptransfer", HIDDEN),
        ("/transactions", f"Balance {HIDDEN}"),
        (f"/transactions/{reference}", f"Balance after{HIDDEN}"),
        (f"/transfer?reference={reference}", f"Balance after{HIDDEN}"),
    ):
        page.goto(path)
        expect(page.get_by_role("main")).to_contain_text(told)
        expect(page.locator(".skeleton")).to_have_count(0)
        assert SUM not in page.get_by_role("main").inner_text(), path
    page.goto("/dashboard")
    page.get_by_role("button", name="Show balance").click()
    expect(page.get_by_test_id("available-balance")).to_have_text(SUM)
    page.wait_for_function("!document.cookie.includes('wallet_balance_hidden')")
    page.reload()
    expect(page.get_by_test_id("available-balance")).to_have_text(SUM)


def test_what_arrives_is_announced_without_it(alice: Person, fund: Fund) -> None:
    for part_paise in PARTS_PAISE:
        fund(alice, part_paise)
    page = alice.open("/dashboard")
    _hide(page)
    page.reload()
    expect(page.get_by_test_id("available-balance")).to_have_text(HIDDEN)
    fund(alice, 5_00)
    announced = page.get_by_role("status").filter(has_text="₹5.00 received from HDFC Bank")
    expect(announced).to_have_text("₹5.00 received from HDFC Bank")
    page.get_by_role("button", name="Show balance").click()
    fund(alice, 6_00)
    expect(page.get_by_role("status").filter(has_text="Your balance is now ₹1,245.56.")).to_be_attached()
    # Nor does it stay where a screen reader would find it.
    page.get_by_role("button", name="Hide balance").click()
    expect(page.get_by_role("status").filter(has_text="Your balance is now")).to_have_count(0)


def test_another_browser_of_the_same_person_shows_it(alice: Person, fund: Fund) -> None:
    for part_paise in PARTS_PAISE:
        fund(alice, part_paise)
    _hide(alice.open("/dashboard"))
    other = alice.new_context().new_page()
    other.goto("/dashboard")
    expect(other.get_by_test_id("available-balance")).to_have_text(SUM)
