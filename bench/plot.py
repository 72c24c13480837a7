"""A plot as SVG, readable on light and on dark: lines over a few steps, their values written at the points."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 360
LEFT: Final = 70
RIGHT: Final = 120
TOP: Final = 50
BOTTOM: Final = 50

#: Told apart by brightness as well as by hue, on white and on black.
COLOURS: Final = ("#2563eb", "#d97706", "#16a34a")

_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#334155}.grid{stroke:#94a3b8;stroke-opacity:.35}"
    "@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}"
)


@dataclass(frozen=True)
class Line:
    """One value for each step of the plot."""

    name: str
    values: list[float]


def write_plot(path: Path, title: str, steps: list[int], lines: list[Line]) -> None:
    """Steps stand side by side at equal distances, whatever their numbers."""
    path.write_text(plot(title, steps, lines), encoding="utf-8")


def plot(title: str, steps: list[int], lines: list[Line]) -> str:
    """The SVG's text."""
    top = _round_up(max(value for line in lines for value in line.values))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        f' aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<text x="{LEFT}" y="24" font-weight="600">{escape(title)}</text>',
    ]
    for part in range(5):
        value = top * part / 4
        y = _y(value, top)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>')
    for place, step in enumerate(steps):
        parts.append(f'<text x="{_x(place, steps):.1f}" y="{HEIGHT - 20}" text-anchor="middle">{step}</text>')
    for line, colour in zip(lines, COLOURS, strict=False):
        parts += _drawn(line, colour, steps, top)
    return "\n".join([*parts, "</svg>", ""])


def _drawn(line: Line, colour: str, steps: list[int], top: float) -> list[str]:
    points = [(_x(place, steps), _y(value, top)) for place, value in enumerate(line.values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>']
    for (x, y), value in zip(points, line.values, strict=True):
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        drawn.append(f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{value:,.0f}</text>')
    x, y = points[-1]
    drawn.append(f'<text x="{x + 12:.1f}" y="{y + 4:.1f}" font-weight="600">{escape(line.name)}</text>')
    return drawn


def _x(place: int, steps: list[int]) -> float:
    return LEFT + 30 + place * (WIDTH - LEFT - RIGHT - 30) / max(1, len(steps) - 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _round_up(value: float) -> float:
    """To the next number with one digit and zeros: 9,730 to 10,000."""
    unit = 10 ** (len(str(int(value))) - 1)
    return float((int(value) // unit + 1) * unit)
