"""Two apps behind the proxy of deploy/: each is stopped and started again, and nobody is answered with an error."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.conftest import Fund
from tests.e2e.raw_socket import RawSocket
from tests.e2e.stack import free_ports
from tests.operations.conftest import Person, Wallet
from tests.scale.conftest import READ_PAGE
from tests.scale.machines import AppProcess
from tests.webhook.caddy import running_caddy
from wallet_core.ids import new_token

#: As many as come in the time of two restarts, and no fewer.
ANSWERS_MIN = 200
CALLERS = 4
CALLERS_ADDRESS = "127.0.0.41"


@pytest.fixture
def apps(wallet: Wallet) -> Iterator[tuple[str, list[AppProcess]]]:
    """The address of the proxy, and what is behind it."""
    port, *ports = free_ports(3)
    address = f"http://localhost:{port}"
    folder = wallet.folder / "proxied"
    folder.mkdir()
    environment = {key: value for key, value in wallet.environment.items() if key != "WALLET_APP_METRICS_PORT"}
    environment |= {"WALLET_PUBLIC_URL": address, "WALLET_BEHIND_TLS_PROXY": "true"}
    with ExitStack() as stack:
        started = [AppProcess(each, folder, environment) for each in ports]
        for app in started:
            stack.callback(app.stop)
            app.start()
        stack.enter_context(running_caddy(folder, apps=ports, address=address))
        yield address, started


def test_forms_and_pages_are_answered_and_tabs_come_back(
    apps: tuple[str, list[AppProcess]], alice: Person, fund: Fund
) -> None:
    address, processes = apps
    over, statuses, counting = threading.Event(), Counter[int](), threading.Lock()

    def ask() -> None:
        # Too many attempts to sign in, and those of no other test: they come from an address of their own.
        door = httpx.HTTPTransport(local_address=CALLERS_ADDRESS)
        with httpx.Client(timeout=30, headers={"Origin": address, "Cookie": alice.cookie}, transport=door) as client:
            while not over.is_set() or statuses.total() < ANSWERS_MIN:
                for answer in (
                    client.get(f"{address}/api/me"),
                    client.post(f"{address}/auth/signin", data={"phone": "12", "password": "x"}),
                ):
                    with counting:
                        statuses[answer.status_code] += 1

    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(ask) for _ in range(CALLERS)]
        try:
            for number, app in enumerate(processes, start=1):
                token = new_token()
                with RawSocket(address, client_token=token, cookie=alice.cookie):
                    app.stop()
                    fund(alice.person_id, 10_00)
                # The same tab again: whoever is left knows the truth.
                with RawSocket(address, client_token=token, cookie=alice.cookie) as tab:
                    tab.send(READ_PAGE)
                    tab.until(f"₹{10 * number}.00")
                app.start()
        finally:
            over.set()
        for call in calls:
            call.result()
    assert set(statuses) == {200, 303}, statuses
