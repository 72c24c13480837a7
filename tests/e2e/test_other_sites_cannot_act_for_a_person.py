"""A page of another site, opened in the browser of somebody who is signed in here."""

import secrets

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site"},
)


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/auth/signin", "/auth/signup", "/auth/signout", "/auth/signout-everywhere"])
def test_its_forms_are_refused(stack: Stack, alice: Person, path: str, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{stack.app_url}{path}", headers={**headers, "Cookie": alice.cookie}, data={"phone": "1"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert httpx.get(f"{stack.app_url}/api/me", headers={"Cookie": alice.cookie}).status_code == 200


def test_its_websocket_is_refused(stack: Stack, alice: Person) -> None:
    address = f"{stack.app_url.replace('http', 'ws', 1)}/_event/?token={secrets.token_hex(8)}&EIO=4&transport=websocket"
    with (
        pytest.raises(InvalidStatus),
        connect(address, origin=Origin("https://evil.example"), additional_headers={"Cookie": alice.cookie}),
    ):
        pass


def test_no_page_may_be_framed(stack: Stack) -> None:
    headers = httpx.get(f"{stack.app_url}/signin").headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
