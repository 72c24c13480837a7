"""What does not fit: a page wider than its window, texts that are cut off or stand out of their box, on another, or
under what stays at the top.
"""

import re
from typing import Final

from playwright.sync_api import Page, WebSocketRoute

#: An amount as the server writes it, in a frame of the websocket.
_AMOUNT: Final = re.compile(r"(₹|\\u20b9)[\d,]+\.\d\d")

#: Each sentence says what does not fit. An ellipsis says itself that there is more, and where a text is clamped to some
#: lines the browser draws one.
_MISFITS: Final = r"""
() => {
  const found = [], width = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth;
  if (wide > width) found.push(`the page is ${wide} px wide`);
  const top = [...document.querySelectorAll("[role=dialog][data-state=open],dialog[open]")].pop() ?? document.body;
  const short = text => `"${text.trim().replace(/\s+/g, " ").slice(0, 50)}"`;
  const isUnseen = element =>
    !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ||
    element.closest("script,style,noscript,svg,option,.skip,[data-sonner-toaster]");
  // Only for screen readers: one pixel of room, or nothing of it shown.
  const isForEars = element => {
    for (let each = element; each; each = each.parentElement) {
      const { clipPath, position } = getComputedStyle(each);
      if (position === "absolute" && (clipPath === "inset(50%)" || each.offsetWidth <= 1)) return true;
    }
    return false;
  };
  const seen = [];
  // What stays at the top, where it covers a text that nobody can scroll out from under it.
  const barOver = (element, x, y) => {
    const hit = scrollY === 0 ? document.elementFromPoint(x, y) : null;
    let bar = null;
    if (!hit || hit.contains(element) || element.contains(hit) || hit.closest("[data-sonner-toaster]")) return bar;
    for (let each = hit; each; each = each.parentElement) {
      const isBar = /fixed|sticky/.test(getComputedStyle(each).position) && each.getBoundingClientRect().top <= 0;
      if (isBar && !each.contains(element)) bar = each;
    }
    return bar;
  };

  const look = (node, element) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()];
    for (const sum of node.data.matchAll(/[+\u2212]?\u20b9[\d,]+\.\d\d/g)) {
      range.setStart(node, sum.index);
      range.setEnd(node, sum.index + sum[0].length);
      const tops = [...range.getClientRects()].map(box => box.top);
      if (Math.max(...tops) - Math.min(...tops) > 4) found.push(`${sum[0]} stands on two lines in ${short(node.data)}`);
    }
    for (const box of boxes) {
      if (box.width < 2) continue;
      const rest = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
      let across = true, down = true, isFixed = false;
      for (let each = element; each; each = each.parentElement) {
        const style = getComputedStyle(each), edge = each.getBoundingClientRect();
        isFixed ||= /fixed|sticky/.test(style.position);
        const hasEllipsis = style.textOverflow === "ellipsis" && style.overflowX !== "visible";
        const isClamped = style.webkitLineClamp !== "none";
        const isOut = box.right > edge.right + 1 || box.left < edge.left - 1;
        if (style.overflowX !== "visible") {
          if (across && isOut && !hasEllipsis) found.push(`${short(node.data)} is cut off at the side`);
          rest.left = Math.max(rest.left, edge.left);
          rest.right = Math.min(rest.right, edge.right);
        } else if (across && isOut && each.matches("a,button,li,label,section,dialog,[role=dialog]"))
          found.push(`${short(node.data)} stands out of ${each.tagName.toLowerCase()} ${short(each.innerText)}`);
        if (style.overflowY !== "visible") {
          const isCut = box.bottom > edge.bottom + 3 || box.top < edge.top - 3;
          const scrolls = /auto|scroll/.test(style.overflowY);
          if (down && isCut && !isClamped && !scrolls) found.push(`${short(node.data)} is cut off below`);
          rest.top = Math.max(rest.top, edge.top);
          rest.bottom = Math.min(rest.bottom, edge.bottom);
          down &&= !isClamped && !scrolls;
        }
        across &&= !hasEllipsis && style.overflowX === "visible";
      }
      if (across && (box.right > width + 1 || box.left < -1)) found.push(`${short(node.data)} is out of the window`);
      if (rest.right - rest.left <= 2 || rest.bottom - rest.top <= 4) continue;
      seen.push([node, rest, isFixed]);
      const bar = barOver(element, (rest.left + rest.right) / 2, (rest.top + rest.bottom) / 2);
      if (bar) found.push(`${short(node.data)} lies under ${short(bar.innerText)}`);
    }
  };

  const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, element = node.parentElement;
    if (node.data.trim() && !isUnseen(element) && !isForEars(element)) look(node, element);
  }

  // Letters reach a little over their lines. What stays while the page scrolls may lie over what does not.
  seen.forEach(([node, one, isFixed], place) => {
    for (const [other, two, isOtherFixed] of seen.slice(place + 1)) {
      if (isFixed !== isOtherFixed) continue;
      const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (node !== other && across > 2 && down > 6) found.push(`${short(node.data)} stands on ${short(other.data)}`);
    }
  });

  // What stands in a field in place of a value (also while it has one), and the choice that a list shows.
  const pen = document.createElement("canvas").getContext("2d");
  for (const field of top.querySelectorAll("input[placeholder],select")) {
    const style = getComputedStyle(field), words = field.placeholder ?? field.selectedOptions[0]?.text ?? "";
    if (isUnseen(field) || style.textOverflow === "ellipsis") continue;
    pen.font = style.font;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (pen.measureText(words).width > room + 1) found.push(`${short(words)} is cut off in its field`);
  }
  return [...new Set(found)];
}
"""

_IN_THEME: Final = f"""
dark => {{
  const root = document.documentElement, before = root.className;
  root.classList.toggle("dark", dark);
  const found = ({_MISFITS})();
  root.className = before;
  return found;
}}
"""


def misfits(page: Page, where: str) -> list[str]:
    """A sentence for each thing that does not fit, in the light theme or in the dark one."""
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")
    found = [each for dark in (False, True) for each in page.evaluate(_IN_THEME, dark)]
    return [f"{where}: {each}" for each in dict.fromkeys(found)]


def swell(page: Page, amount: str) -> None:
    """From now on every amount that the server tells the page is this one: no book holds as much."""

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(frame: str | bytes) -> None:
            socket.send(_AMOUNT.sub(amount, frame) if isinstance(frame, str) else frame)

        server.on_message(forward)

    page.route_web_socket("**/_event/**", connect)
