"""What lies in Redis can be made again: losing it costs a moment, and nothing else."""

from collections.abc import Callable

import httpx

from tests.scale.conftest import Person, Servers
from tests.scale.machines import Machines


def test_tabs_show_the_truth_again_when_redis_is_back_and_empty(
    machines: Machines, servers: Servers, alice: Person, credit: Callable[..., httpx.Response]
) -> None:
    tabs = [alice.tab(app.address) for app in machines.apps]
    servers.redis.kill()
    try:
        # The bank and the books do not know of Redis.
        assert credit(alice, 10_00).json() == {"outcome": "credited"}
        assert httpx.get(f"{machines.apps[0].address}/api/me", headers={"Cookie": alice.cookie}).status_code == 200
    finally:
        servers.redis.run()
    for tab in tabs:
        tab.listen(silence_s=0.2)
    again = [alice.tab(app.address) for app in machines.apps]
    assert all("₹10.00" in "\n".join(tab.received) for tab in again)
    credit(alice, 20_00)
    for tab in again:
        tab.until("₹30.00")
