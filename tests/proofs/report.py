"""Writes what ``make prove`` found: prove/results.json for programs, prove/report.md for people."""

import json
import os
import platform
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.commit import measured_commit

FOLDER = Path(__file__).resolve().parents[2] / "prove"
RESULTS_FILE = FOLDER / "results.json"
REPORT_FILE = FOLDER / "report.md"

#: What is said of a proof from the beginning of the run until it has said something itself.
UNFINISHED = "did not come to its end"

Figure = int | float | str


@dataclass(frozen=True)
class Finding:
    """One promise on trial: what was tried, what was found, and how to try it again."""

    promise: int
    name: str
    seed: int
    held: bool = False
    tried: str = UNFINISHED
    figures: dict[str, Figure] = field(default_factory=dict)
    seconds: float = 0.0


class Report:
    """A row for each proof. It is written at the beginning, with every proof of this run as not held, and anew with
    each finding: whatever ends the run, no proof that did not come to its end is said to have held.
    """

    def __init__(self, selected: list[Finding], *, are_all: bool) -> None:
        """``selected``: what this run is going to try. ``are_all``: there is no other proof, so that rows of others are
        of proofs that were removed. Else those rows stay, each with the commit that it was measured at.
        """
        FOLDER.mkdir(exist_ok=True)
        # Once, for all of the run: what is changed meanwhile was not tried.
        self._commit = measured_commit()
        known = json.loads(RESULTS_FILE.read_text())["findings"] if RESULTS_FILE.exists() and not are_all else []
        self._rows: dict[str, dict[str, Any]] = {row["name"]: row for row in known}
        self._rows.update({finding.name: self._row(finding) for finding in selected})
        self._write()

    def add(self, finding: Finding) -> None:
        """In place of the row of that name."""
        self._rows[finding.name] = self._row(finding)
        self._write()

    def _row(self, finding: Finding) -> dict[str, Any]:
        measured_at = datetime.now(UTC).isoformat(timespec="seconds")
        return {**asdict(finding), "commit": self._commit, "measured_at": measured_at}

    def _write(self) -> None:
        rows = sorted(self._rows.values(), key=lambda row: (row["promise"], row["name"]))
        machine = (
            f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
        )
        RESULTS_FILE.write_text(json.dumps({"machine": machine, "findings": rows}, indent=2) + "\n", encoding="utf-8")
        REPORT_FILE.write_text(_text(machine, rows), encoding="utf-8")


def _text(machine: str, rows: list[dict[str, Any]]) -> str:
    lines = [
        "# What was tried against the promises, and what was found",
        f"`make prove` writes this file; the promises stand in docs/promises.md. {_summary(rows)}, on {machine}.",
        "",
        "| promise | what | held | tried | found | seed | seconds | commit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in row["figures"].items())
        lines.append(
            f"| {row['promise']} | {row['name']} | {'yes' if row['held'] else '**NO**'} | {row['tried']} "
            f"| {figures} | {row['seed']} | {row['seconds']} | {row['commit']} |"
        )
    return "\n".join(lines) + "\n"


def _summary(rows: list[dict[str, Any]]) -> str:
    """How many held, and which commits the rows are of, that of the most rows first."""
    held = sum(row["held"] for row in rows)
    commits = [f"{count} of {commit}" for commit, count in Counter(row["commit"] for row in rows).most_common()]
    return f"{held} of {len(rows)} held (rows by commit: {', '.join(commits)})"


def _shown(value: Figure) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
