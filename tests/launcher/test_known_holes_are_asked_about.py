"""``make audit`` of the browser's packages, against a list of holes on this machine."""

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from launcher.audit import INTERFACE, Audit, main
from launcher.licences import LOCK, interface_packages

HOLE = {
    "id": 1,
    "url": "https://advisories.example/GHSA-0000-0000-0000",
    "title": "Somebody may read the moon",
    "severity": "high",
    "vulnerable_versions": ">=0.0.0",
}


class Holes(ThreadingHTTPServer):
    """``answer``: what is known; None where the list is away. ``asked``: versions by package."""

    answer: dict[str, Any] | None
    asked: dict[str, list[str]]


class Asked(BaseHTTPRequestHandler):
    server: Holes

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        self.send_response(503 if self.server.answer is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer or {}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def holes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Holes]:
    server = Holes(("127.0.0.1", 0), Asked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    server.server_close()


def test_every_package_of_the_lock_is_asked_about(holes: Holes) -> None:
    holes.answer = {}
    assert main((INTERFACE,)) == 0
    asked = {(name, version) for name, versions in holes.asked.items() for version in versions}
    assert {(package.name, package.version) for package in interface_packages(LOCK, {})} <= asked


def test_a_hole_fails_and_is_named(holes: Holes, capfd: pytest.CaptureFixture[str]) -> None:
    holes.answer = {"react-router": [HOLE]}
    assert main((INTERFACE,)) == 1
    said = capfd.readouterr()
    assert "Somebody may read the moon" in said.out + said.err
    assert "the packages of the interface" in said.err


def test_a_list_that_is_away_fails_too(holes: Holes, capfd: pytest.CaptureFixture[str]) -> None:
    holes.answer = None
    assert main((INTERFACE,)) == 1
    assert "why the list could not be asked" in capfd.readouterr().err


def test_what_comes_after_a_hole_is_asked_all_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    def ends(packages: str, status: int) -> Audit:
        command = (sys.executable, "-c", f"import sys; print('asked about {packages}'); sys.exit({status})")
        return Audit(packages, command, LOCK.parent)

    assert main((ends("these", 1), ends("those", 0))) == 1
    said = capfd.readouterr()
    assert "asked about those" in said.out
    assert "these" in said.err
    assert "those" not in said.err


def test_make_audit_is_this() -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "audit"],
        cwd=LOCK.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert planned.stdout.strip().endswith("requirements-test.txt launcher.audit")
