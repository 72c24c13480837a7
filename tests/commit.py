"""Which commit a measured figure belongs to."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What the measuring itself writes.
_WRITTEN = (":!prove", ":!bench/report.md", ":!bench/results.json", ":!bench/throughput.svg", ":!docs/lighthouse.md")


def measured_commit() -> str:
    """Its short name, with "-dirty" where anything but earlier figures differs from it."""
    name = _git("rev-parse", "--short", "HEAD")
    return f"{name}-dirty" if _git("status", "--porcelain", "--", ".", *_WRITTEN) else name


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
