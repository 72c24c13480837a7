"""compose.yaml, as a demo and in production: who may do, see and use how much; and nothing to be told for a demo."""

import re

import pytest

from tests.architecture.source import ROOT
from tests.deploy.compose import DEMO, PRODUCTION, SETTING, WATCH, Service, read_services
from wallet_core.config import KEPT_FILE, KEYS_VARIABLE

BOTH = [pytest.param(PRODUCTION, id="production"), pytest.param(DEMO, id="demo")]

#: Of every file, where the wallet's image is told by name what to be.
ROLES = {"app", "webhook", "bank", "migrate", "secrets"}


def services(files: tuple[str, ...]) -> list[Service]:
    """All of them, those that watch included."""
    return list(read_services(files, profile=WATCH).values())


#: What is given back to an image of others: PostgreSQL's entry makes its folders its own and changes its user, Caddy
#: listens to ports below 1024. Ours and Redis have nothing.
CAPABILITIES = {
    "postgres": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
    "proxy": {"NET_BIND_SERVICE"},
}


@pytest.mark.parametrize("files", BOTH)
def test_each_has_only_the_rights_that_it_needs(files: tuple[str, ...]) -> None:
    for service in services(files):
        assert service.content["read_only"] is True, service.name
        assert service.content["cap_drop"] == ["ALL"], service.name
        assert set(service.content.get("cap_add", [])) == CAPABILITIES.get(service.name, set()), service.name
        assert "privileged" not in service.content, service.name


@pytest.mark.parametrize("files", BOTH)
def test_ours_are_one_role_each(files: tuple[str, ...]) -> None:
    for service in (each for each in services(files) if each.is_ours):
        assert len(service.command) == 1, service.name
        assert set(service.command) <= ROLES, service.name


@pytest.mark.parametrize("files", BOTH)
def test_exactly_one_service_builds_and_all_of_ours_wait_for_it(files: tuple[str, ...]) -> None:
    """Compose builds side by side: two that write the same name fail. None of ours is asked of a registry."""
    found = read_services(files)
    assert [service.name for service in found.values() if "build" in service.content] == ["secrets"]
    for service in (each for each in found.values() if each.is_ours):
        assert service.content["pull_policy"] == "never", service.name
        assert "secrets" in everything_before(found, service.name), service.name


def everything_before(found: dict[str, Service], name: str) -> set[str]:
    """Itself, and what it waits for, however far away."""
    return {name}.union(*(everything_before(found, each) for each in found[name].waits_for))


@pytest.mark.parametrize("files", BOTH)
def test_each_has_limits_also_for_its_log_and_gains_no_rights(files: tuple[str, ...]) -> None:
    for service in services(files):
        assert service.content["logging"] == {
            "driver": "json-file",
            "options": {"max-size": "50m", "max-file": "10"},
        }, service.name
        assert service.limits.keys() == {"cpus", "memory", "pids"}, service.name
        assert service.content["security_opt"] == ["no-new-privileges:true"], service.name


@pytest.mark.parametrize("files", BOTH)
def test_only_the_proxy_is_reached_from_outside(files: tuple[str, ...]) -> None:
    """What watches is reached from the machine itself."""
    ports = {service.name: service.content["ports"] for service in services(files) if "ports" in service.content}
    assert ports.keys() == {"proxy", "prometheus", "grafana"}
    for name in ("prometheus", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in ports[name]), name


def test_nothing_watches_unless_it_is_asked_for() -> None:
    assert read_services(DEMO, profile=WATCH).keys() - read_services(DEMO).keys() == {"prometheus", "grafana"}


@pytest.mark.parametrize("files", BOTH)
def test_networks_keep_apart_who_needs_not_meet(files: tuple[str, ...]) -> None:
    found = read_services(files, profile=WATCH)
    members = {
        network: {name.partition("-")[0] for name, service in found.items() if network in service.networks}
        for network in ("front", "data", "state", "watch")
    }
    assert members["data"] == {"postgres", "migrate", "app", "webhook"}
    assert members["state"] == {"redis", "app"}
    assert members["front"] == {"proxy", "app", "webhook", "prometheus"} | ({"bank"} if files == DEMO else set())
    assert members["watch"] == {"prometheus", "grafana"}
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert "  data: {internal: true}\n  state: {internal: true}\n" in text


@pytest.mark.parametrize("files", BOTH)
def test_each_starts_when_what_it_needs_is_there(files: tuple[str, ...]) -> None:
    found = read_services(files, profile=WATCH)
    for service in found.values():
        for name, condition in service.waits_for.items():
            ends = "service_completed_successfully"
            assert condition == (ends if found[name].ends else "service_healthy"), f"{service.name} for {name}"
    assert found["app-1"].waits_for.keys() == {"migrate", "redis"}
    assert found["migrate"].waits_for.keys() == {"postgres"}
    assert found["postgres"].waits_for.keys() == found["redis"].waits_for.keys() == {"secrets"}
    assert found["proxy"].waits_for.keys() >= {"app-1", "app-2", "webhook-1", "webhook-2"}


@pytest.mark.parametrize("files", BOTH)
def test_apps_share_a_redis_and_every_role_the_database(files: tuple[str, ...]) -> None:
    found = read_services(files)
    for name in ("app-1", "app-2"):
        assert found[name].environment["REFLEX_REDIS_URL"] == "redis://redis:6379/0"
        assert found[name].environment["WALLET_REDIS_PASSWORD_FILE"] == "/run/wallet/redis/password"
    serving = {found[name].environment["DATABASE_URL"] for name in ("app-1", "app-2", "webhook-1", "webhook-2")}
    assert serving == {"postgresql://wallet_serving@postgres:5432/wallet"}


@pytest.mark.parametrize("files", BOTH)
def test_the_owner_of_the_tables_migrates_and_does_nothing_else(files: tuple[str, ...]) -> None:
    found = read_services(files)
    migrate = found["migrate"].environment
    assert migrate["DATABASE_URL"] == "postgresql://wallet@postgres:5432/wallet"
    assert migrate["WALLET_SERVING_ROLE"] == "wallet_serving"
    assert who_knows(found, "/run/wallet/database") == {"secrets", "postgres", "migrate"}


@pytest.mark.parametrize("files", BOTH)
def test_only_apps_know_the_password_of_redis_and_it_takes_nobody_without(files: tuple[str, ...]) -> None:
    found = read_services(files)
    assert who_knows(found, "/run/wallet/redis") == {"secrets", "redis", "app-1", "app-2"}
    assert found["redis"].command[:2] == ["redis-server", "/run/wallet/redis/redis.conf"]
    # The file is that user's, and nobody else's to read (make_secrets.py, Dockerfile).
    assert found["redis"].content["user"] == "10001:10001"


def who_knows(found: dict[str, Service], folder: str) -> set[str]:
    return {name for name, service in found.items() if any(f":{folder}" in each for each in service.volumes)}


def test_a_demo_needs_no_setting_and_production_makes_none_up() -> None:
    demo, production = read_services(DEMO)["app-1"].environment, read_services(PRODUCTION)["app-1"].environment
    assert (demo["WALLET_ENV"], production["WALLET_ENV"]) == ("development", "production")
    assert demo["WALLET_PUBLIC_URL"] == "https://localhost"
    for name in ("WALLET_PUBLIC_URL", "WALLET_BANK_URL", KEYS_VARIABLE):
        assert production[name] == ""
    assert "WALLET_DATA_DIR" not in production


def test_what_the_operator_says_arrives() -> None:
    said = {"WALLET_PUBLIC_URL": "https://wallet.example", KEYS_VARIABLE: "whsec_one"}
    found = read_services(PRODUCTION, said)
    assert found["webhook-1"].environment[KEYS_VARIABLE] == "whsec_one"
    assert found["proxy"].environment["WALLET_PUBLIC_URL"] == "https://wallet.example"


def test_no_secret_stands_in_a_file() -> None:
    for file in (*DEMO, "Dockerfile"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "whsec_" not in SETTING.sub("", re.sub(r"#.*", "", text))
        assert not re.search(r"PASSWORD: ", text)
    # The entry reads the demo's secret by these names.
    entry = (ROOT / "deploy" / "container" / "wallet").read_text(encoding="utf-8")
    assert f"/{KEPT_FILE}" in entry
    assert f"s/^{KEYS_VARIABLE}=//p" in entry


def test_every_image_has_an_exact_version_and_the_proxy_is_that_of_the_machines() -> None:
    images = {service.name: service.image for service in services(DEMO) if not service.is_ours}
    assert images.keys() == {"postgres", "redis", "proxy", "prometheus", "grafana"}
    for image in images.values():
        assert re.fullmatch(r"[\w/]+:v?\d+\.\d+(\.\d+)?(@sha256:[0-9a-f]{64})?", image), image
    assert images["proxy"].partition("@")[0].replace(":", "-bin==") in (ROOT / "requirements-test.txt").read_text(
        encoding="utf-8"
    )
    assert f"WALLET_PROXY_IMAGE:-{images['proxy']}" in (ROOT / "deploy" / "machine").read_text(encoding="utf-8")
