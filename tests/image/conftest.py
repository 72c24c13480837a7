"""The image, really built, and the wallet of compose.yaml, really started (make image-test)."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.e2e.conftest import browser, chromium
from tests.image.engine import Engine, found_engine
from tests.image.wallet import Wallet, start

__all__ = ["browser", "chromium"]

ADDRESS = "https://localhost"

#: The first test waits for two builds.
TEST_S = 1200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/image/" in item.nodeid:
            item.add_marker(pytest.mark.timeout(TEST_S))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """With the image built."""
    with found_engine() as found:
        found.build()
        yield found


@pytest.fixture(scope="session")
def wallet(engine: Engine) -> Iterator[Wallet]:
    with ExitStack() as stack:
        yield start(engine, stack)


@pytest.fixture
def client(wallet: Wallet) -> Iterator[httpx.Client]:
    """Of somebody who trusts the proxy's own authority and no other."""
    context = ssl.create_default_context(cadata=wallet.root_certificate())
    with httpx.Client(base_url=ADDRESS, verify=context, trust_env=False, timeout=30) as made:
        yield made
