"""What every process says is kept by the launcher: no password, token or signing secret may stand in it."""

import secrets

import httpx

from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.raw_socket import RawSocket
from tests.e2e.stack import Stack

LOAD = "reflex___state____state.wallet_app___state___session____session_state.load"


def test_nothing_secret_is_logged(stack: Stack, alice: Person) -> None:
    planted = f"planted-{secrets.token_hex(16)}"
    headers = {"Origin": stack.app_url, "Cookie": alice.cookie}
    for path in ("/auth/signin", "/auth/signup", "/auth/password"):
        passwords = dict.fromkeys(("password", "current_password", "new_password"), planted)
        form = {"phone": "98", "name": "x", **passwords}
        httpx.post(f"{stack.app_url}{path}", data=form, headers=headers)
    with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=alice.cookie) as socket:
        # A handler that fails: Reflex would log its payload and its headers.
        socket.send(LOAD, {"unexpected": planted})
        socket.send("no.such.handler", {"value": planted})
        socket.send("reflex___state____state.set_is_hydrated", {"value": {"deep": planted}, "more": planted})
        socket.listen(silence_s=0.5)
    httpx.post(f"{stack.webhook_url}/webhooks/bank", content=planted, headers={"webhook-signature": planted})
    said = stack.log.read_text(errors="replace")
    signing_secret = next(
        line.partition("=")[2].strip().strip("\"'")
        for line in (stack.data_dir / "secrets.env").read_text().splitlines()
        if "whsec_" in line
    )
    for secret in (planted, PASSWORD, alice.cookie.partition("=")[2], signing_secret):
        assert secret not in said
