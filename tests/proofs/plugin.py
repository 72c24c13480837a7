"""Proofs: what docs/promises.md promises, tried by force. One code, two sizes.

In ``make test`` every proof runs small, once with a fixed seed and once with a new one, which stands in the test's name
when it fails (``--seed`` repeats it). ``make prove`` (``--full``) runs each at the promised size, with a database that
syncs, and writes what it found to prove/report.md and prove/results.json. What is tried in the browser or at the
interface's websocket lies in tests/e2e, where the whole product runs; tests/conftest.py loads this for both.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.proofs.report import Finding, report

FIXED_SEED = 20_261_123

#: A proof at full size may take long; what needs more than this hangs.
FULL_TIMEOUT_S = 3_600

#: A line of progress that comes more often than this is noise in a log.
PROGRESS_EVERY_S = 2.0


@dataclass
class Proof:
    """One promise on trial. ``random`` is the only source of chance, so that the seed repeats the run."""

    name: str
    full: bool
    seed: int
    random: random.Random
    say: Callable[[str], None]
    tried: str = ""
    figures: dict[str, int | float | str] = field(default_factory=dict)
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
    if config.getoption("full"):
        for item in items:
            if item.get_closest_marker("promise"):
                item.add_marker(pytest.mark.timeout(FULL_TIMEOUT_S))


@pytest.fixture
def proof(request: pytest.FixtureRequest, seed: int) -> Iterator[Proof]:
    """A test that takes it is a proof of the promise that its marker names: ``@pytest.mark.promise(1)``."""
    marker = request.node.get_closest_marker("promise")
    assert marker is not None, "a proof names its promise"
    full = bool(request.config.getoption("full"))
    # One test with several cases is as many proofs: by its name a finding takes the place of an earlier one.
    cases = [str(value) for case, value in request.node.callspec.params.items() if case != "seed"]
    name = ": ".join([request.node.originalname.removeprefix("test_").replace("_", " "), *cases])
    running = Proof(name, full, seed, random.Random(seed), _speaker(request.config))
    started_s = time.monotonic()
    yield running
    if full:
        failed = request.node.stash.get(FAILED, False)
        finding = Finding(
            promise=marker.args[0],
            name=running.name,
            held=not failed and bool(running.figures),
            tried=running.tried,
            figures=running.figures,
            seed=seed,
            seconds=round(time.monotonic() - started_s, 1),
        )
        request.config.stash[FINDINGS].append(finding)


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


FAILED = pytest.StashKey[bool]()
FINDINGS = pytest.StashKey[list[Finding]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FINDINGS] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    answer = yield
    if answer.failed:
        item.stash[FAILED] = True
    return answer


def pytest_sessionfinish(session: pytest.Session) -> None:
    findings = session.config.stash[FINDINGS]
    if session.config.getoption("full") and findings:
        report(findings)
