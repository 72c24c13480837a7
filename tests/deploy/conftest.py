"""Scripts against programs that stand for Docker and ssh: quick, and nothing leaves this machine."""

import shutil
from pathlib import Path

import pytest

from tests.deploy.fakes import Machines, make_machines
from tests.scale.servers import install_packages, leave_out


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return make_machines(tmp_path)


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus's own check of its files."""
    if shutil.which("promtool") is None:
        install_packages(["prometheus"])
    found = shutil.which("promtool")
    if found is None:
        leave_out("promtool is missing: install Debian's package prometheus as root")
    return found
