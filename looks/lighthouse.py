"""``python -m looks.lighthouse [page ...]``: what Lighthouse says about every page, into docs/lighthouse.md.

Each page on its phone (a slow line, a processor four times slower) and on its desk, in rounds of which the middle
counts. Exit status 1 where a score is below ``TARGET``.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from launcher.npm import NODE, install_packages
from launcher.parts import ROOT
from looks.stage import VIEWERS, Page, all_pages, browser_of, stage
from tests.commit import measured_commit
from tests.e2e.stack import Stack, free_ports

REPORT_FILE: Final = ROOT / "docs" / "lighthouse.md"
PACKAGES: Final = Path(__file__).parent / "npm"

#: In every category on every page.
TARGET: Final = 95

CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")

#: The middle of them counts: the machine is shared. LIGHTHOUSE_ROUNDS=1 is for a quick look.
ROUNDS: Final = int(os.environ.get("LIGHTHOUSE_ROUNDS", "3"))

#: What is not asked of a page, because the page is right: one that does not exist answers 404. (lighthouse.mjs forgives
#: it the line that a browser logs of it, too.)
SKIPPED: Final = {"not-found": ["http-status-code"]}

Looked = dict[str, Any]


def main(names: list[str]) -> int:
    """Answers the exit status."""
    install_packages(PACKAGES, print)
    found: list[Looked] = []
    with stage() as stack, sync_playwright() as playwright:
        asked = [page for page in all_pages(stack) if not names or page.name in names]
        for viewer in VIEWERS:
            of_these = [page for page in asked if page.viewer == viewer]
            if not of_these:
                continue
            [port] = free_ports(1)
            with browser_of(playwright, stack, viewer, port=port):
                found += _look(stack, port, of_these)
    middles = [_middle(found, page.name, device) for page in asked for device in ("phone", "desk")]
    if not names:
        REPORT_FILE.write_text(_report(middles, found), encoding="utf-8")
    low = [one for one in middles if min(one["scores"].values()) < TARGET]
    for one in low:
        print(f"BELOW {TARGET}: {one['page']} on a {one['device']}: {one['scores']} {one['low']}", flush=True)
    return 1 if low else 0


def _look(stack: Stack, port: int, pages: list[Page]) -> Iterator[Looked]:
    """One record for each page, device and round, as Lighthouse comes to it."""
    plan = {
        "port": port,
        "categories": CATEGORIES,
        "rounds": ROUNDS,
        "pages": [
            {
                "name": page.name,
                "url": stack.app_url + page.path,
                "path": page.path,
                "skipped": SKIPPED.get(page.name, []),
            }
            for page in pages
        ],
    }
    command = [str(NODE), str(PACKAGES / "lighthouse.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(plan))
        process.stdin.close()
        for line in process.stdout:
            looked: Looked = json.loads(line)
            print(
                f"  {looked['page']:14}{looked['device']:7}{looked['scores']} {[one['id'] for one in looked['low']]}",
                flush=True,
            )
            assert looked["error"] is None, looked
            assert looked["shown"] == looked["path"].partition("?")[0], f"Lighthouse came to another page: {looked}"
            yield looked
    assert process.returncode == 0, f"Lighthouse ended with {process.returncode}"


def _middle(found: list[Looked], name: str, device: str) -> Looked:
    """Each figure's median over the rounds; what was low in any round."""
    rounds = [one for one in found if (one["page"], one["device"]) == (name, device)]
    low = {low["id"]: f"{low['title']} {low['value']}".strip() for one in rounds for low in one["low"]}

    def median(values: list[float]) -> float:
        return statistics.median_low(values)

    return {
        "page": name,
        "device": device,
        "scores": {one: int(median([each["scores"][one] for each in rounds])) for one in CATEGORIES},
        "figures": {
            one: median([each[one] for each in rounds])
            for one in ("first_paint_ms", "largest_paint_ms", "blocked_ms", "layout_shift", "bytes")
        },
        "low": sorted(low.values()),
    }


def _machine() -> str:
    return f"Measured on {os.cpu_count()} processors ({platform.machine()}, {platform.system()})."


def _report(middles: list[Looked], found: list[Looked]) -> str:
    lowest = min(score for one in middles for score in one["scores"].values())
    lines = [
        "# Lighthouse",
        f"`make lighthouse` writes this file: Lighthouse {found[0]['version']} from npm, on the production build of",
        f"{measured_commit()}, somebody with a past signed in, medians of {ROUNDS} rounds. Phone: a line of 1.6 Mbit/s",
        "with 150 ms and a processor four times slower, both simulated; desk: 10 Mbit/s with 40 ms. Each page as on a",
        f"first visit, with nothing kept. {_machine()}",
        "",
        "Not asked: that the page for addresses that do not exist answers 200 (it answers 404, as it should, and what "
        "a",
        "browser's console says of that is forgiven); the dialog that confirms a payment (it has no address; send-to "
        "is",
        "the page below it); what the service worker shows without a network (Lighthouse needs one); the demo bank's "
        "page",
        "(not the wallet's).",
        "",
        f"Lowest score: **{lowest}** (target: {TARGET} in every category on every page).",
        "",
        "| page | device | performance | accessibility | best practices | SEO | first paint | largest paint "
        "| blocked | layout shift | over the wire |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in middles:
        scores = " | ".join(str(one["scores"][category]) for category in CATEGORIES)
        figures = one["figures"]
        lines.append(
            f"| {one['page']} | {one['device']} | {scores} | {figures['first_paint_ms'] / 1000:.1f} s | "
            f"{figures['largest_paint_ms'] / 1000:.1f} s | {figures['blocked_ms']:.0f} ms | "
            f"{figures['layout_shift']:.3f} | {figures['bytes'] / 1000:.0f} kB |"
        )
    complaints = sorted({sentence for one in middles for sentence in one["low"]})
    if complaints:
        lines += ["", "What it would have better, on some page in some round:", *(f"- {each}" for each in complaints)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
