"""The containers of ``compose.yaml``: app, database, and the bank's door, without which no money arrives."""

import pytest

from tests.deploy.compose import DEMO, PRODUCTION, read_services
from webhook.app import BANK_PATH

#: What a plain ``docker compose up`` must bring up.
NEEDED = {"postgres", "redis", "migrate", "app-1", "app-2", "webhook-1", "webhook-2", "proxy"}


@pytest.mark.parametrize("files", [PRODUCTION, DEMO])
def test_what_is_needed_is_started(files: tuple[str, ...]) -> None:
    services = read_services(files)
    assert services.keys() >= NEEDED
    for service in services.values():
        assert "profiles" not in service.content, f"{service.name} would only start when it is asked for"


def test_the_bank_is_there_for_demos_only() -> None:
    assert "bank" not in read_services(PRODUCTION)
    assert read_services(DEMO)["bank"].environment["BANK_WEBHOOK_URL"] == f"http://proxy:8080{BANK_PATH}"


@pytest.mark.parametrize("files", [PRODUCTION, DEMO])
def test_the_webhooks_are_our_webhook_and_can_be_reached(files: tuple[str, ...]) -> None:
    services = read_services(files)
    assert services["webhook-1"].command == services["webhook-2"].command == ["webhook"]
    assert services["proxy"].environment["WALLET_WEBHOOKS"] == "webhook-1:8001 webhook-2:8001"
    for webhook in (services["webhook-1"], services["webhook-2"]):
        assert webhook.networks & services["proxy"].networks
