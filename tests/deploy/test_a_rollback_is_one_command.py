"""Back to the image of the release before, which was kept, with today's settings; once more goes forward again."""

import pytest

from tests.deploy.fakes import Machines

OLD, NEW = "wallet:old", "wallet:new"


def test_the_image_before_is_live_again(machines: Machines) -> None:
    machines.release(OLD)
    new = machines.release(NEW)
    assert machines.machine("rollback").returncode == 0
    live = machines.state("live")
    assert machines.running() == {f"wallet-{live}-app-1": OLD, f"wallet-{live}-webhook-1": OLD}
    assert machines.state("previous") == new
    assert f"wallet-{live}-app-1:3000" in machines.routes()
    assert new not in machines.routes()


def test_it_runs_with_todays_settings_and_nothing_with_those_of_then_is_left(machines: Machines) -> None:
    """A secret that was changed since, because it leaked perhaps, must not come back."""
    old = machines.release(OLD)
    machines.release(NEW)
    before = len(machines.docker_calls())
    with (machines.host() / "wallet.env").open("a") as settings:
        settings.write("WALLET_WEBHOOK_CONTAINERS=2\n")
    assert machines.machine("rollback").returncode == 0
    calls = [call["words"] for call in machines.docker_calls()[before:]]
    assert "start" not in {words[0] for words in calls if words[1] != "wallet-proxy"}
    assert [words[-1] for words in calls if words[0] == "run"] == ["app", "webhook", "webhook"]
    assert all(str(machines.host() / "wallet.env") in words for words in calls if words[0] == "run")
    assert not any(old in name for name in machines.containers())


def test_the_image_is_the_one_that_was_kept_whatever_its_tag_names_now(machines: Machines) -> None:
    machines.release(OLD)
    machines.release(NEW)
    before = len(machines.docker_calls())
    machines.machine("rollback")
    started = [call["words"] for call in machines.docker_calls()[before:] if call["words"][0] == "run"]
    assert all(words[-2].startswith("sha256:") for words in started)


def test_nothing_is_migrated_or_pulled_by_it(machines: Machines) -> None:
    machines.release(OLD)
    machines.release(NEW)
    before = len(machines.docker_calls())
    machines.machine("rollback")
    calls = [call["words"] for call in machines.docker_calls()[before:]]
    assert not any(words[0] == "pull" or words[-1] == "migrate" for words in calls)


def test_once_more_goes_forward_again(machines: Machines) -> None:
    machines.release(OLD)
    machines.release(NEW)
    machines.machine("rollback")
    assert machines.machine("rollback").returncode == 0
    assert set(machines.running().values()) == {NEW}
    assert "wallet-" + machines.state("live") in machines.routes()


def test_without_a_release_before_it_says_so(machines: Machines) -> None:
    machines.release(NEW)
    failed = machines.machine("rollback")
    assert failed.returncode == 1
    assert "there is no release to go back to" in failed.stderr
    assert set(machines.running().values()) == {NEW}


@pytest.mark.parametrize("trouble", [OLD, "start app", "start webhook", "reload"])
def test_one_that_does_not_come_up_leaves_what_runs(machines: Machines, trouble: str) -> None:
    machines.release(OLD)
    new = machines.release(NEW)
    routes, containers = machines.routes(), machines.containers()
    machines.trouble(trouble)
    failed = machines.machine("rollback")
    assert failed.returncode != 0
    assert set(machines.running().values()) == {NEW}
    assert (machines.state("live"), machines.routes(), machines.containers()) == (new, routes, containers)


def test_after_one_that_did_not_come_up_it_can_be_tried_again(machines: Machines) -> None:
    machines.release(OLD)
    machines.release(NEW)
    machines.trouble("start webhook")
    assert machines.machine("rollback").returncode != 0
    machines.mend("start webhook")
    assert machines.machine("rollback").returncode == 0
    assert set(machines.running().values()) == {OLD}


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
