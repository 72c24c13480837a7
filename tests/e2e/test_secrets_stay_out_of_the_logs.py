"""What every process says is kept by the launcher, and what the database says lies in its folder: no password, cookie,
token or signing secret may stand in either.
"""

import secrets
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.raw_socket import RawSocket
from tests.e2e.stack import Stack
from tests.proofs.conftest import Proof
from wallet_core.embedded_postgres import EmbeddedPostgres

LOAD = "reflex___state____state.wallet_app___state___session____session_state.load"
HYDRATED = "reflex___state____state.set_is_hydrated"

#: Where a person's own tools may put a secret by mistake, or a stranger one of somebody's on purpose.
PATHS = ("/signin", "/api/me", "/statement.csv", "/receipt/planted", "/no/such/page", "/_event/")


@pytest.mark.promise(9)
def test_nothing_secret_is_logged(proof: Proof, stack: Stack, alice: Person) -> None:
    rounds = proof.size(small=1, full=50)
    planted: list[str] = []
    for number in range(rounds):
        for plant in (_by_forms, _by_addresses_and_headers, _by_events, _at_the_webhook_and_the_bank):
            planted += plant(stack, alice)
        proof.progress(number + 1, rounds, "rounds")
    real = [PASSWORD, alice.cookie.partition("=")[2], *_stored_secrets(stack)]
    said = stack.log.read_text(errors="replace")
    database_said = EmbeddedPostgres(stack.data_dir / "postgres").log_file.read_text(errors="replace")
    found = [secret for secret in (*planted, *real) if secret in said or secret in database_said]
    proof.found(
        "passwords, cookies, tokens and signing secrets planted in forms, addresses, headers, events and messages",
        planted=len(planted),
        real_secrets=len(real),
        log_lines=said.count("\n"),
        log_lines_of_the_database=database_said.count("\n"),
        found_in_the_logs=len(found),
    )
    assert "listening" in said, "this is not the log of all processes"
    assert "ready to accept connections" in database_said, "this is not the log of the database"
    assert found == []


def _new() -> str:
    return f"planted-{secrets.token_hex(16)}"


def _by_forms(stack: Stack, alice: Person) -> Iterator[str]:
    headers = {"Origin": stack.app_url, "Cookie": alice.cookie}
    for path in ("/auth/signin", "/auth/signup", "/auth/password"):
        secret = _new()
        passwords = dict.fromkeys(("password", "current_password", "new_password"), secret)
        httpx.post(f"{stack.app_url}{path}", data={"phone": "98", "name": "x", **passwords}, headers=headers)
        # As a form that is broken, and as none at all.
        httpx.post(f"{stack.app_url}{path}", content=b"\xff" + secret.encode(), headers=headers)
        httpx.post(f"{stack.app_url}{path}", json=passwords, headers=headers)
        yield secret


def _by_addresses_and_headers(stack: Stack, alice: Person) -> Iterator[str]:
    cookie_name = alice.cookie.partition("=")[0]
    for path in PATHS:
        secret = _new()
        headers = {"Cookie": f"{cookie_name}={secret}", "Authorization": f"Bearer {secret}", "X-CSRF-Token": secret}
        httpx.get(f"{stack.app_url}{path}?token={secret}&password={secret}", headers=headers)
        yield secret


def _by_events(stack: Stack, alice: Person) -> Iterator[str]:
    secret = _new()
    for cookie in (alice.cookie, f"{alice.cookie.partition('=')[0]}={secret}"):
        with RawSocket(stack.app_url, client_token=secrets.token_hex(8), cookie=cookie) as socket:
            # Handlers that fail: Reflex would log their payload and their headers.
            socket.send(LOAD, {"unexpected": secret})
            socket.send("no.such.handler", {"value": secret})
            socket.send(HYDRATED, {"value": {"deep": secret}, "more": secret})
            socket.listen(silence_s=0.5)
    yield secret


def _at_the_webhook_and_the_bank(stack: Stack, alice: Person) -> Iterator[str]:
    secret = _new()
    headers = {"webhook-id": secret, "webhook-signature": secret, "webhook-timestamp": "1", "authorization": secret}
    httpx.post(f"{stack.webhook_url}/webhooks/bank?token={secret}", content=secret, headers=headers)
    httpx.post(f"{stack.webhook_url}/{secret}", content=secret, headers={**headers, "content-type": "application/json"})
    httpx.get(f"{stack.bank_url}/pay/{secret}?token={secret}", headers={"cookie": secret, "authorization": secret})
    yield secret


def _stored_secrets(stack: Stack) -> list[str]:
    """Every value of the file in which the launcher keeps what it made at the first start."""
    lines = (stack.data_dir / "secrets.env").read_text().splitlines()
    values = [line.partition("=")[2].strip().strip("\"'") for line in lines if "=" in line and not line.startswith("#")]
    assert any(value.startswith("whsec_") for value in values)
    return values
