"""bench/results.json for programs, bench/report.md and bench/throughput.svg for people."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.ratio import REGRESSION, Figure, Ratio
from tests.commit import measured_commit

FOLDER: Final = Path(__file__).resolve().parent
RESULTS_FILE: Final = FOLDER / "results.json"
REPORT_FILE: Final = FOLDER / "report.md"

#: Drawn by the part of this name (bench/parts/webhook.py).
PLOT_FILE: Final = FOLDER / "throughput.svg"
PLOTTED_PART: Final = "webhook"

Measured = Ratio | Figure


def read_results() -> dict[str, dict[str, Any]]:
    """What was measured last, by name; empty before the first run."""
    if not RESULTS_FILE.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(RESULTS_FILE.read_text())
    return found


def regressions(before: dict[str, dict[str, Any]], measured: Sequence[Measured]) -> list[str]:
    """Ratios that got worse by more than ``REGRESSION``. Absolute figures are not compared: machines differ."""
    sentences = []
    for one in measured:
        known = before.get(one.name)
        if known is None or not isinstance(one, Ratio):
            continue
        change = one.value / known["value"] if one.better == "higher" else known["value"] / one.value
        if change < 1 - REGRESSION:
            sentences.append(f"{one.name} was {known['value']:.2f} and is {one.value:.2f}")
    return sentences


def write_results(part: str, measured: Sequence[Measured]) -> None:
    """Takes the place of this part's earlier results, and writes the report anew."""
    results = {name: found for name, found in read_results().items() if found["part"] != part}
    results.update({one.name: _record(part, one) for one in measured})
    RESULTS_FILE.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    REPORT_FILE.write_text(_text(results), encoding="utf-8")


def _record(part: str, one: Measured) -> dict[str, Any]:
    raw = {"ours": one.ours, "theirs": one.theirs} if isinstance(one, Ratio) else {"rounds": one.rounds}
    return {
        "part": part,
        "kind": "ratio" if isinstance(one, Ratio) else "figure",
        "what": one.what,
        "unit": one.unit,
        "value": round(one.value, 3),
        "target": one.target,
        "better": one.better,
        "holds": one.holds,
        **{side: [round(number, 3) for number in numbers] for side, numbers in raw.items()},
        "further": one.further,
        "commit": measured_commit(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _text(results: dict[str, dict[str, Any]]) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    lines = [
        "# How fast it is",
        f"`make bench` writes this file, on {machine}. Ratios are medians of rounds in which both sides took turns;",
        "what limits each, and how it was found: docs/performance.md. Absolute figures are those of this machine only.",
    ]
    for part in dict.fromkeys(found["part"] for found in results.values()):
        of_part = {name: found for name, found in results.items() if found["part"] == part}
        lines += ["", f"## {part}", "| figure | value | target | holds | what |", "|---|---|---|---|---|"]
        lines += [_row(name, found) for name, found in of_part.items()]
        if part == PLOTTED_PART and PLOT_FILE.exists():
            lines += ["", f"![Credits a second over connections]({PLOT_FILE.name})"]
        lines += ["", "| raw numbers | unit | side | rounds |", "|---|---|---|---|"]
        lines += [row for name, found in of_part.items() for row in _raw_rows(name, found)]
    return "\n".join(lines) + "\n"


def _row(name: str, found: dict[str, Any]) -> str:
    target = "-"
    if found["target"] is not None:
        target = f"{'at least' if found['better'] == 'higher' else 'at most'} {found['target']:g}"
    holds = "-" if found["target"] is None else "yes" if found["holds"] else "**no**"
    unit = "x" if found["kind"] == "ratio" else f" {found['unit']}"
    further = "".join(f"; {key.replace('_', ' ')} {value}" for key, value in found["further"].items())
    return f"| {name} | {found['value']:,.2f}{unit} | {target} | {holds} | {found['what']}{further} |"


def _raw_rows(name: str, found: dict[str, Any]) -> list[str]:
    sides = ("ours", "theirs") if found["kind"] == "ratio" else ("rounds",)
    return [
        f"| {name} | {found['unit']} | {side} | {', '.join(f'{number:,.1f}' for number in found[side])} |"
        for side in sides
    ]
