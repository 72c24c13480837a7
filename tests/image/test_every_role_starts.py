"""One image, four roles by command, each read-only and as its user; and what it refuses."""

import pytest

from tests.deploy.compose import PRODUCTION, WALLET, read_services
from tests.image.engine import Engine
from tests.image.wallet import Wallet

#: "Discard": nobody offers it.
CLOSED_PORT = 9

ROLES = ["app-1", "app-2", "webhook-1", "webhook-2", "bank"]


@pytest.mark.parametrize("service", ROLES)
def test_it_is_healthy_by_the_images_own_check(wallet: Wallet, service: str) -> None:
    assert wallet.services[service].health == []
    assert wallet.is_healthy(service)
    assert wallet.execute(service, "wallet", "health") == f"{service.partition('-')[0]}: 200\n"


@pytest.mark.parametrize("service", ROLES)
def test_it_is_the_first_process_without_rights_on_a_disk_that_cannot_be_written(wallet: Wallet, service: str) -> None:
    status = dict(line.split(":\t", 1) for line in wallet.read(service, "/proc/1/status").splitlines() if ":\t" in line)
    assert status["Uid"].split() == ["10001"] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Name"] != "sh"
    for path in ("/wallet/x", "/opt/wallet/x", "/etc/x", "/run/wallet/x"):
        assert wallet.execute(service, "sh", "-c", f"echo x 2>/dev/null >{path} && echo written; true") == "", path


@pytest.mark.parametrize("service", ROLES)
def test_where_nobody_answers_it_is_not_healthy(wallet: Wallet, service: str) -> None:
    ports = [f"--env={name}={CLOSED_PORT}" for name in ("WALLET_APP_PORT", "WALLET_WEBHOOK_PORT", "BANK_PORT")]
    done = wallet.engine("exec", *ports, wallet.containers[service], "wallet", "health", check=False)
    assert done.returncode == 1
    assert "refused" in done.stderr


def test_without_a_role_there_is_no_health(wallet: Wallet) -> None:
    done = wallet.engine(*wallet.run_step("webhook-2", "--rm", WALLET, "health"), check=False)
    assert done.returncode == 1
    assert "No role runs here." in done.stderr


def test_the_databases_password_is_known_to_nobody_who_does_not_need_it(wallet: Wallet) -> None:
    assert wallet.execute("bank", "ls", "/run/wallet/serving") == ""
    for service in ROLES:
        assert wallet.execute(service, "ls", "/run/wallet/database") == ""
        environment = wallet.engine("inspect", wallet.containers[service]).stdout
        assert wallet.bank_secret() not in environment
        assert wallet.owners_password not in environment


def test_who_serves_owns_no_table(wallet: Wallet) -> None:
    statement = "ALTER TABLE transfer DISABLE TRIGGER ALL"
    program = f"import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).execute('{statement}')"
    for service in ("app-1", "webhook-1"):
        done = wallet.engine("exec", wallet.containers[service], "python", "-c", program, check=False)
        assert "must be owner of table transfer" in done.stderr


def test_production_refuses_what_the_demo_has(engine: Engine, wallet: Wallet) -> None:
    for service, sentence in (("app-1", "WALLET_PUBLIC_URL is not https"), ("webhook-1", "WALLET_BANK_URL is missing")):
        demo = wallet.services[service]
        production = read_services(PRODUCTION)[service].environment
        changes = {name: production.get(name, "") for name in demo.environment if name.startswith("WALLET_")}
        done = engine(*wallet.run_step(service, "--rm", WALLET, *demo.command, **changes), check=False)
        assert done.returncode != 0
        assert sentence in done.stderr + done.stdout
        assert "WALLET_BANK_WEBHOOK_SECRETS is missing" in done.stderr + done.stdout
    done = engine(*wallet.run_step("bank", "--rm", WALLET, "bank", WALLET_ENV="production"), check=False)
    assert done.returncode == 1
    assert "does not run in production" in done.stderr
