"""bench/results.json for programs, bench/report.md and bench/throughput.svg for people."""

import json
import os
import platform
import subprocess
from collections import Counter
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

#: Each makes a run smaller, to try the bench itself: its figures would stand under names that promise the full size.
SHRINKING: Final = ("BENCH_SECONDS", "BENCH_ROWS")

Measured = Ratio | Figure


Results = dict[str, dict[str, Any]]


def is_trial() -> bool:
    """Whether this run is no measure for anything, so that it is written nowhere and compared with nothing."""
    return any(name in os.environ for name in SHRINKING)


def read_results() -> Results:
    """What was measured last, by name; empty before the first run."""
    return _results(RESULTS_FILE.read_text(encoding="utf-8")) if RESULTS_FILE.exists() else {}


def committed_results() -> Results:
    """What was measured for the commit that is checked out: the file itself is written anew, by runs that fail as well.
    Where there is no git, or no such commit, the file is all there is.
    """
    show = ["git", "show", f"HEAD:./{RESULTS_FILE.name}"]
    try:
        shown = subprocess.run(show, cwd=FOLDER, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return read_results()
    return _results(shown)


def _results(text: str) -> Results:
    found: Results = json.loads(text)
    return found


def regressions(before: Results, part: str, measured: Sequence[Measured]) -> list[str]:
    """Ratios of this part that got worse by more than ``REGRESSION``, or are gone: what is called otherwise from now on
    would be compared with nothing. Absolute figures are not compared: machines differ.
    """
    ratios = {one.name: one for one in measured if isinstance(one, Ratio)}
    sentences = []
    for name, known in before.items():
        if known["part"] != part or known["kind"] != "ratio":
            continue
        if (one := ratios.get(name)) is None:
            sentences.append(f"{name} was {known['value']:.2f} and was not measured")
            continue
        change = one.value / known["value"] if one.better == "higher" else known["value"] / one.value
        if change < 1 - REGRESSION:
            sentences.append(f"{name} was {known['value']:.2f} and is {one.value:.2f}")
    return sentences


def write_results(part: str, measured: Sequence[Measured]) -> None:
    """Takes the place of this part's earlier results, and writes the report anew.

    Raises: ValueError where two figures have one name: the second would take the place of the first.
    """
    results = {name: found for name, found in read_results().items() if found["part"] != part}
    names = Counter([*results, *(one.name for one in measured)])
    if twice := [name for name, count in names.items() if count > 1]:
        raise ValueError(f"More than one figure has the name {', '.join(twice)}")
    origin = _origin()
    results.update({one.name: _record(part, one) | origin for one in measured})
    RESULTS_FILE.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    REPORT_FILE.write_text(_text(results), encoding="utf-8")


def _origin() -> dict[str, str]:
    """Where the figures of a part come from: parts are measured apart, and may be of other days and machines."""
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return {
        "commit": measured_commit(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores of {_processor()}, {system}",
    }


def _processor() -> str:
    """Machines with as many cores are told apart by it. Only Linux says it in a file."""
    known = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in known.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unnamed processor"


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
    }


def _text(results: Results) -> str:
    lines = [
        "# How fast it is",
        "`make bench` writes this file. Each part is measured for itself, and says of which commit, when and on which",
        "machine; that of one part may not be that of another. Ratios are medians of rounds in which both sides took",
        "turns; what limits each, and how it was found: docs/performance.md. Absolute figures are those of the part's",
        "machine only.",
    ]
    for part in dict.fromkeys(found["part"] for found in results.values()):
        of_part = {name: found for name, found in results.items() if found["part"] == part}
        lines += ["", f"## {part}", _origin_sentence(next(iter(of_part.values())))]
        lines += ["", "| figure | value | target | holds | what |", "|---|---|---|---|---|"]
        lines += [_row(name, found) for name, found in of_part.items()]
        if part == PLOTTED_PART and PLOT_FILE.exists():
            lines += ["", f"![Credits a second over connections]({PLOT_FILE.name})"]
        lines += ["", "| raw numbers | unit | side | rounds |", "|---|---|---|---|"]
        lines += [row for name, found in of_part.items() for row in _raw_rows(name, found)]
    return "\n".join(lines) + "\n"


def _origin_sentence(found: dict[str, Any]) -> str:
    """Older results know less about themselves."""
    commit = found["commit"]
    known = [f"Commit {commit}" + (", with changes that are in no commit" if commit.endswith("-dirty") else "")]
    if "measured_at" in found:
        known.append(f"measured on {found['measured_at'][:10]}")
    if "machine" in found:
        known.append(f"on {found['machine']}")
    return ", ".join(known) + "."


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
