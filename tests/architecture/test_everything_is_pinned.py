"""constraints.txt names every package that the pinned ones need in turn, on any Python and system that is supported."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from launcher.bootstrap import CONSTRAINTS
from launcher.licences import Package, python_packages, read_requirements
from launcher.lock import HEAD, INSTALLER, PYTHONS, Found, make_lines, needed_elsewhere, read_pins
from tests.conftest import ROOT

MEND = "run make lock, then make licences"
TEXT = CONSTRAINTS.read_text(encoding="utf-8")


def in_file(name: str) -> list[Requirement]:
    return read_requirements((ROOT / name).read_text(encoding="utf-8"))


def names(packages: Iterable[Requirement | Package]) -> set[str]:
    return {canonicalize_name(one.name) for one in packages}


@pytest.fixture(scope="module")
def asked() -> list[Requirement]:
    return [*in_file("requirements.txt"), *in_file("requirements-test.txt")]


@pytest.fixture(scope="module")
def installed(asked: list[Requirement]) -> dict[str, Distribution]:
    """All that is asked for, and what it needs in turn."""
    return {name: distribution(name) for name in names(python_packages(asked)) - {INSTALLER}}


def test_what_is_installed_is_pinned_in_this_version(
    asked: list[Requirement], installed: dict[str, Distribution]
) -> None:
    by_name = {canonicalize_name(one.name): next(iter(one.specifier)).version for one in asked}
    pins = read_pins(TEXT)
    assert {name: one.version for name, one in installed.items()} == {
        name: (by_name | pins).get(name) for name in installed
    }, MEND


def test_where_only_the_wallet_is_installed_all_is_pinned_too() -> None:
    """What the tests ask for by name may be there in turn."""
    running = in_file("requirements.txt")
    assert names(python_packages(running)) <= names(running) | read_pins(TEXT).keys()


def test_there_is_one_place_to_raise_what_is_asked_for_by_name() -> None:
    running = in_file("requirements.txt")
    in_turn = names(python_packages(running)) - names(running)
    assert names(in_file("requirements-test.txt")) & read_pins(TEXT).keys() <= in_turn
    assert not names(running) & read_pins(TEXT).keys()


def test_what_only_other_machines_need_is_pinned_too(
    asked: list[Requirement], installed: dict[str, Distribution]
) -> None:
    extras = {canonicalize_name(one.name): frozenset(one.extras) for one in asked}
    found = [
        Found(name, one.version, extras.get(name, frozenset()), tuple(one.requires or ()))
        for name, one in installed.items()
    ]
    missing = {canonicalize_name(Requirement(line).name) for line in needed_elsewhere(found)} - {INSTALLER}
    named = {canonicalize_name(Requirement(line).name) for one in installed.values() for line in one.requires or ()}
    assert missing <= read_pins(TEXT).keys() - installed.keys() <= named, MEND


def test_every_version_says_that_it_runs_on_every_python(installed: dict[str, Distribution]) -> None:
    for name, one in installed.items():
        for python in PYTHONS:
            assert SpecifierSet(one.metadata.get("Requires-Python", "")).contains(python), f"{name} on {python}"


def test_it_is_as_make_lock_writes_it() -> None:
    pins = [Found(name, version, frozenset(), ()) for name, version in read_pins(TEXT).items()]
    assert "".join([HEAD, *(f"{line}\n" for line in make_lines(pins, running=set(), testing=set()))]) == TEXT


def test_what_another_python_or_system_needs_is_seen_and_what_no_extra_asks_for_is_not() -> None:
    needs = (
        "async-timeout>=4; python_full_version < '3.11.3'",
        "for-mac>=1; sys_platform == 'darwin'",
        "for-windows>=1; sys_platform == 'win32'",
        "for-the-past>=1; python_version < '3.11'",
        "quick==2; extra == 'quick'",
        "slow==3; extra == 'slow'",
        "There_already>=1",
    )
    one = Found("one", "1.0", frozenset({"quick"}), needs)
    there = Found("there-already", "1.0", frozenset(), ())
    assert needed_elsewhere([one, there]) == {"async-timeout>=4", "for-mac>=1", "quick==2"}


def test_what_the_tests_ask_for_is_pinned_where_the_wallet_needs_it_in_turn() -> None:
    wallet = Found("wallet", "1.0", frozenset(), ("middle",))
    middle = Found("middle", "2.0", frozenset(), ("packaging",))
    packaging, pytest_ = (Found(name, "3.0", frozenset(), ()) for name in ("packaging", "pytest"))
    found = [wallet, middle, packaging, pytest_]
    lines = make_lines(found, running={"wallet"}, testing={"packaging", "pytest"})
    assert lines == ["middle==2.0", "packaging==3.0"]


def test_the_image_is_made_of_the_same() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"pip install .*", dockerfile) == [
        "pip install --no-input -r requirements.txt -c constraints.txt"
    ]
    assert "COPY requirements.txt constraints.txt ./" in dockerfile
    assert "!constraints.txt" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
