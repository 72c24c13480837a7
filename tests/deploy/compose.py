"""Reads compose.yaml as Compose does: both files merged, settings filled in, and an order in which to start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

from ruamel.yaml import YAML

from tests.conftest import ROOT

PRODUCTION = ("compose.yaml",)
DEMO = ("compose.yaml", "compose.override.yaml")

#: Of what watches the others (docker compose --profile watch).
WATCH = "watch"

#: The image that all roles are made from; every other one is somebody else's.
WALLET = "wallet"

#: ``${NAME:-what stands for it}``, the one form that the files use.
SETTING = re.compile(r"\$\{(\w+):-([^}]*)\}")

#: Lists that a second file adds to; every other list of the first one is replaced.
ADDED_TO = frozenset({"volumes", "ports", "tmpfs"})


@dataclass(frozen=True)
class Service:
    """``content``: all that both files say of it, for what has no name here."""

    name: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def image(self) -> str:
        return str(self.content["image"])

    @property
    def is_ours(self) -> bool:
        return self.image == WALLET

    @property
    def command(self) -> list[str]:
        return [str(word) for word in self.content.get("command", [])]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.content.get("environment", {}).items()}

    @property
    def volumes(self) -> list[str]:
        return [str(volume) for volume in self.content.get("volumes", [])]

    @property
    def networks(self) -> set[str]:
        return set(self.content.get("networks", []))

    def aliases(self, network: str) -> list[str]:
        """Its further names on one of its networks."""
        found = self.content["networks"]
        return list(found[network].get("aliases", [])) if isinstance(found, dict) else []

    @property
    def waits_for(self) -> dict[str, str]:
        """Other services, and what must be true of them first."""
        return {name: gate["condition"] for name, gate in self.content.get("depends_on", {}).items()}

    @property
    def ends(self) -> bool:
        """A step, which runs once, and nothing that stays."""
        return self.content.get("restart") == "no"

    @property
    def health(self) -> list[str]:
        """The program that tells it; empty where the image's own check counts."""
        test = self.content.get("healthcheck", {}).get("test", [])
        assert not test or test[0] == "CMD"
        return [str(word) for word in test[1:]]

    @property
    def limits(self) -> dict[str, str]:
        found = self.content.get("deploy", {}).get("resources", {}).get("limits", {})
        return {name: str(value) for name, value in found.items()}


def read_services(
    files: tuple[str, ...], settings: Mapping[str, str] | None = None, *, profile: str = ""
) -> dict[str, Service]:
    """In the order in which they may be started. Those of a profile only where it is asked for."""
    merged: dict[str, Any] = {}
    for file in files:
        content = YAML(typ="safe", pure=True).load((ROOT / file).read_text(encoding="utf-8"))
        merged = _merge(merged, _fill_in(content, settings or {}))
    services = {
        name: Service(name, content)
        for name, content in merged["services"].items()
        if profile in content.get("profiles", [profile])
    }
    order = TopologicalSorter({name: service.waits_for for name, service in services.items()}).static_order()
    return {name: services[name] for name in order}


def _fill_in(content: Any, settings: Mapping[str, str]) -> Any:
    if isinstance(content, dict):
        return {name: _fill_in(value, settings) for name, value in content.items()}
    if isinstance(content, list):
        return [_fill_in(each, settings) for each in content]
    if isinstance(content, str):
        return SETTING.sub(lambda found: settings.get(found[1]) or found[2], content)
    return content


def _merge(first: Any, second: Any, name: str = "") -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        both = {key: _merge(first[key], second[key], key) for key in first.keys() & second.keys()}
        return {**first, **second, **both}
    if isinstance(first, list) and name in ADDED_TO:
        return [*first, *(each for each in second if each not in first)]
    return second
