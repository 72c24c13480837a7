"""Writes what ``make prove`` found: prove/results.json for programs, prove/report.md for people."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.commit import measured_commit

FOLDER = Path(__file__).resolve().parents[2] / "prove"
RESULTS_FILE = FOLDER / "results.json"
REPORT_FILE = FOLDER / "report.md"

Figure = int | float | str


@dataclass(frozen=True)
class Finding:
    """One promise on trial: what was tried, what was found, and how to try it again."""

    promise: int
    name: str
    held: bool
    tried: str
    figures: dict[str, Figure]
    seed: int
    seconds: float


def report(findings: list[Finding]) -> None:
    """Findings of this run take the place of earlier ones of the same name, so that one proof can be repeated alone."""
    FOLDER.mkdir(exist_ok=True)
    known = json.loads(RESULTS_FILE.read_text())["findings"] if RESULTS_FILE.exists() else []
    about = {"commit": measured_commit(), "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    kept = {found["name"]: found for found in known}
    kept.update({found.name: {**asdict(found), **about} for found in findings})
    ordered = sorted(kept.values(), key=lambda found: (found["promise"], found["name"]))
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    RESULTS_FILE.write_text(json.dumps({"machine": machine, "findings": ordered}, indent=2) + "\n", encoding="utf-8")
    REPORT_FILE.write_text(_text(machine, ordered), encoding="utf-8")


def _text(machine: str, findings: list[dict[str, Any]]) -> str:
    held = sum(found["held"] for found in findings)
    lines = [
        "# What was tried against the promises, and what was found",
        f"`make prove` writes this file; the promises stand in docs/promises.md. "
        f"{held} of {len(findings)} held, on {machine}.",
        "",
        "| promise | what | held | tried | found | seed | seconds | commit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for found in findings:
        figures = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in found["figures"].items())
        lines.append(
            f"| {found['promise']} | {found['name']} | {'yes' if found['held'] else '**NO**'} | {found['tried']} "
            f"| {figures} | {found['seed']} | {found['seconds']} | {found['commit']} |"
        )
    return "\n".join(lines) + "\n"


def _shown(value: Figure) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
