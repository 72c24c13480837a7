"""Proofs: what docs/promises.md promises, tried by force. One code, two sizes.

In ``make test`` every proof runs small, once with a fixed seed and once with a new one, which stands in the test's name
when it fails (``--seed`` repeats it). ``make prove`` (``--full``) runs each at the promised size, with a database that
syncs, and writes what it found to prove/report.md and prove/results.json (report.py). What is tried in the browser or
at the interface's websocket lies in tests/e2e, where the whole product runs; tests/conftest.py loads this for both.
"""

import random
import secrets
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.proofs.report import UNFINISHED, Finding, Report

FIXED_SEED = 20_261_123

#: A proof at full size may take long; what needs more than this hangs.
FULL_TIMEOUT_S = 3_600

#: A line of progress that comes more often than this is noise in a log.
PROGRESS_EVERY_S = 2.0


#: Where proofs lie. Only a run that looked through all of these knows which proofs there are.
FOLDERS = tuple(Path(__file__).resolve().parents[1] / name for name in ("proofs", "e2e"))

#: Options of pytest that leave out files before anything in them is counted.
LEAVING_OUT = ("ignore", "ignore_glob", "lf")


@dataclass
class Proof:
    """One promise on trial. ``random`` is the only source of chance, so that the seed repeats the run."""

    promise: int
    name: str
    full: bool
    seed: int
    random: random.Random
    say: Callable[[str], None]
    tried: str = ""
    figures: dict[str, int | float | str] = field(default_factory=dict)
    seconds: float = 0.0
    _said_at_s: float = 0.0

    def size(self, *, small: int, full: int) -> int:
        """The promised size in ``make prove``, a smaller one in ``make test``."""
        return full if self.full else small

    def progress(self, done: int, total: int, what: str) -> None:
        """Says how far it is, where a person waits for it."""
        if not self.full or (time.monotonic() - self._said_at_s < PROGRESS_EVERY_S and done < total):
            return
        self._said_at_s = time.monotonic()
        bar = ("#" * (24 * done // max(1, total))).ljust(24, ".")
        self.say(f"  [{bar}] {done:,} of {total:,} {what}")

    def found(self, tried: str, **figures: int | float | str) -> None:
        """What was tried, in one sentence, and every figure of it. Call it before the assertions on the figures."""
        self.tried = tried
        self.figures = figures
        print(f"{self.name}: {tried}; " + ", ".join(f"{name} {value}" for name, value in figures.items()))


FAILED = pytest.StashKey[bool]()
PROOF = pytest.StashKey[Proof]()
REPORT = pytest.StashKey[Report]()
COLLECTED = pytest.StashKey[int]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "proof" in metafunc.fixturenames:
        given = metafunc.config.getoption("seed")
        # Small and cheap, so both; at full size one is enough.
        seeds = [given] if given is not None else [FIXED_SEED]
        if given is None and not metafunc.config.getoption("full"):
            seeds.append(secrets.randbelow(2**31))
        metafunc.parametrize("seed", seeds, ids=[f"seed-{seed}" for seed in seeds])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # First of all, so that those are counted that another plugin is about to deselect.
    proofs = _proofs(items)
    config.stash[COLLECTED] = len(proofs)
    if config.getoption("full"):
        for item in proofs:
            item.add_marker(pytest.mark.timeout(FULL_TIMEOUT_S))


def pytest_collection_finish(session: pytest.Session) -> None:
    config, selected = session.config, _proofs(session.items)
    if not config.getoption("full") or config.getoption("collectonly") or not selected:
        return
    findings = [Finding(_promise(item), _name(item), item.callspec.params["seed"]) for item in selected]
    # A file that could not be read is a failure already, and its proofs are not gone.
    are_all = len(selected) == config.stash[COLLECTED] and not session.testsfailed and _looked_everywhere(config)
    config.stash[REPORT] = Report(findings, are_all=are_all)


def _looked_everywhere(config: pytest.Config) -> bool:
    given = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    everywhere = all(any(folder.is_relative_to(path) for path in given) for folder in FOLDERS)
    return everywhere and not any(config.getoption(option, None) for option in LEAVING_OUT)


def _proofs(items: list[pytest.Item]) -> list[pytest.Function]:
    return [item for item in items if isinstance(item, pytest.Function) and "proof" in item.fixturenames]


def _promise(item: pytest.Function) -> int:
    marker = item.get_closest_marker("promise")
    assert marker is not None, "a proof names its promise"
    return int(marker.args[0])


def _name(item: pytest.Function) -> str:
    """One test with several cases is as many proofs: by its name a finding takes the place of an earlier one."""
    cases = [str(value) for case, value in item.callspec.params.items() if case != "seed"]
    return ": ".join([item.originalname.removeprefix("test_").replace("_", " "), *cases])


@pytest.fixture
def proof(request: pytest.FixtureRequest, seed: int) -> Iterator[Proof]:
    """A test that takes it is a proof of the promise that its marker names: ``@pytest.mark.promise(1)``."""
    running = Proof(
        promise=_promise(request.node),
        name=_name(request.node),
        full=bool(request.config.getoption("full")),
        seed=seed,
        random=random.Random(seed),
        say=_speaker(request.config),
    )
    request.node.stash[PROOF] = running
    started_s = time.monotonic()
    yield running
    running.seconds = round(time.monotonic() - started_s, 1)


def _speaker(config: pytest.Config) -> Callable[[str], None]:
    """Says a line where pytest says its own: what a test writes to its output is kept until the test has failed."""
    terminal = config.pluginmanager.getplugin("terminalreporter")
    capturing = config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capturing.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(line)
            terminal.flush()

    return say


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    answer = yield
    if answer.failed:
        item.stash[FAILED] = True
    running = item.stash.get(PROOF, None)
    # After every fixture was taken down, for one of them may still find something wrong.
    if call.when == "teardown" and running is not None and REPORT in item.config.stash:
        held = not item.stash.get(FAILED, False) and bool(running.figures)
        item.config.stash[REPORT].add(_finding(running, held=held))
    return answer


def _finding(running: Proof, *, held: bool) -> Finding:
    return Finding(
        promise=running.promise,
        name=running.name,
        seed=running.seed,
        held=held,
        tried=running.tried or UNFINISHED,
        figures=running.figures,
        seconds=running.seconds,
    )
