"""A release: migrate, start beside what runs, wait until it is ready, switch, stop the old one."""

import os

from tests.deploy.compose import PRODUCTION, read_services
from tests.deploy.fakes import Machines

OLD, NEW = "ghcr.io/somebody/wallet:old", "ghcr.io/somebody/wallet:new"

#: In the order in which a release starts them.
ROLES = ("migrate", "app", "webhook")


def steps(machines: Machines) -> list[str]:
    """What the last release asked of Docker, in a word each; what only looks is left out."""
    found = []
    for call in machines.docker_calls():
        match call["words"]:
            case ["pull", image] if not image.startswith("caddy:"):
                found = ["pull"]
            case ["run", *_, "migrate"]:
                found.append("migrate")
            case ["exec", "wallet-proxy", "caddy", "reload", *_]:
                found.append("switch")
            case ["run", *words]:
                found.append(
                    next((f"start {word}" for word in ("wallet-proxy", "webhook") if word in words), "start app")
                )
            case ["exec", name, "python", "-c", question]:
                found.append(f"ask {'webhook' if 'webhook' in name else 'app'}")
                assert "/readyz" in question
            case ["stop", name]:
                found.append(f"stop {'webhook' if 'webhook' in name else 'app'}")
    return found


def test_the_first_one_starts_the_proxy(machines: Machines) -> None:
    live = machines.release(NEW)
    assert steps(machines) == [
        "pull",
        "migrate",
        "start app",
        "start webhook",
        "ask app",
        "ask webhook",
        "start wallet-proxy",
        "switch",
    ]
    assert set(machines.running()) == {f"wallet-{live}-app-1", f"wallet-{live}-webhook-1"}
    assert "WALLET_PUBLIC_URL=https://wallet.example" in machines.containers()["wallet-proxy"]["options"]["--env"]


def test_the_next_one_switches_after_it_is_ready_and_stops_the_old_one_last(machines: Machines) -> None:
    old = machines.release(OLD)
    new = machines.release(NEW)
    before = ["pull", "migrate", "start app", "start webhook", "ask app", "ask webhook"]
    assert steps(machines) == [*before, "switch", "stop app", "stop webhook"]
    assert machines.running() == {f"wallet-{new}-app-1": NEW, f"wallet-{new}-webhook-1": NEW}
    assert (machines.state("live"), machines.state("previous")) == (new, old)


def test_a_proxy_that_was_stopped_is_asked_again_until_it_hears(machines: Machines) -> None:
    machines.release(OLD)
    machines.docker("stop", "wallet-proxy")
    machines.trouble("reload at first")
    # The one second of the other tests, counted from full second to full second, may be over before the second try.
    new = machines.release(NEW, WALLET_PROXY_S="60")
    assert machines.containers()["wallet-proxy"]["running"]
    assert f"wallet-{new}-app-1:3000" in machines.served()


def test_the_bank_is_led_to_the_webhook_and_people_to_the_app(machines: Machines) -> None:
    live = machines.release(NEW)
    bank, to_webhook, to_app = (line for line in machines.routes().splitlines() if line[:1] in ("@", "r"))
    assert bank == "@bank path /webhooks/bank"
    assert to_webhook == f"reverse_proxy @bank wallet-{live}-webhook-1:8001 {{"
    assert to_app == f"reverse_proxy wallet-{live}-app-1:3000 {{"


def test_as_many_containers_start_as_the_settings_say(machines: Machines) -> None:
    with (machines.host() / "wallet.env").open("a") as settings:
        settings.write("WALLET_APP_CONTAINERS=2\nWALLET_WEBHOOK_CONTAINERS=2\n")
    live = machines.release(NEW)
    names = {f"wallet-{live}-{role}-{number}" for role in ("app", "webhook") for number in (1, 2)}
    assert set(machines.running()) == names
    assert all(name in machines.routes() for name in names)


def test_containers_are_locked_down_and_their_logs_are_bounded(machines: Machines) -> None:
    machines.release(NEW)
    for name, container in machines.containers().items():
        options = container["options"]
        assert any(option.startswith("max-size=") for option in options["--log-opt"])
        assert options["--restart"] == ["unless-stopped"]
        assert {"--read-only", "--memory", "--pids-limit"} <= set(options), name
        assert options["--cap-drop"] == ["ALL"], name
        assert options["--security-opt"] == ["no-new-privileges:true"], name
        is_proxy = name == "wallet-proxy"
        # Ports 80 and 443; and it needs none of the wallet's secrets.
        assert options.get("--cap-add", []) == (["NET_BIND_SERVICE"] if is_proxy else []), name
        assert ("--env-file" in options) is not is_proxy, name


def test_the_owner_of_the_tables_migrates_and_does_not_serve(machines: Machines) -> None:
    owner = machines.host() / "owner.env"
    owner.write_text("DATABASE_URL=postgresql://owner@db.example/wallet\n")
    owner.chmod(0o600)
    machines.release(NEW)
    (migration,) = [words for call in machines.docker_calls() if (words := call["words"])[-1] == "migrate"]
    assert migration.count("--env-file") == 2
    assert migration[migration.index(str(owner)) - 1] == "--env-file"
    assert not any(str(owner) in str(container["options"]) for container in machines.containers().values())


def test_the_databases_certificates_are_lent_to_all_and_the_owners_files_to_the_migrations_alone(
    machines: Machines,
) -> None:
    machines.release(OLD)
    assert not any("--volume" in call["words"] for call in machines.docker_calls() if call["words"][-1] in ROLES)
    for folder in ("certificates", "owner"):
        (machines.host() / folder).mkdir()
    machines.release(NEW)
    certificates = f"{machines.host()}/certificates:/run/wallet/certificates:ro"
    owner = f"{machines.host()}/owner:/run/wallet/owner:ro"
    started = [words for call in machines.docker_calls() if NEW in (words := call["words"]) and words[-1] in ROLES]
    assert [words[-1] for words in started] == list(ROLES)
    for words in started:
        lent = {words[number + 1] for number, word in enumerate(words) if word == "--volume"}
        assert lent == {certificates, *([owner] if words[-1] == "migrate" else [])}, words[-1]


def test_the_proxy_of_a_machine_is_held_as_that_of_compose(machines: Machines) -> None:
    machines.release(NEW)
    options = machines.containers()["wallet-proxy"]["options"]
    proxy = read_services(PRODUCTION)["proxy"]
    assert options["--memory"] == [proxy.limits["memory"]]
    assert options["--pids-limit"] == [proxy.limits["pids"]]
    assert options["--cap-add"] == proxy.content["cap_add"]
    assert options["--tmpfs"] == proxy.content["tmpfs"]


def test_the_release_before_is_kept_and_older_ones_go(machines: Machines) -> None:
    gone, kept, live = (machines.release(f"wallet:{number}") for number in (1, 2, 3))
    releases = {container["release"] for container in machines.containers().values()} - {""}
    assert releases == {kept, live}
    assert gone not in releases


def test_no_secret_stands_in_a_command(machines: Machines) -> None:
    machines.release(NEW)
    assert "the-password" not in str(machines.docker_calls())


def test_the_proxy_may_read_its_files_whoever_wrote_them(machines: Machines) -> None:
    """It is root without root's rights: what is another user's it reads as everybody may."""
    machines.make_host("one")
    before = os.umask(0o077)
    try:
        done = machines.run("deploy", NEW, DEPLOY_HOSTS="one")
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in ("deploy", "deploy/Caddyfile", "proxy", "proxy/live.caddy"):
        file = machines.host("one") / path
        wanted = 0o055 if file.is_dir() else 0o044
        assert file.stat().st_mode & wanted == wanted, path
    assert (machines.host("one") / "wallet.env").stat().st_mode & 0o077 == 0
