"""``python -m launcher.lock``: writes constraints.txt, what the pinned packages need in turn. ``make lock``.

pip is asked what it would install where nothing is installed yet, so that each has its newest version that goes with
all others. That is asked with the oldest Python that we support: what runs there and is still cared for has files for
the newer ones, too, and the tests run on each of them.

Exit status: 0 written, 1 with pip's words, or with a sentence.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from launcher.bootstrap import CONSTRAINTS, OLDEST_PYTHON
from launcher.errors import CannotGoOn
from launcher.licences import REQUIREMENTS, read_requirements
from launcher.parts import ROOT

TEST_REQUIREMENTS: Final = ROOT / "requirements-test.txt"

#: Where the wallet runs. A package may need another one on some of them only (redis, on Python 3.11.2 of Debian 12).
PYTHONS: Final = ("3.11.0", "3.11.14", "3.12.0", "3.13.0", "3.14.0")
SYSTEMS: Final = (("linux", "Linux"), ("darwin", "Darwin"))
MACHINES: Final = ("x86_64", "aarch64", "arm64")

#: pip-audit asks for it. Each virtual environment has Python's own, which shall not replace itself while it installs.
INSTALLER: Final = "pip"

HEAD: Final = """\
# What requirements.txt and requirements-test.txt need in turn: every machine installs these versions. Written by
# make lock; launcher/bootstrap.py and the Dockerfile give it to pip (-c). For Python 3.11 to 3.14, on Linux and macOS.
# Not by hash: pip then wants one for every file of every system, of what is asked for by name as well, and finds none
# out itself; that would be one more tool, and two thousand lines that nobody reads.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What pip would install. ``needs``: lines as the package has them, with their markers."""

    name: str
    version: str
    extras: frozenset[str]
    needs: tuple[str, ...]


def main() -> int:
    """Answers the exit status."""
    try:
        if sys.version_info[:2] != OLDEST_PYTHON:
            oldest = ".".join(map(str, OLDEST_PYTHON))
            raise CannotGoOn(f"This is for the oldest Python that is supported: make lock PYTHON=python{oldest}")
        lines = make_lines(find_all(), running=_names_in(REQUIREMENTS), testing=_names_in(TEST_REQUIREMENTS))
    except CannotGoOn as error:
        sys.stderr.write(f"{error}\n")
        return 1
    CONSTRAINTS.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} packages: {CONSTRAINTS.relative_to(ROOT)}. Now: make licences")
    return 0


def make_lines(found: Iterable[Found], *, running: set[str], testing: set[str]) -> list[str]:
    """What is asked for by name has its version there, and only there: one place to raise it. But what the tests ask
    for, and the wallet needs in turn (packaging), is pinned for where only the wallet is installed.
    """
    by_name = {canonicalize_name(one.name): one for one in found}
    in_turn: set[str] = set()
    waiting = [by_name[name] for name in by_name if name in running]
    while waiting:
        one = waiting.pop()
        new = {canonicalize_name(need.name) for need in _needs(one)} & by_name.keys() - in_turn
        in_turn |= new
        waiting += [by_name[name] for name in new]
    pinned = by_name.keys() - running - (testing - in_turn) - {INSTALLER}
    return sorted(f"{name}=={by_name[name].version}" for name in pinned)


def _names_in(requirements: Path) -> set[str]:
    return {canonicalize_name(one.name) for one in read_requirements(requirements.read_text(encoding="utf-8"))}


def find_all() -> list[Found]:
    """What is needed on any of the systems.

    Raises: CannotGoOn.
    """
    elsewhere: set[str] = set()
    while True:
        found = _ask_pip(sorted(elsewhere))
        missing = needed_elsewhere(found) - elsewhere
        if not missing:
            return found
        elsewhere |= missing


def needed_elsewhere(found: Iterable[Found]) -> set[str]:
    """Requirements, without their markers, of packages that are not needed on this machine."""
    found = list(found)
    names = {canonicalize_name(one.name) for one in found}
    missing = (need for one in found for need in _needs(one) if canonicalize_name(need.name) not in names)
    return {f"{need.name}{need.specifier}" for need in missing}


def _needs(one: Found) -> Iterator[Requirement]:
    """What it needs in turn on any of the systems."""
    for need in map(Requirement, one.needs):
        if need.marker is None or any(
            need.marker.evaluate({**environment, "extra": extra})
            for environment in environments()
            for extra in {"", *one.extras}
        ):
            yield need


def environments() -> list[dict[str, str]]:
    """As markers see them."""
    this = {name: str(value) for name, value in default_environment().items()}
    return [
        this
        | {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
        | {"sys_platform": platform, "platform_system": system, "platform_machine": machine}
        for python in PYTHONS
        for platform, system in SYSTEMS
        for machine in MACHINES
    ]


def _ask_pip(also: list[str]) -> list[Found]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asking = ["--dry-run", "--ignore-installed", "--quiet", "--no-input", "--disable-pip-version-check"]
        asking += ["--report", str(report), "-r", str(TEST_REQUIREMENTS), *also]
        print(f"Asking pip what {TEST_REQUIREMENTS.name} needs (minutes) ...", flush=True)
        if subprocess.run([sys.executable, "-m", "pip", "install", *asking], check=False).returncode != 0:
            raise CannotGoOn("pip found no versions that go together; its words stand above.")
        answer: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [_read(package) for package in answer]


def _read(package: dict[str, Any]) -> Found:
    metadata = package["metadata"]
    extras = frozenset(package.get("requested_extras", ()))
    return Found(metadata["name"], metadata["version"], extras, tuple(metadata.get("requires_dist", ())))


def read_pins(text: str) -> dict[str, str]:
    """Versions by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", text, re.MULTILINE))


if __name__ == "__main__":
    sys.exit(main())
