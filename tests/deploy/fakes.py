"""The machines and their Docker, as files: what the scripts of deploy/ are run against."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

SETTINGS = "WALLET_PUBLIC_URL=https://wallet.example\nDATABASE_URL=postgresql://wallet:the-password@db/wallet\n"

#: Nothing here needs longer; a machine that does not answer shall not hold up the tests.
SCRIPT_S = 60


@dataclass
class Machines:
    """``host`` is "here" for the machine's own script, or the name that ssh was given."""

    folder: Path

    def start(self, script: str, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        """One of the scripts of deploy/, among the programs that stand for others."""
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "FAKES": str(self.folder),
            "WALLET_READY_S": "1",
            "WALLET_PROXY_S": "1",
            "WALLET_FOLDER": str(self.host()),
            "TMPDIR": str(self.folder / "tmp"),
            **changes,
        }
        command = [ROOT / "deploy" / script, *arguments]
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """The same to its end."""
        with self.start(script, *arguments, **changes) as process:
            output, errors = process.communicate(timeout=SCRIPT_S)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """By hand, on the machine."""
        command = [str(self.folder / "bin" / "docker"), *arguments]
        return subprocess.run(
            command, env={**os.environ, "FAKES": str(self.folder)}, capture_output=True, text=True, check=False
        )

    def machine(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """The machine's own script, on the machine."""
        return self.run("machine", *arguments, **changes)

    def release(self, image: str, **changes: str) -> str:
        """One that succeeds. Answers its name."""
        done = self.machine("release", image, **changes)
        assert done.returncode == 0, done.stdout + done.stderr
        return self.state("live")

    def make_host(self, name: str = "here") -> None:
        self.host(name).mkdir(parents=True, exist_ok=True)
        settings = self.host(name) / "wallet.env"
        settings.write_text(SETTINGS)
        settings.chmod(0o600)

    def host(self, name: str = "here") -> Path:
        return self.folder / "hosts" / name

    def trouble(self, name: str) -> None:
        """From now on this goes wrong (fake_docker.py)."""
        (self.folder / "trouble" / name).touch()

    def mend(self, name: str) -> None:
        """It goes well again."""
        (self.folder / "trouble" / name).unlink()

    def state(self, name: str, host: str = "here") -> str:
        path = self.host(host) / name
        return path.read_text().strip() if path.exists() else ""

    def routes(self) -> str:
        return self.state("proxy/live.caddy")

    def served(self) -> str:
        """The routes that the proxy has taken."""
        return self.state("served")

    def containers(self, host: str = "here") -> dict[str, dict[str, Any]]:
        path = self.host(host) / "containers.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def running(self, host: str = "here") -> dict[str, str]:
        """The image of each container of the wallet that runs."""
        return {
            name: container["image"]
            for name, container in self.containers(host).items()
            if container["running"] and container["release"]
        }

    def docker_calls(self, host: str = "here") -> list[dict[str, Any]]:
        return _lines(self.host(host) / "calls.jsonl")

    def ssh_calls(self) -> list[dict[str, Any]]:
        return _lines(self.folder / "ssh.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def make_machines(folder: Path) -> Machines:
    """One machine, named "here", with its settings, and the programs that stand for Docker and ssh."""
    for name in ("bin", "hosts", "trouble", "tmp"):
        (folder / name).mkdir()
    for name in ("docker", "ssh", *(() if shutil.which("flock") else ("flock",))):
        program = folder / "bin" / name
        source = Path(__file__).with_name(f"fake_{name}.py")
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -IS {source} "$@"\n')
        program.chmod(0o755)
    made = Machines(folder)
    made.make_host()
    return made
