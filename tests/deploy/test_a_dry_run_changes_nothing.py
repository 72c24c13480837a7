"""DRY_RUN=1 prints what would be done, and does none of it."""

from tests.deploy.fakes import Machines

LOOKING = (["network", "inspect"], ["ps", "--all"], ["inspect", "--format"])

#: The fakes' own.
CALLS = "calls.jsonl"


def everything(machines: Machines) -> dict[str, str]:
    """Every file of the machine, its containers among them."""
    files = (path for path in machines.host().rglob("*") if path.is_file() and path.name != CALLS)
    return {str(path): path.read_text() for path in files}


def printed_by(machines: Machines, *arguments: str) -> list[str]:
    """What would be done, by a dry run that did nothing but look."""
    before, seen = everything(machines), len(machines.docker_calls())
    dry = machines.machine(*arguments, DRY_RUN="1")
    assert dry.returncode == 0, dry.stderr
    assert everything(machines) == before
    assert all(call["words"][:2] in LOOKING for call in machines.docker_calls()[seen:])
    return [line for line in dry.stdout.splitlines() if line.startswith("+ ")]


def assert_in_order(words: list[str], printed: list[str]) -> None:
    positions = [next(number for number, line in enumerate(printed) if word in line) for word in words]
    assert positions == sorted(positions)


def test_of_a_release_on_the_machine(machines: Machines) -> None:
    old = machines.release("wallet:old")
    printed = printed_by(machines, "release", "wallet:new")
    words = ["pull wallet:new", "wallet:new migrate", "-app-1", "-webhook-1", "caddy reload", f"stop wallet-{old}"]
    assert_in_order(words, printed)


def test_of_a_rollback_on_the_machine(machines: Machines) -> None:
    old, new = machines.release("wallet:old"), machines.release("wallet:new")
    printed = printed_by(machines, "rollback")
    assert_in_order(["-app-1", "-webhook-1", "caddy reload", f"stop wallet-{new}"], printed)
    assert not any("migrate" in line or line.startswith("+ docker pull") for line in printed)
    assert old not in str([line for line in printed if " run " in line])


def test_of_a_rollback_from_here(machines: Machines) -> None:
    dry = machines.run("rollback", DEPLOY_HOSTS="wallet-1 wallet-2", DRY_RUN="1")
    assert dry.returncode == 0, dry.stderr
    assert [line.split()[:3] for line in dry.stdout.splitlines() if line.startswith("+")] == [
        ["+", "ssh", host] for host in ("wallet-1", "wallet-2")
    ]
    assert machines.ssh_calls() == []


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
