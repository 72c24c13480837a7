"""The figures of every app and webhook reach Prometheus, its rules, and the dashboard: the names fit each other."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT
from tests.deploy.compose import DEMO, PRODUCTION, WATCH, read_services
from tests.deploy.fakes import Machines

PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"

#: The first test of a run may have to install the package.
pytestmark = pytest.mark.timeout(600)


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def asked() -> dict[str, int]:
    """The names that Prometheus looks up, and at which port it asks each address that it is told."""
    found = {}
    for job in read(PROMETHEUS / "prometheus.yml")["scrape_configs"]:
        for lookup in job["dns_sd_configs"]:
            assert lookup["type"] == "A"
            found |= dict.fromkeys(lookup["names"], lookup["port"])
    return found


def check(promtool: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [promtool, "check", "config", str(folder / "prometheus.yml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_prometheus_takes_the_file_and_loads_the_rules(promtool: str) -> None:
    done = check(promtool, PROMETHEUS)
    assert done.returncode == 0, done.stdout + done.stderr
    rules = (PROMETHEUS / "alerts.yml").read_text(encoding="utf-8").count("- alert: ")
    assert f"SUCCESS: {rules} rules found" in done.stdout


def test_a_file_that_is_wrong_is_noticed(promtool: str, tmp_path: Path) -> None:
    shutil.copy(PROMETHEUS / "prometheus.yml", tmp_path)
    assert check(promtool, tmp_path).returncode != 0


@pytest.mark.parametrize("files", [PRODUCTION, DEMO])
def test_each_process_of_compose_is_found(files: tuple[str, ...]) -> None:
    found = read_services(files, profile=WATCH)
    prometheus = found["prometheus"]
    for name, service in found.items():
        role = name.partition("-")[0]
        if role in ("app", "webhook"):
            (network,) = service.networks & prometheus.networks
            assert service.aliases(network) == [f"wallet-{role}"], name
            assert asked()[f"wallet-{role}"] == int(service.environment[f"WALLET_{role.upper()}_METRICS_PORT"]), name
            assert service.environment["WALLET_METRICS_HOST"] == "0.0.0.0"
    assert "./deploy/prometheus:/etc/prometheus:ro" in prometheus.volumes


def test_each_process_of_a_machine_is_found(machines: Machines) -> None:
    machines.release("wallet:new")
    roles = set()
    for name, container in machines.containers().items():
        if container["release"]:
            (alias,) = container["options"]["--network-alias"]
            role = alias.removeprefix("wallet-")
            assert container["command"] == [role], name
            assert f"WALLET_{role.upper()}_METRICS_PORT={asked()[alias]}" in container["options"]["--env"], name
            roles.add(alias)
    assert roles == asked().keys()


def test_the_files_come_to_each_machine(machines: Machines) -> None:
    machines.make_host("one")
    assert machines.run("deploy", "wallet:new", DEPLOY_HOSTS="one").returncode == 0
    for path in ("prometheus/prometheus.yml", "prometheus/alerts.yml", "grafana/wallet.json"):
        assert (machines.host("one") / "deploy" / path).stat().st_mode & 0o044 == 0o044, path


def grafanas_settings() -> dict[str, str]:
    """The same file in compose.yaml and on a machine."""
    (file,) = read_services(PRODUCTION, profile=WATCH)["grafana"].content["env_file"]
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_the_runbooks_lines_for_a_machine_are_what_compose_does() -> None:
    runbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for name in ("prometheus", "grafana"):
        service = read_services(PRODUCTION, profile=WATCH)[name]
        (line,) = (
            found for found in re.findall(r"docker run (?:.*\\\n)*.*", runbook) if f"--name wallet-{name} " in found
        )
        (folder,) = (volume for volume in service.volumes if volume.startswith("./"))
        lent = [f"--tmpfs {path} " for path in service.content.get("tmpfs", [])]
        ports = [f"--publish {port} " for port in service.content["ports"]]
        limits = [f"--memory {service.limits['memory']} ", f"--pids-limit {service.limits['pids']} "]
        for words in (service.image, folder.replace(".", "/srv/wallet", 1), *service.command, *lent, *ports, *limits):
            assert words in line, (name, words)


def test_the_dashboard_is_shown_and_asks_prometheus() -> None:
    found = read_services(PRODUCTION, profile=WATCH)
    grafana, prometheus = found["grafana"], found["prometheus"]
    (mounted,) = grafana.volumes
    source, target, _ = mounted.split(":")
    assert (ROOT / source).resolve() == GRAFANA
    assert grafanas_settings()["GF_PATHS_PROVISIONING"] == f"{target}/provisioning"
    (provider,) = read(GRAFANA / "provisioning" / "dashboards" / "wallet.yml")["providers"]
    assert provider["options"]["path"] == target
    assert json.loads((GRAFANA / "wallet.json").read_text(encoding="utf-8"))["uid"] == "wallet"
    (network,) = grafana.networks & prometheus.networks
    (alias,) = prometheus.aliases(network)
    (answering,) = read(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    assert answering["url"] == f"http://{alias}:9090"


def test_whoever_looks_at_the_dashboard_may_change_nothing() -> None:
    settings = grafanas_settings()
    assert settings["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert settings["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
