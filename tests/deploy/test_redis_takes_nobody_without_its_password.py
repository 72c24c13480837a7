"""The password of Redis: made once by the first step, read by Redis from its settings, and by the app from a file."""

import importlib.util
import os
import pwd
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import redis

from tests.conftest import ROOT
from tests.scale.servers import Server, program
from tests.webhook.process import free_port

CONTAINER = ROOT / "deploy" / "container"

#: The first test of a run may have to install Redis.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def first_step() -> ModuleType:
    """deploy/container/make_secrets.py, which is no module of ours in the image either."""
    found = importlib.util.spec_from_file_location("make_secrets", CONTAINER / "make_secrets.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path, first_step: ModuleType) -> Path:
    first_step.make_password(tmp_path, first_step.FOR_REDIS)
    return tmp_path


def address_of_an_app(folder: Path, address: str) -> str:
    """What the image's entry hands on."""
    program = folder / "python"
    program.write_text('#!/bin/sh\nprintf %s "$REFLEX_REDIS_URL"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "REFLEX_REDIS_URL": address,
        "WALLET_REDIS_PASSWORD_FILE": str(folder / "password"),
    }
    return subprocess.check_output([CONTAINER / "wallet", "app"], env=environment, text=True)


def test_an_app_comes_in_and_nobody_else(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    port = free_port()
    settings = [str(folder / "redis.conf"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    # By the user who made the file, as in compose.yaml.
    made_by = pwd.getpwuid(os.geteuid()).pw_name
    server = Server(
        [str(program("redis-server")), *settings], tmp_path_factory.mktemp("log"), name="redis", user=made_by
    )
    address = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(address_of_an_app(folder, address)) as app, redis.Redis.from_url(address) as stranger:
        server.start(lambda: answers(app))
        try:
            with pytest.raises(redis.AuthenticationError):
                stranger.keys()
        finally:
            server.stop()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.AuthenticationError:
        raise
    except redis.ConnectionError:
        return False


def test_it_stays_and_is_nobody_elses_to_read(folder: Path, first_step: ModuleType) -> None:
    before = (folder / "password").read_text()
    first_step.make_password(folder, first_step.FOR_REDIS)
    assert (folder / "password").read_text() == before
    for name in ("password", "redis.conf"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_where_it_cannot_be_read_no_app_starts(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        address_of_an_app(tmp_path, "redis://redis:6379/0")
