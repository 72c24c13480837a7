"""``python -m looks.screens [page ...]``: a picture of every page, at each width, in both themes, into docs/screens/;
and pictures of moments, where what matters happens, each where it shows something.

The README shows some of them. Pages and moments by their names (looks/stage.py, looks/moments.py), without arguments
all.
"""

import io
import sys
from typing import Final

from PIL import Image
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from launcher.parts import ROOT
from looks.moments import Look, Moment, Theme, all_moments, still, until_audited
from looks.stage import VIEWERS, Page, all_pages, browser_of, forget_what_was_seen, stage
from tests.e2e.stack import Stack

FOLDER: Final = ROOT / "docs" / "screens"

#: Width and height of the window: a desk, a phone, and the narrowest phone (WCAG 1.4.10 names 320).
SIZES: Final = {1280: 800, 390: 844, 320: 640}
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
        pages, moments = all_pages(stack), all_moments(stack)
        known = [one.name for one in (*pages, *moments)]
        if unknown := set(names) - set(known):
            sys.stderr.write(f"There is no page {', '.join(sorted(unknown))}. There are: {known}\n")
            return 2
        for old in [] if names else FOLDER.glob("*.webp"):
            old.unlink()  # of what is pictured no more, too
        for viewer in VIEWERS:
            with browser_of(playwright, stack, viewer) as context:
                tab = context.new_page()
                tab.set_default_timeout(PATIENCE_MS)
                # The letters do not wait for themselves: the first page that a browser opens may be without them.
                _open(tab, "/there-is-no-such-page", (1280, "light"))
                for page in pages:
                    if page.viewer == viewer and (not names or page.name in names):
                        _draw_page(tab, page, stack)
                # After the pages, for these are acts.
                for moment in moments:
                    if moment.viewer == viewer and (not names or moment.name in names):
                        for look in moment.looks:
                            _draw_moment(tab, moment, look)
    return 0


def _draw_page(tab: Tab, page: Page, stack: Stack) -> None:
    for theme in THEMES:
        for width in SIZES:
            if page.name == "notifications":
                forget_what_was_seen(stack)
            _open(tab, page.path, (width, theme))
            if page.viewer == "operator":
                until_audited(tab)
            _see_all_of_it(tab, width)
            _keep(tab, page.name, (width, theme))


def _draw_moment(tab: Tab, moment: Moment, look: Look) -> None:
    _open(tab, moment.path, look)
    moment.come_to_it(tab)
    if moment.is_whole:
        _see_all_of_it(tab, look[0])
    _keep(tab, moment.name, look)
    moment.leave_it(tab)


def _see_all_of_it(tab: Tab, width: int) -> None:
    """The tabs of a phone stand at the bottom of the window, and would lie across the middle of the page."""
    tab.set_viewport_size({"width": width, "height": max(SIZES[width], tab.evaluate(_HEIGHT))})
    still(tab)


def _open(tab: Tab, path: str, look: Look) -> None:
    width, theme = look
    tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
    tab.set_viewport_size({"width": width, "height": SIZES[width]})
    tab.goto(path)
    still(tab)


def _keep(tab: Tab, name: str, look: Look) -> None:
    width, theme = look
    file = f"{name}-{width}-{theme}.webp"
    Image.open(io.BytesIO(tab.screenshot())).convert("RGB").save(FOLDER / file, "WEBP", quality=QUALITY, method=6)
    print(f"  docs/screens/{file}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
