"""How the scripts reach the machines: only known ones, with keys that nobody else reads, and no secret in a command."""

import pytest

from tests.deploy.fakes import Machines

IMAGE = "ghcr.io/somebody/wallet@sha256:" + "5f" * 32
SECRETS = {"DEPLOY_SSH_KEY": "the-private-key", "DEPLOY_KNOWN_HOSTS": "wallet-1 ssh-ed25519 AAAA"}


def deploy(machines: Machines, hosts: str = "ec2-user@wallet-1", image: str = IMAGE, **changes: str) -> int:
    for host in hosts.split():
        machines.make_host(host)
    return machines.run("deploy", image, **{"DEPLOY_HOSTS": hosts, **SECRETS, **changes}).returncode


def test_the_image_is_released_there(machines: Machines) -> None:
    assert deploy(machines) == 0
    assert set(machines.running("ec2-user@wallet-1").values()) == {IMAGE}


def test_only_known_machines_are_trusted_and_nothing_is_asked(machines: Machines) -> None:
    deploy(machines)
    for call in machines.ssh_calls():
        assert call["options"]["StrictHostKeyChecking"] == "yes"
        assert call["options"]["BatchMode"] == "yes"
        assert call["files"]["UserKnownHostsFile"] == ["wallet-1 ssh-ed25519 AAAA\n", 0o600]


def test_the_key_is_in_a_file_of_its_own_and_gone_afterwards(machines: Machines) -> None:
    deploy(machines)
    assert all(call["files"]["-i"] == ["the-private-key\n", 0o600] for call in machines.ssh_calls())
    machines.trouble("pull")
    assert deploy(machines) != 0
    assert list((machines.folder / "tmp").iterdir()) == []


def test_the_registrys_token_is_lent_for_one_pull(machines: Machines) -> None:
    machines.trouble("migrate")
    deploy(machines, REGISTRY_USER="somebody", REGISTRY_TOKEN="the-token")
    login, *_, logout = machines.docker_calls("ec2-user@wallet-1")
    assert login["words"] == ["login", "--username", "somebody", "--password-stdin", "ghcr.io"]
    assert login["stdin"] == "the-token"
    assert logout["words"] == ["logout", "ghcr.io"]


def test_no_secret_stands_in_a_command(machines: Machines) -> None:
    deploy(machines, REGISTRY_USER="somebody", REGISTRY_TOKEN="the-token")
    commands = [call["command"] for call in machines.ssh_calls()]
    words = [call["words"] for call in machines.docker_calls("ec2-user@wallet-1")]
    assert not any(secret in str((commands, words)) for secret in ("the-token", "the-private-key", "the-password"))


def test_a_machine_that_fails_stops_those_after_it(machines: Machines) -> None:
    machines.make_host("wallet-3")
    failed = machines.run("deploy", IMAGE, DEPLOY_HOSTS="wallet-2 wallet-3")
    assert failed.returncode == 1
    assert "wallet.env is missing" in failed.stderr
    assert machines.docker_calls("wallet-3") == []


@pytest.mark.parametrize("host", ["-oProxyCommand=reboot", "wallet;reboot", "$(reboot)", ""])
def test_what_is_no_name_of_a_machine_is_refused(machines: Machines, host: str) -> None:
    failed = machines.run("deploy", IMAGE, DEPLOY_HOSTS=host)
    assert failed.returncode == 1
    assert machines.ssh_calls() == []


@pytest.mark.parametrize("image", ["-it", "wallet;reboot", "wallet $(reboot)", "wallet\nreboot"])
def test_what_is_no_name_of_an_image_is_refused(machines: Machines, image: str) -> None:
    failed = machines.run("deploy", image, DEPLOY_HOSTS="wallet-1")
    assert failed.returncode == 1
    assert machines.ssh_calls() == []
