"""The proxy of deploy/, run by a test: the very version, from a wheel (requirements-test.txt)."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from launcher.parts import BIN
from tests.conftest import ROOT
from tests.webhook.process import free_port

START_S = 20


@contextmanager
def running_caddy(
    folder: Path, *, apps: Sequence[int] = (), webhooks: Sequence[int] = (), address: str = ""
) -> Iterator[str]:
    """Its address, with the Caddyfile of deploy/; only the folder of routes is another, and no admin's door is open.

    ``apps`` and ``webhooks``: their ports on this machine.
    """
    (folder / "live").mkdir()
    shutil.copy(ROOT / "deploy/compose/live.caddy", folder / "live")
    text = (ROOT / "deploy/Caddyfile").read_text().replace("/etc/caddy-live", str(folder / "live"))
    (folder / "Caddyfile").write_text(text.replace("{\n\tservers", "{\n\tadmin off\n\tservers", 1))
    address = address or f"http://localhost:{free_port()}"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "WALLET_PUBLIC_URL": address,
        "WALLET_APPS": _upstreams(apps),
        "WALLET_WEBHOOKS": _upstreams(webhooks),
    }
    command = [BIN / "caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    log = folder / "caddy.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_S
        while not _answers(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def _upstreams(ports: Sequence[int]) -> str:
    """Nobody listens on the one that stands for none."""
    return " ".join(f"127.0.0.1:{port}" for port in ports or [free_port()])


def _answers(address: str) -> bool:
    try:
        return httpx.get(address + "/readyz").status_code == 404
    except httpx.TransportError:
        return False
