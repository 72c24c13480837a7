"""The proxy's image: by the digest that its version has when it is first started, and the same when it is made anew."""

from tests.deploy.fakes import Machines

DIGEST = "sha256:" + "5f" * 32


def proxys_image(machines: Machines) -> str:
    return str(machines.containers()["wallet-proxy"]["image"])


def remove_proxy(machines: Machines) -> int:
    """As the runbook says. Answers how much had been asked of Docker by then."""
    assert machines.docker("rm", "--force", "wallet-proxy").returncode == 0
    return len(machines.docker_calls())


def test_its_digest_is_asked_for_and_written_down(machines: Machines) -> None:
    machines.release("wallet:new")
    assert proxys_image(machines) == machines.state("proxy-image")
    tagged, _, digest = proxys_image(machines).partition("@")
    assert tagged.startswith("caddy:")
    assert digest == DIGEST


def test_one_that_is_made_anew_is_the_same_and_is_not_asked_for_again(machines: Machines) -> None:
    machines.release("wallet:1")
    before = proxys_image(machines)
    seen = remove_proxy(machines)
    machines.release("wallet:2")
    assert proxys_image(machines) == before
    assert [call["words"][1] for call in machines.docker_calls()[seen:] if call["words"][0] == "pull"] == ["wallet:2"]


def test_another_version_is_asked_for_and_written_down(machines: Machines) -> None:
    machines.release("wallet:1")
    remove_proxy(machines)
    assert machines.machine("release", "wallet:2", WALLET_PROXY_IMAGE="caddy:9.9.9").returncode == 0
    assert proxys_image(machines) == machines.state("proxy-image") == f"caddy:9.9.9@{DIGEST}"


def test_one_that_is_named_in_full_is_found(machines: Machines) -> None:
    given = "docker.io/library/caddy:2.11.7"
    assert machines.machine("release", "wallet:new", WALLET_PROXY_IMAGE=given).returncode == 0
    assert proxys_image(machines) == f"{given}@{DIGEST}"


def test_one_that_is_given_by_digest_is_taken_as_it_is(machines: Machines) -> None:
    given = "caddy:2.11.7@sha256:" + "ab" * 32
    assert machines.machine("release", "wallet:new", WALLET_PROXY_IMAGE=given).returncode == 0
    assert proxys_image(machines) == given


def test_one_that_cannot_be_pulled_leaves_nothing_of_the_release(machines: Machines) -> None:
    machines.trouble("pull caddy")
    assert machines.machine("release", "wallet:new").returncode != 0
    assert machines.containers() == {}
    assert machines.state("proxy-image") == machines.routes() == ""
