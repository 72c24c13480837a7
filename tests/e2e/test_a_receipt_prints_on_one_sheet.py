"""A receipt on paper: one sheet of A4 with all of it and nothing around it, dark on white in either theme."""

import io
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.conftest import add_onramp, bank_message
from tests.e2e.conftest import Person
from wallet_core.ids import new_token
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.payments import MAX_NOTE_CHARACTERS, send_money

#: Points: 210 mm by 297 mm.
A4: Final = (595, 842)

#: Within the browser's own margins of 16 mm, in points.
MARGIN: Final = 44

#: What is around the page on a screen, and what paper cannot do.
NOT_ON_PAPER: Final = (
    "Home",
    "Add money",
    "Requests",
    "Notifications",
    "Settings",
    "Sign out",
    "Skip to content",
    "All history",
    "Copy",
    "Print",
    "Pay again",
)

LONGEST_NOTE: Final = ("a note as long as notes may be " * 10)[:MAX_NOTE_CHARACTERS].strip()

_LIGHTNESS: Final = """
selector => {
  const element = document.querySelector(selector), style = getComputedStyle(element);
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
  return [style.backgroundColor === "rgba(0, 0, 0, 0)" ? null : light(style.backgroundColor), light(style.color)];
}
"""


def print_out(page: Page) -> PdfReader:
    return PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))


def words_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def places_of(reader: PdfReader) -> list[tuple[float, float]]:
    """Where every piece of text begins, in points from the lower left corner."""
    places: list[tuple[float, float]] = []

    def note(text: str, current: Sequence[float], place: Sequence[float], *_: Any) -> None:
        if text.strip():
            x, y = place[4], place[5]
            places.append((x * current[0] + y * current[2] + current[4], x * current[1] + y * current[3] + current[5]))

    reader.pages[0].extract_text(visitor_text=note)
    return places


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_payment(
    theme: Literal["light", "dark"], width: int, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 1_000_00)
    sent = send_money(
        person_id=UUID(alice.person_id),
        payee_id=UUID(bob.person_id),
        amount_paise=123_45,
        note=LONGEST_NOTE,
        key=new_token(),
    )
    page = alice.context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/transactions/{sent.reference}")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    reader = print_out(page)
    assert len(reader.pages) == 1
    sheet = reader.pages[0].mediabox
    assert (sheet.width, sheet.height) == pytest.approx(A4, abs=1.5)  # in whole pixels
    words = words_of(reader)
    for part in (
        "Receipt",
        alice.name,
        alice.formatted_phone,
        "₹123.45",
        bob.name,
        bob.formatted_phone,
        sent.reference,
        "₹876.55",
        "Timeline",
    ):
        assert part in words, part
    assert LONGEST_NOTE.replace(" ", "") in words.replace(" ", "")
    for part in NOT_ON_PAPER:
        assert part not in words, part
    for x, y in places_of(reader):
        assert MARGIN <= x <= A4[0] - MARGIN
        assert MARGIN <= y <= A4[1] - MARGIN

    page.emulate_media(media="print", color_scheme=theme)
    for selector in ("html", "body", "#main section"):
        background, ink = page.evaluate(_LIGHTNESS, selector)
        assert background == 1
        assert ink < 0.2
    page.set_viewport_size({"width": 672, "height": 1000})  # A4 within its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 672


def test_orders_that_wait_or_failed(alice: Person) -> None:
    waiting, failed = add_onramp(UUID(alice.person_id), 5_00), add_onramp(UUID(alice.person_id), 7_00)
    settle_onramp(bank_message(failed, 7_00, succeeded=False))
    for reference, part in ((waiting, "Waiting for HDFC Bank"), (failed, "Your balance is unchanged")):
        page = alice.open(f"/transactions/{reference}")
        expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        reader = print_out(page)
        assert len(reader.pages) == 1
        assert part in words_of(reader)
