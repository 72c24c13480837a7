"""What builds and runs containers: Docker where its engine runs, else buildah and podman, installed if need be."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.deploy.compose import WALLET
from tests.image import stand_in
from tests.scale.servers import install_packages

#: Debian's package of each program that is needed where no Docker engine runs.
PACKAGES = {
    "buildah": "buildah",
    "podman": "podman",
    "runc": "runc",
    "debootstrap": "debootstrap",
    "busybox": "busybox-static",
}

#: A first build installs everything that the wallet is made of.
BUILD_S = 900
COMMAND_S = 120

#: The authorities that this machine trusts, which may be more than Debian's.
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"

#: Where this machine says how packages are fetched. They are lent to the build, and are in no layer.
LENT = {AUTHORITIES: AUTHORITIES, "/etc/pip.conf": "/etc/pip.conf", "~/.npmrc": "/root/.npmrc"}


@dataclass(frozen=True)
class Engine:
    """``program``: docker or podman, whose commands are the same."""

    program: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path

    @property
    def is_docker(self) -> bool:
        return self.program == ("docker",)

    def run(self, *command: str, timeout_s: int = COMMAND_S, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Any program, with the engine's environment."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done

    def __call__(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.run(*self.program, *arguments, check=check)

    def build(self) -> None:
        if self.is_docker:
            self.run("docker", "build", "--pull", "--tag", WALLET, ".", timeout_s=BUILD_S)
            return
        (base,) = re.findall(r"^FROM (\S+) AS base$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        if not self.has(base):
            stand_in.make_python(self.run, self.folder, base)
        # Bun, too, is to trust them.
        bun = self.folder / "bunfig.toml"
        bun.write_text(f'[install]\ncafile = "{AUTHORITIES}"\n')
        lent = {str(Path(source).expanduser()): target for source, target in LENT.items()} | {
            str(bun): "/root/.bunfig.toml"
        }
        there = [f"{source}:{target}:ro" for source, target in lent.items() if Path(source).exists()]
        volumes = [word for volume in there for word in ("-v", volume)]
        options = ["--pull=never", "--network", "host", "--format", "docker", "--layers"]
        self.run("buildah", "bud", *options, *volumes, "-t", WALLET, ".", timeout_s=BUILD_S)

    def has(self, image: str) -> bool:
        return self("image", "inspect", image, check=False).returncode == 0

    def image_settings(self, image: str) -> dict[str, Any]:
        """As the engine keeps them; podman writes the health check beside them."""
        found = json.loads(self("image", "inspect", image).stdout)[0]
        settings = dict(found["Config"])
        return {
            **settings,
            "Healthcheck": settings.get("Healthcheck") or found.get("HealthCheck") or found.get("Healthcheck"),
        }


@contextmanager
def found_engine() -> Iterator[Engine]:
    """Fails, and says why, where nothing can be had. IMAGE_TEST_FOLDER keeps what was built for the next time."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        yield Engine(("docker",), dict(os.environ), ROOT)
        return
    if os.geteuid() != 0:
        pytest.fail("Start Docker, or run this as root: buildah and podman need it here.")
    missing = [package for name, package in PACKAGES.items() if not shutil.which(name)]
    if missing:
        install_packages(missing)
    if not stand_in.has_whole_python():
        pytest.fail(
            "Start Docker, or take another Python: Debian's own keeps its pip apart, unlike the official image's. "
            "With one of python.org's: make clean image-test PYTHON=/path/to/bin/python3"
        )
    if left := [package for name, package in PACKAGES.items() if not shutil.which(name)]:
        pytest.fail(f"Start Docker, or install Debian's packages {', '.join(left)}: apt-get could not.")
    kept = os.environ.get("IMAGE_TEST_FOLDER")
    folder = Path(kept or f"/tmp/wallet-image-{os.getpid()}")
    folder.mkdir(exist_ok=True)
    engine = Engine(("podman", "--runtime", "runc"), _environment(folder), folder)
    try:
        yield engine
    finally:
        engine("rm", "--all", "--force", "--time", "1", check=False)
        engine("volume", "rm", "--all", "--force", check=False)
        if not kept:
            _remove(engine)


def _environment(folder: Path) -> dict[str, str]:
    """Storage and settings of its own: nothing of the machine's other containers is seen or touched."""
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    )
    (folder / "containers.conf").write_text(
        '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'tmp_dir = "{folder}/libpod"\nvolume_path = "{folder}/volumes"\n'
    )
    return {
        **os.environ,
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "BUILDAH_ISOLATION": "chroot",
    }


def _remove(engine: Engine) -> None:
    engine("rmi", "--all", "--force", check=False)
    for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
        if (place := line.split()[1]).startswith(f"{engine.folder}/"):
            subprocess.run(["umount", "--lazy", place], check=False)
    shutil.rmtree(engine.folder, ignore_errors=True)


def wait_until(is_true: "Any", what: str, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.1)
