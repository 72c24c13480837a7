"""``python -m launcher.icons``: draws the PNG icons of the installed wallet from its mark, assets/icon.svg.

Drawn by the browser of the tests, and kept in the repository: installing the wallet needs no browser.
"""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from launcher.browser import find_browser
from launcher.errors import CannotGoOn

ASSETS: Final = Path(__file__).resolve().parents[1] / "assets"
MARK: Final = ASSETS / "icon.svg"

DRAWN_S: Final = 60

#: Of a maskable icon only a circle of 80 % of its width is sure to be seen (W3C manifest): the mark, whose corners lie
#: 44 % away from the middle, has to shrink into it.
MASKABLE_SCALE: Final = 0.86


@dataclass(frozen=True, slots=True)
class Icon:
    """``is_full``: the colour goes to the edges, for a system that cuts the shape itself."""

    name: str
    size_px: int
    is_full: bool = False
    scale: float = 1


ICONS: Final = (
    Icon("icon-192.png", 192),
    Icon("icon-512.png", 512),
    Icon("icon-maskable-512.png", 512, is_full=True, scale=MASKABLE_SCALE),
    # iOS rounds the corners itself, and paints black where there is nothing.
    Icon("apple-touch-icon.png", 180, is_full=True),
)


def page_of(icon: Icon, mark: str) -> str:
    """A page that shows this icon and nothing else."""
    background = re.search(r'fill="(#[0-9a-f]{6})"', mark)
    if background is None:
        raise CannotGoOn(f"{MARK} has no background colour to go on to the edges.")
    fill = background[1] if icon.is_full else "transparent"
    size = f"{icon.size_px}px"
    return (
        f"<style>*{{margin:0}}html,body{{width:{size};height:{size};overflow:hidden;background:{fill}}}"
        f"svg{{display:block;width:{size};height:{size};transform:scale({icon.scale})}}</style>{mark}"
    )


def draw(browser: Path, icon: Icon) -> None:
    """Raises: CannotGoOn."""
    with tempfile.TemporaryDirectory(prefix="wallet-icons-") as folder:
        page = Path(folder) / "icon.html"
        page.write_text(page_of(icon, MARK.read_text()))
        picture = Path(folder) / "icon.png"
        command = [
            *(str(browser), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            f"--user-data-dir={folder}/profile",
            "--default-background-color=00000000",
            "--force-device-scale-factor=1",
            f"--window-size={icon.size_px},{icon.size_px}",
            f"--screenshot={picture}",
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DRAWN_S, check=False)
        if not picture.exists():
            raise CannotGoOn(f"The browser drew no {icon.name}: {done.stderr[-300:]}")
        (ASSETS / icon.name).write_bytes(picture.read_bytes())


def main() -> int:
    """Returns: the exit status."""
    try:
        browser = find_browser(print)
        for icon in ICONS:
            draw(browser, icon)
            print(f"Drawn: assets/{icon.name}")
    except CannotGoOn as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
