"""Scripts against programs that stand for Docker and ssh: quick, and nothing leaves this machine."""

from pathlib import Path

import pytest

from tests.deploy.fakes import Machines, make_machines


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return make_machines(tmp_path)
