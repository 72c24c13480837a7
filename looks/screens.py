"""``python -m looks.screens [page ...]``: a picture of every page, at each width, in both themes, into docs/screens/.

The README shows some of them. Pages by their names (looks/stage.py), without arguments all.
"""

import io
import sys
from collections.abc import Callable
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect, sync_playwright

from launcher.parts import ROOT
from looks.stage import VIEWERS, Page, all_pages, browser_of, stage

FOLDER: Final = ROOT / "docs" / "screens"

#: Width and height of the window: a desk, a phone, and the narrowest phone (WCAG 1.4.10 names 320).
SIZES: Final = ((1280, 800), (390, 844), (320, 640))

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

#: Of WebP: no difference to be seen, a third of the bytes.
QUALITY: Final = 82

_HEIGHT: Final = "document.documentElement.scrollHeight"

#: A page that does not stand after this does not work.
PATIENCE_MS: Final = 20_000


def main(names: list[str]) -> int:
    """Answers the exit status."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with stage() as stack, sync_playwright() as playwright:
        pages = all_pages(stack)
        if unknown := set(names) - {page.name for page in pages}:
            sys.stderr.write(
                f"There is no page {', '.join(sorted(unknown))}. There are: {[one.name for one in pages]}\n"
            )
            return 2
        for viewer in VIEWERS:
            with browser_of(playwright, stack, viewer) as context:
                tab = context.new_page()
                tab.set_default_timeout(PATIENCE_MS)
                for page in pages:
                    if page.viewer == viewer and (not names or page.name in names):
                        _draw(tab, page)
    return 0


def _draw(tab: Tab, page: Page) -> None:
    for theme in THEMES:
        for width, height in SIZES:
            tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
            tab.set_viewport_size({"width": width, "height": height})
            tab.goto(page.path)
            still(tab)
            _STEPS.get(page.name, _no_step)(tab)
            name = f"{page.name}-{width}-{theme}.webp"
            if page.name not in _STEPS:
                # As high as all of it: the tabs of a phone stand at the bottom, and would lie across the middle.
                tab.set_viewport_size({"width": width, "height": max(height, tab.evaluate(_HEIGHT))})
                still(tab)
            Image.open(io.BytesIO(tab.screenshot())).convert("RGB").save(
                FOLDER / name, "WEBP", quality=QUALITY, method=6
            )
            print(f"  docs/screens/{name}", flush=True)


def still(tab: Tab) -> None:
    """What is personal is there, the letters are, and nothing moves."""
    expect(tab.locator("h1").first).to_be_attached()
    expect(tab.locator(".skeleton")).to_have_count(0)
    tab.wait_for_function("document.fonts.status === 'loaded'")
    tab.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")


def _no_step(_tab: Tab) -> None:
    pass


def _to_the_dialog(tab: Tab) -> None:
    tab.get_by_label("Amount").fill("500")
    tab.get_by_label("Note").fill("Cinema on Sunday")
    tab.get_by_role("button", name="Send ₹500.00").click()
    expect(tab.get_by_role("dialog")).to_be_visible()
    still(tab)


def _to_the_bank(tab: Tab) -> None:
    tab.get_by_label("Amount").fill("500")
    tab.get_by_role("radio").first.check(force=True)
    tab.get_by_role("button", name="Add ₹500.00").click()
    expect(tab.get_by_role("button", name="Approve", exact=True)).to_be_visible()


#: What is done on a page before it is pictured.
_STEPS: Final[dict[str, Callable[[Tab], None]]] = {"send-confirm": _to_the_dialog, "bank": _to_the_bank}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
