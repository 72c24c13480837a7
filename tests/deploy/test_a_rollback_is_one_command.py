"""Back to the release before, which was kept; once more goes forward again."""

from tests.deploy.fakes import Machines

OLD, NEW = "wallet:old", "wallet:new"


def test_the_release_before_is_live_again(machines: Machines) -> None:
    old, new = machines.release(OLD), machines.release(NEW)
    assert machines.machine("rollback").returncode == 0
    assert set(machines.running().values()) == {OLD}
    assert (machines.state("live"), machines.state("previous")) == (old, new)
    assert f"wallet-{old}-app-1:3000" in machines.routes()
    assert new not in machines.routes()


def test_nothing_is_migrated_or_pulled_by_it(machines: Machines) -> None:
    machines.release(OLD)
    machines.release(NEW)
    before = len(machines.docker_calls())
    machines.machine("rollback")
    assert not {"pull", "run"} & {call["words"][0] for call in machines.docker_calls()[before:]}


def test_once_more_goes_forward_again(machines: Machines) -> None:
    machines.release(OLD)
    new = machines.release(NEW)
    machines.machine("rollback")
    assert machines.machine("rollback").returncode == 0
    assert set(machines.running().values()) == {NEW}
    assert machines.state("live") == new


def test_without_a_release_before_it_says_so(machines: Machines) -> None:
    machines.release(NEW)
    failed = machines.machine("rollback")
    assert failed.returncode == 1
    assert "there is no release to go back to" in failed.stderr
    assert set(machines.running().values()) == {NEW}


def test_one_that_does_not_come_up_leaves_what_runs(machines: Machines) -> None:
    machines.release(OLD)
    new = machines.release(NEW)
    routes = machines.routes()
    machines.trouble(OLD)
    failed = machines.machine("rollback")
    assert failed.returncode == 1
    assert set(machines.running().values()) == {NEW}
    assert (machines.state("live"), machines.routes()) == (new, routes)


def test_on_every_machine_from_anybodys_checkout(machines: Machines) -> None:
    for host in ("wallet-1", "wallet-2"):
        machines.make_host(host)
    for image in (OLD, NEW):
        assert machines.run("deploy", image, DEPLOY_HOSTS="wallet-1 wallet-2").returncode == 0
    assert machines.run("rollback", DEPLOY_HOSTS="wallet-1 wallet-2").returncode == 0
    assert {image for host in ("wallet-1", "wallet-2") for image in machines.running(host).values()} == {OLD}


def test_a_machine_that_cannot_go_back_holds_up_no_other(machines: Machines) -> None:
    machines.make_host("wallet-2")
    for image in (OLD, NEW):
        assert machines.run("deploy", image, DEPLOY_HOSTS="wallet-2").returncode == 0
    failed = machines.run("rollback", DEPLOY_HOSTS="wallet-1 wallet-2")
    assert failed.returncode == 1
    assert "not rolled back: wallet-1" in failed.stderr
    assert set(machines.running("wallet-2").values()) == {OLD}
