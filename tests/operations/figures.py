"""Reads the figures of a process as Prometheus does."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

#: Figures of the books are read every ten seconds (webhook/figures.py), and a sweep runs as often.
WITHIN_S = 30


@dataclass(frozen=True)
class Figures:
    """``port``: the internal one. The difference to the moment at which it was made: ``moved``."""

    port: int

    def read(self) -> dict[str, float]:
        """Each sample, named as in an alert: ``wallet_sends_total{result="done"}``."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
                found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
        return found

    def since(self, before: dict[str, float]) -> dict[str, float]:
        """What has moved, and by how much."""
        now = self.read()
        return {name: value - before.get(name, 0) for name, value in now.items() if value != before.get(name, 0)}

    def until(self, holds: Callable[[dict[str, float]], bool]) -> dict[str, float]:
        """Waits until the figures say so."""
        deadline = time.monotonic() + WITHIN_S
        while not holds(found := self.read()):
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        return found
