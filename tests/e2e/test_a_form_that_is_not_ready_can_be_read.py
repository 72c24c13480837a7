"""The button of a form that is not ready says what is missing, so its words have the contrast of any text."""

from typing import Final, Literal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Person

#: WCAG 1.4.3.
READABLE: Final = 4.5

BUTTONS: Final = {"/p2ptransfer": "#review-payment", "/requests/ask": "#ask-for-money", "/transfer": "#start-onramp"}

#: Of the words on the button, both as they are painted: with its own opacity, on a page of one colour.
_CONTRAST: Final = """
button => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (...colours) => {
    for (const [colour, opacity] of colours) {
      pen.globalAlpha = opacity; pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    }
    const parts = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255);
    const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(button), card = getComputedStyle(button.closest("section")).backgroundColor;
  const below = [[card, 1], [style.backgroundColor, style.opacity]];
  const both = [light(...below), light(...below, [style.color, style.opacity])].sort((a, b) => b - a);
  return (both[0] + 0.05) / (both[1] + 0.05);
}
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", BUTTONS)
def test_what_is_missing_can_be_read(path: str, theme: Literal["light", "dark"], alice: Person) -> None:
    page = alice.context.new_page()
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(path)
    button = page.locator(BUTTONS[path])
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".skeleton")).to_have_count(0)
    assert button.evaluate(_CONTRAST) >= READABLE
