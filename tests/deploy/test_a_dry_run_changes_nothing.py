"""DRY_RUN=1 prints what would be done, and does none of it."""

from tests.deploy.fakes import Machines

LOOKING = (["network", "inspect"], ["ps", "--all"])


def test_of_a_release_on_the_machine(machines: Machines) -> None:
    old = machines.release("wallet:old")
    before = (machines.running(), machines.routes(), machines.state("live"), machines.state("previous"))
    seen = len(machines.docker_calls())
    dry = machines.machine("release", "wallet:new", DRY_RUN="1")
    assert dry.returncode == 0, dry.stderr
    assert (machines.running(), machines.routes(), machines.state("live"), machines.state("previous")) == before
    assert all(call["words"][:2] in LOOKING for call in machines.docker_calls()[seen:])
    printed = [line for line in dry.stdout.splitlines() if line.startswith("+ ")]
    words = ["pull wallet:new", "wallet:new migrate", "-app-1", "-webhook-1", "caddy reload", f"stop wallet-{old}"]
    positions = [next(number for number, line in enumerate(printed) if word in line) for word in words]
    assert positions == sorted(positions)


def test_of_everything_from_here(machines: Machines) -> None:
    dry = machines.run("deploy", "wallet:new", DEPLOY_HOSTS="wallet-1 wallet-2", DRY_RUN="1")
    assert dry.returncode == 0, dry.stderr
    assert [line.split()[:3] for line in dry.stdout.splitlines() if line.startswith("+")] == [
        ["+", "ssh", host] for host in ("wallet-1", "wallet-1", "wallet-2", "wallet-2")
    ]
    assert machines.ssh_calls() == []


def test_of_a_build(machines: Machines) -> None:
    dry = machines.run("build", "wallet", "5fb1e6e", DRY_RUN="1")
    assert dry.stdout == "wallet:5fb1e6e\n"
    assert machines.docker_calls() == []
