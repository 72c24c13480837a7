"""HSTS, which a browser keeps for a year: from the proxy in production, and never for a demo on localhost."""

import os
import subprocess

import pytest

from launcher.parts import BIN
from tests.conftest import ROOT
from tests.deploy.compose import DEMO, PRODUCTION, read_services
from tests.deploy.fakes import Machines

HEADER = '"Strict-Transport-Security":["max-age=31536000; includeSubDomains"]'


def understood(environment: dict[str, str]) -> str:
    """The Caddyfile as Caddy itself reads it."""
    command = [BIN / "caddy", "adapt", "--config", ROOT / "deploy" / "Caddyfile", "--adapter", "caddyfile"]
    without = {name: value for name, value in os.environ.items() if not name.startswith("WALLET_")}
    done = subprocess.run(command, env={**without, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("files", "held"), [(PRODUCTION, True), (DEMO, False)])
def test_by_the_proxy_of_compose(files: tuple[str, ...], held: bool) -> None:
    said = {"WALLET_PUBLIC_URL": "https://wallet.example"}
    assert (HEADER in understood(read_services(files, said)["proxy"].environment)) is held


def test_by_the_proxy_of_a_machine(machines: Machines) -> None:
    machines.release("wallet:new")
    settings = machines.containers()["wallet-proxy"]["options"]["--env"]
    assert HEADER in understood(dict(setting.split("=", 1) for setting in settings))
