import secrets
from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import WebSocketException

from tests.e2e.raw_socket import RawSocket
from tests.scale.conftest import Person
from tests.scale.machines import Machines


@pytest.mark.parametrize("victim", [0, 1])
def test_tabs_of_a_killed_app_show_the_truth_on_the_other(
    machines: Machines, alice: Person, credit: Callable[..., httpx.Response], victim: int
) -> None:
    """Through the balancer, as a browser comes: the same tab with the same token, twice."""
    token = secrets.token_hex(16)
    credit(alice, 10_00)
    tabs = [alice.tab(machines.public_url, client_token=token), alice.tab(machines.apps[victim].address)]
    other = alice.tab(machines.apps[1 - victim].address)
    machines.apps[victim].kill()
    try:
        # While it is away: money comes, and the tabs that are left see it.
        assert credit(alice, 20_00).status_code == 200
        other.until("₹30.00")
        for tab in tabs:
            tab.listen(silence_s=0.2)
        again = alice.tab(machines.public_url, client_token=token)
        assert "₹30.00" in "\n".join(again.received)
        credit(alice, 30_00, webhook=1)
        again.until("₹60.00")
    finally:
        machines.apps[victim].start()
    # It starts slowly on a busy machine, where tabs that answer no ping meanwhile are dropped: others are opened.
    later = [alice.tab(app.address, client_token=token) for app in machines.apps]
    credit(alice, 40_00)
    for tab in later:
        tab.until("₹100.00")


def test_with_no_app_left_the_bank_is_still_answered(
    machines: Machines, alice: Person, credit: Callable[..., httpx.Response]
) -> None:
    for app in machines.apps:
        app.kill()
    try:
        assert credit(alice, 5_00).json() == {"outcome": "credited"}
        with pytest.raises((OSError, WebSocketException)):
            RawSocket(machines.public_url, client_token=secrets.token_hex(8), cookie=alice.cookie)
    finally:
        for app in machines.apps:
            app.start()
    assert "₹5.00" in "\n".join(alice.tab(machines.public_url).received)
