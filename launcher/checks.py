"""``python -m launcher.checks test``: everything that must hold before a change lands, cheap things first.

The first step that fails ends it, with its exit status; but a folder of tests that fails lets the other folders run, so
that one run tells of everything. ``check`` does style, types, imports and the lints of delivery
only; ``format`` lays the files out; ``prove`` tries every promise at its full size (what follows goes to pytest:
``prove -k killed``). ``image`` builds the image and drives it (tests/image), which needs Docker or root.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from launcher.browser import PATH_FILE, find_browser
from launcher.errors import CannotGoOn
from launcher.parts import BIN, ROOT

#: Quick ones first. Folders that are not named here run between the first and the last ones.
FIRST: Final = ("unit", "architecture", "interface", "integration", "webhook", "bank_simulator")
LAST: Final = ("launcher", "e2e")

#: Run only when it is asked for (make image-test): it needs an engine for containers, and minutes.
IMAGE: Final = "image"

WIDTH: Final = 100

#: The first line of a script for the shell, or of a piece of one.
SHELL: Final = re.compile(r"#!/bin/(ba)?sh$|# shellcheck shell=")

OWN_SETTINGS: Final = ("WALLET_", "BANK_", "DATABASE_URL", "REFLEX_")

#: The closing line of pytest: "== 12 passed, 1 failed in 3.45s ==". What it counts, and how it spells it.
COUNTS: Final = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)")
CLOSING: Final = re.compile(r"^=*\s*(?:\d+ \w+,? ?)+ in [\d.]+s")


@dataclass(frozen=True, slots=True)
class Step:
    """One program. ``headline``: what a person reads above its output. ``ends_all``: after its failure nothing runs."""

    headline: str
    command: tuple[str, ...]
    ends_all: bool = True


@dataclass(slots=True)
class Done:
    """What has happened so far."""

    steps: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """The headlines of what failed."""


def main(arguments: list[str]) -> int:
    """Answers the exit status: 0, or that of the first step that failed."""
    wanted = arguments[0] if arguments else "test"
    started = time.monotonic()
    done = Done()
    first_status = 0
    try:
        for step in _steps(wanted, arguments[1:]):
            status = _run(step, done)
            if status != 0:
                first_status = first_status or status
                done.failed.append(step.headline)
                if step.ends_all:
                    break
    except CannotGoOn as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    _close(done, started, f"FAILED at: {', '.join(done.failed)}" if done.failed else "all is well")
    return first_status


def _steps(wanted: str, further: list[str]) -> Iterator[Step]:
    if wanted == "format":
        yield Step("Format", (str(BIN / "ruff"), "format", "."))
        yield Step("Style, what can be mended", (str(BIN / "ruff"), "check", "--fix", "."))
        return
    if wanted == "prove":
        _note_browser()
        yield Step(
            "Proofs",
            (sys.executable, "-m", "pytest", "-v", "--full", "-m", "promise", "tests/proofs", "tests/e2e", *further),
        )
        return
    if wanted == IMAGE:
        _note_browser()
        yield Step("Image", (sys.executable, "-m", "pytest", "-v", f"tests/{IMAGE}", *further))
        return
    yield Step("Style", (str(BIN / "ruff"), "check", "."))
    yield Step("Format", (str(BIN / "ruff"), "format", "--check", "."))
    yield Step("Types", (str(BIN / "mypy"),))
    yield Step("Imports", (str(BIN / "lint-imports"), "--no-cache"))
    yield from delivery_lints()
    if wanted == "test":
        _note_browser()
        for folder in _test_folders():
            command = (sys.executable, "-m", "pytest", "-q", f"tests/{folder}")
            yield Step(f"Tests: {folder}", command, ends_all=False)


def delivery_lints(root: Path = ROOT) -> Iterator[Step]:
    """What builds and releases the wallet is held to a style, too. None of these programs needs a network."""
    scripts = sorted(str(path) for path in (root / "deploy").rglob("*") if SHELL.match(_first_line(path)))
    workflows = sorted(str(path) for path in (root / ".github" / "workflows").glob("*.yml"))
    yield Step("Scripts", (str(BIN / "shellcheck"), "--external-sources", f"--source-path={root}", *scripts))
    yield Step("Dockerfile", (str(BIN / "hadolint"), str(root / "Dockerfile")))
    composed = sorted(str(path) for path in root.glob("compose*.yaml"))
    yield Step("Compose", (str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", *composed))
    schema = "vendor.github-workflows"
    yield Step("Workflows", (str(BIN / "check-jsonschema"), "--builtin-schema", schema, *workflows))
    yield Step("Workflows, what they may", (str(BIN / "zizmor"), "--offline", "--quiet", str(root / ".github")))


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").partition("\n")[0] if path.is_file() else ""


def _note_browser() -> None:
    """Before any test, so that a machine without a browser is told at once."""
    path_file = ROOT / ".data" / PATH_FILE
    path_file.parent.mkdir(exist_ok=True)
    path_file.write_text(f"{find_browser(_say)}\n", encoding="utf-8")


def _test_folders() -> list[str]:
    there = sorted({path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/test_*.py")})
    if loose := sorted(path.name for path in (ROOT / "tests").glob("test_*.py")):
        raise CannotGoOn(f"Tests must lie in a folder below tests, or nobody runs them: {', '.join(loose)}")
    others = [folder for folder in there if folder not in (*FIRST, *LAST, IMAGE)]
    return [folder for folder in (*FIRST, *others, *LAST) if folder in there]


def _run(step: Step, done: Done) -> int:
    print(f"\n{f' {step.headline} ':=^{WIDTH}}", flush=True)
    started = time.monotonic()
    # Through a pipe, so that the last line can be counted; each line goes on as it comes.
    process = subprocess.Popen(
        step.command,
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    closing = ""
    for line in process.stdout or ():
        sys.stdout.write(line)
        sys.stdout.flush()
        if CLOSING.match(line):
            closing = line
    status = process.wait()
    done.steps += 1
    done.counts.update({_singular(word): int(number) for number, word in COUNTS.findall(closing)})
    print(f"{'ok' if status == 0 else f'exit status {status}'}, {time.monotonic() - started:.1f} s", flush=True)
    return status


def _environment() -> dict[str, str]:
    """Without the settings of the person's own wallet: no test may find its database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    return {**kept, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


def _singular(word: str) -> str:
    return word.rstrip("s") if word in ("errors", "warnings") else word


def _close(done: Done, started: float, end: str) -> None:
    counted = ", ".join(f"{number} {word}" for word, number in sorted(done.counts.items()))
    summary = f" {counted or f'{done.steps} steps'} in {time.monotonic() - started:.1f}s: {end} "
    print(f"\n{summary:=^{WIDTH}}", flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
