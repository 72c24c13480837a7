"""The image: built once, pushed with the commit as tag, and released by digest, which nobody can point elsewhere."""

import pytest

from tests.conftest import ROOT
from tests.deploy.fakes import Machines

COMMIT = "5fb1e6e0c3e1a4b2d6f8a9b7c5d3e1f0a2b4c6d8"


def test_it_is_pushed_with_the_commit_and_answered_by_digest(machines: Machines) -> None:
    built = machines.run("build", "ghcr.io/Somebody/Wallet", COMMIT)
    assert built.stdout == f"ghcr.io/somebody/wallet@sha256:{'5f' * 32}\n"
    pull, _, build, push, _ = (call["words"] for call in machines.docker_calls())
    assert pull[0] == "pull"
    assert build[0] == "build"
    assert f"ghcr.io/somebody/wallet:{COMMIT}" in build
    assert f"org.opencontainers.image.revision={COMMIT}" in build
    assert push == ["push", f"ghcr.io/somebody/wallet:{COMMIT}"]


def test_the_address_that_people_type_goes_into_the_pages(machines: Machines) -> None:
    machines.run("build", "wallet", COMMIT, WALLET_PUBLIC_URL="https://wallet.example:8443")
    (build,) = (call["words"] for call in machines.docker_calls() if call["words"][0] == "build")
    assert "WALLET_PUBLIC_URL=https://wallet.example:8443" in build


def test_the_base_is_taken_by_the_digest_it_has_today(machines: Machines) -> None:
    machines.run("build", "wallet", COMMIT)
    pull, _, build, *_ = machines.docker_calls()
    tagged = pull["words"][1]
    base = f"{tagged}@sha256:{'5f' * 32}"
    assert tagged.startswith("python:3.")
    assert f"org.opencontainers.image.base.name={base}" in build["words"]
    # The rest of the file is as it stands in the repository.
    assert build["words"][build["words"].index("--file") + 1] == "-"
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert build["stdin"] == dockerfile.replace(f"FROM {tagged} AS base\n", f"FROM {base} AS base\n")
    assert build["stdin"] != dockerfile


def test_the_token_is_given_where_no_list_of_processes_shows_it(machines: Machines) -> None:
    machines.run("build", "ghcr.io/somebody/wallet", COMMIT, REGISTRY_USER="somebody", REGISTRY_TOKEN="the-token")
    login = machines.docker_calls()[0]
    assert (login["words"][-1], login["stdin"]) == ("ghcr.io", "the-token")
    assert "the-token" not in str([call["words"] for call in machines.docker_calls()])


@pytest.mark.parametrize(
    ("name", "registry"),
    [
        ("somebody/wallet", "docker.io"),
        ("wallet", "docker.io"),
        ("docker.io/somebody/wallet", "docker.io"),
        ("docker.io/library/wallet", "docker.io"),
        ("registry.example:5000/wallet", "registry.example:5000"),
        ("localhost/wallet", "localhost"),
    ],
)
def test_the_registry_is_that_of_the_name_and_its_digest_is_found(machines: Machines, name: str, registry: str) -> None:
    built = machines.run("build", name, COMMIT, REGISTRY_USER="somebody", REGISTRY_TOKEN="the-token")
    assert built.stdout == f"{name}@sha256:{'5f' * 32}\n", built.stderr
    assert machines.docker_calls()[0]["words"][-1] == registry


@pytest.mark.parametrize("arguments", [("wallet; reboot", COMMIT), ("wallet", "-rf"), ("wallet",), ("-wallet", COMMIT)])
def test_odd_names_are_refused(machines: Machines, arguments: tuple[str, ...]) -> None:
    assert machines.run("build", *arguments).returncode == 1
    assert machines.docker_calls() == []
