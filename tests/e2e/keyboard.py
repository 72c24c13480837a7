"""A walk over a page with the Tab key, and what is to be seen at each stop: where the focus is, and that it is seen."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from playwright.sync_api import Page

#: WCAG 2.4.13 and 1.4.11: what shows the focus differs from what is beside it.
LEAST_CONTRAST: Final = 3

#: A thinner ring is hard to see, whatever its colour (WCAG 2.4.13).
THINNEST_RING_PX: Final = 2

#: More stops than things to press: a place that scrolls by itself is one too.
_SPARE_STOPS: Final = 8

#: What is read anew behind a dialog, and the count in the sidebar, come last: the places of all that follows move.
_REST_MS: Final = 300
_AT_REST: Final = """
rest_ms => new Promise(done => {
  let timer;
  const seen = new MutationObserver(rest);
  function rest() {
    clearTimeout(timer);
    timer = setTimeout(() => { seen.disconnect(); done(true); }, rest_ms);
  }
  seen.observe(document, { childList: true, subtree: true });
  rest();
})
"""

_TAB: Final = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
_SHIFT: Final = 8

#: What the walk asks the page. It is brought in anew for each page, and leaves nothing on it.
_EYES: Final = """
() => {
  const ACTIVE = "a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=link]";
  const isShown = element => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true }) && box.width > 0 && box.height > 0;
  };
  const words = element => {
    const said = element.innerText || element.id || element.name || "";
    return `${element.tagName.toLowerCase()} "${said.replace(/\\s+/g, " ").slice(0, 60)}"`;
  };

  // Radios lie unseen in the label that is drawn for them.
  const drawn = element => (element.matches("[type=radio]") && element.closest("label")) || element;

  // Radios of one name are one stop; the arrows move among them.
  const stopOf = element =>
    element.matches("[type=radio]") ? document.querySelector(`[type=radio][name="${element.name}"]`) : element;

  // Everything that a mouse can press: what is meant for it, and what says so by its pointer.
  const pressable = () => {
    const found = [...document.querySelectorAll("body *")].filter(element => {
      if (element.disabled || element.closest("[inert]") || !isShown(element)) return false;
      if (element.matches(ACTIVE)) return true;
      const isHand = getComputedStyle(element).cursor === "pointer";
      return isHand && !element.parentElement.closest(`${ACTIVE},label`) && !element.matches("label");
    });
    const open = document.querySelector("[role=dialog][data-state=open],dialog[open]");
    return [...new Set(found.filter(element => !open || open.contains(element)).map(stopOf))];
  };

  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const colour = text => {
    if (!known.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      known.set(text, [red, green, blue, alpha / 255]);
    }
    return known.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = parts => {
    const [r, g, b] = parts.map(part => part / 255).map(p => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  // What lies behind a place: each colour of a gradient counts.
  const behind = element => {
    if (!element) return [[255, 255, 255, 1]];
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    const stops = backgroundImage.match(/(?:rgba?|oklab|oklch|color)\\([^()]*\\)|#[0-9a-f]+/g) ?? [];
    const own = stops.length ? stops.map(colour) : [colour(backgroundColor)];
    if (own.every(each => each[3] === 1)) return own;
    return behind(element.parentElement).flatMap(below => own.map(each => over(each, below)));
  };

  // The ring of the element, or of the label that is drawn for it, or the line below its field.
  const ring = element => {
    for (const each of [element, drawn(element)]) {
      const style = getComputedStyle(each);
      const width = parseFloat(style.outlineWidth);
      if (style.outlineStyle === "none" || style.outlineStyle === "auto" || !width || style.opacity === "0") continue;
      const isInside = parseFloat(style.outlineOffset) < 0;
      return { width, colour: colour(style.outlineColor), beside: behind(isInside ? each : each.parentElement) };
    }
    const field = element.matches("input") && element.parentElement;
    if (field && field.matches(":focus-within") && field.className.includes("focus-within:border-ring")) {
      const style = getComputedStyle(field);
      const width = parseFloat(style.borderBottomWidth);
      return { width, colour: colour(style.borderBottomColor), beside: behind(field.parentElement) };
    }
    return null;
  };

  const ringIn = (element, theme) => {
    const root = document.documentElement, before = root.className;
    root.classList.toggle("dark", theme === "dark");
    const found = ring(element);
    root.className = before;
    if (!found) return { width: 0, contrast: 0 };
    const ratios = found.beside.map(each => contrast(over(found.colour, each), each));
    return { width: found.width, contrast: Math.min(...ratios) };
  };

  // Middle and edges: the bars of a phone, a header, or what else lies on top.
  const coveredBy = element => {
    const box = element.getClientRects()[0];
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const edges = [[x, y], [x, box.top + 3], [x, box.bottom - 3], [box.left + 3, y], [box.right - 3, y]];
    for (const [left, top] of edges) {
      const hit = document.elementFromPoint(left, top);
      if (!hit) return "the edge of the window";
      if (!element.contains(hit) && !hit.contains(element) && !element.parentElement.contains(hit)) return words(hit);
    }
    return "";
  };

  const region = element => {
    const regions = [];
    for (let each = element; each; each = each.parentElement)
      if (each.matches("aside,nav,header,main,footer,[role=dialog],dialog")) regions.unshift(each);
    return regions[0] ? words(regions[0]).split(" ")[0] : "";
  };

  const numberOf = element => [...document.querySelectorAll("body *")].indexOf(element);

  return {
    pressable: () => pressable().map(element => [numberOf(element), words(drawn(element))]),
    look: () => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const box = drawn(element).getBoundingClientRect();
      return {
        number: numberOf(stopOf(element)), words: words(drawn(element)), region: region(element),
        left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY,
        tab_index: element.tabIndex, covered_by: coveredBy(drawn(element)),
        rings: { light: ringIn(element, "light"), dark: ringIn(element, "dark") },
      };
    },
  };
}
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the focus stood once. ``number``: its place in the document; edges in pixels of the page."""

    number: int
    words: str
    region: str
    left: float
    right: float
    top: float
    bottom: float
    tab_index: int
    covered_by: str
    rings: dict[str, dict[str, float]]


def walk(page: Page, *, backwards: bool = False) -> tuple[list[Stop], dict[int, str]]:
    """Presses Tab until the focus is where it was first. Answers the stops from the first of the page on (or from
    the last, going back), and what there is to press.
    """
    # Colours that are on their way from one theme to the other are neither's.
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_function(_AT_REST, arg=_REST_MS)
    eyes = page.evaluate_handle(_EYES)
    to_press = dict(eyes.evaluate("eyes => eyes.pressable()"))
    stops: list[Stop] = []
    # Past Playwright, whose trace would take a picture at each of some thousand presses.
    devtools = page.context.new_cdp_session(page)
    tab = {**_TAB, "modifiers": _SHIFT if backwards else 0}
    for _ in range(len(to_press) + _SPARE_STOPS):
        devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **tab})
        devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **tab})
        seen = eyes.evaluate("eyes => eyes.look()")
        if seen is None:
            continue
        if stops and seen["number"] == stops[0].number:
            break
        stops.append(Stop(**seen))
    devtools.detach()
    eyes.dispose()
    if not stops:
        return [], to_press
    at = max if backwards else min
    first = stops.index(at(stops, key=lambda stop: stop.number))
    return stops[first:] + stops[:first], to_press


def not_reached(stops: list[Stop], to_press: dict[int, str]) -> list[str]:
    """What a mouse reaches and the keyboard does not; and where the focus did not come out again."""
    reached = {stop.number for stop in stops}
    missed = [f"never reached: {words}" for number, words in to_press.items() if number not in reached]
    return missed + [f"no way out of {stop.words}" for stop, then in pairwise(stops) if stop == then]


def out_of_order(stops: list[Stop]) -> list[str]:
    """Jumps that the layout does not explain: back up in the same column, back to the left in the same line, back into
    a part of the page (sidebar, main ...) that was left already.
    """
    found = [f"tabindex {stop.tab_index}: {stop.words}" for stop in stops if stop.tab_index > 0]
    left: set[str] = set()
    for before, after in pairwise(stops):
        jump = f"from {before.words} to {after.words}"
        if after.number < before.number:
            found.append(f"against the document {jump}")
        if before.region != after.region:
            left.add(before.region)
            if after.region in left:
                found.append(f"back into <{after.region}> {jump}")
            continue
        is_above, is_beside = after.bottom <= before.top + 1, after.left >= before.right - 1
        is_same_line = after.top < before.bottom and before.top < after.bottom
        if (is_above and not is_beside) or (is_same_line and after.right <= before.left + 1):
            found.append(f"back {jump}")
    return found


def unseen(stops: list[Stop]) -> list[str]:
    """Stops that lie under something else, or whose ring is missing, too thin, or too faint in one of the themes."""
    found = [f"{stop.words} is covered by {stop.covered_by}" for stop in stops if stop.covered_by]
    for stop in stops:
        for theme, ring in stop.rings.items():
            if ring["width"] < THINNEST_RING_PX or ring["contrast"] < LEAST_CONTRAST:
                found.append(f"{stop.words} has a ring of {ring['width']} px with {ring['contrast']:.2f}:1 in {theme}")
    return found
