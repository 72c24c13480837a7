"""What decides whether a change lands is the command that people run: it runs every test and hides no failure."""

import os
import re
import subprocess

import pytest

from launcher import checks
from tests.architecture.source import ROOT

CI = ROOT / ".ci" / "run"

#: What would let a failure pass, in a shell or in a Makefile.
HIDES_FAILURES = re.compile(r"\|\||;\s*true|\bset \+e|exit 0|^\s*-(?!n)|MAKEFLAGS|--keep-going", re.MULTILINE)

#: What would leave tests out.
LEAVES_OUT = re.compile(r"^(-k|-m|--deselect|--ignore.*|--collect-only|--co|--maxfail.*|--lf|--sw)$")


def commands(script: str) -> list[str]:
    return [line for line in script.splitlines() if line.strip() and not line.startswith("#")]


def test_it_runs_make_test() -> None:
    assert os.access(CI, os.X_OK)
    *before, last = commands(CI.read_text())
    assert last == "exec make test"
    assert before[0] == "set -euo pipefail"
    assert not HIDES_FAILURES.search(CI.read_text())


def test_make_test_runs_the_checks() -> None:
    # Inside of make test, make would tell of the folders that it enters.
    command = ["make", "-n", "--no-print-directory", "test"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = shown.splitlines()
    assert line.endswith("requirements-test.txt launcher.checks test")
    assert not HIDES_FAILURES.search(shown)


def run_checks(
    monkeypatch: pytest.MonkeyPatch, failing: str = "", wanted: str = "test"
) -> tuple[int, list[tuple[str, ...]]]:
    """What the checks would run, and their status where the step with this word in it fails."""
    ran: list[tuple[str, ...]] = []

    def run(step: checks.Step, _: checks.Done) -> int:
        ran.append(step.command)
        return 3 if failing and failing in " ".join(step.command) else 0

    monkeypatch.setattr(checks, "_run", run)
    monkeypatch.setattr(checks, "_note_browser", lambda: None)
    return checks.main([wanted]), ran


def test_the_checks_run_every_test(monkeypatch: pytest.MonkeyPatch) -> None:
    status, ran = run_checks(monkeypatch)
    assert status == 0
    asked = {argument for command in ran for argument in command if argument.startswith("tests/")}
    there = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in ROOT.glob("tests/*/**/test_*.py")}
    # The image's have a command of their own, and a job of their own for every change.
    assert there - asked == {"tests/image"}
    assert not asked - there
    assert "- run: make image-test\n" in (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    assert not [
        argument
        for command in ran
        if "pytest" in command
        for argument in command[command.index("pytest") + 1 :]
        if LEAVES_OUT.match(argument)
    ]


def test_every_promise_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    _, ran = run_checks(monkeypatch, wanted="prove")
    asked = {argument for argument in ran[0] if argument.startswith("tests/")}
    tests = [path for path in ROOT.glob("tests/*/**/test_*.py") if "@pytest.mark.promise(" in path.read_text()]
    with_proofs = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in tests}
    assert with_proofs - {"tests/architecture"} <= asked


@pytest.mark.parametrize("failing", ["ruff", "mypy", "lint-imports", "tests/integration", "tests/webhook", "tests/e2e"])
def test_one_failure_fails_all(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    status, _ = run_checks(monkeypatch, failing)
    assert status == 3


@pytest.mark.parametrize("failing", ["ruff", "mypy", "lint-imports"])
def test_a_cheap_failure_ends_it(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    _, ran = run_checks(monkeypatch, failing)
    assert failing in " ".join(ran[-1])


def test_a_failing_folder_of_tests_lets_the_others_tell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, all_of_them = run_checks(monkeypatch)
    capsys.readouterr()
    _, ran = run_checks(monkeypatch, "tests/integration")
    assert ran == all_of_them
    assert "FAILED at: Tests: integration ==" in capsys.readouterr().out
