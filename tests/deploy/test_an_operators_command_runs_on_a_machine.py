"""What the runbook has somebody type at night, on a machine that has Docker and no Python of ours."""

from tests.deploy.fakes import Machines


def test_in_an_app_of_the_release_that_is_live(machines: Machines) -> None:
    machines.release("wallet:old")
    live = machines.release("wallet:new")
    done = machines.machine("run", "hold", "+919876543210", "500.50", "asked by the court")
    assert (done.returncode, done.stdout) == (0, "asked: hold +919876543210 500.50 asked by the court\n")
    words = machines.docker_calls()[-1]["words"]
    assert words[:5] == ["exec", f"wallet-{live}-app-1", "python", "-m", "wallet_core"]
    assert words[5:] == ["hold", "+919876543210", "500.50", "asked by the court"]


def test_its_exit_status_is_told(machines: Machines) -> None:
    machines.release("wallet:new")
    machines.trouble("reconcile")
    assert machines.machine("run", "reconcile").returncode == 1


def test_where_nothing_is_live_it_says_so(machines: Machines) -> None:
    failed = machines.machine("run", "reconcile")
    assert failed.returncode == 1
    assert "no release is live here" in failed.stderr


def test_without_a_command_it_says_how(machines: Machines) -> None:
    machines.release("wallet:new")
    failed = machines.machine("run")
    assert failed.returncode == 1
    assert "usage: machine run COMMAND" in failed.stderr
