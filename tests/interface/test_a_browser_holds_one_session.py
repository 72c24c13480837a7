"""Signing in, over the real routes: who comes takes the place of who was there, and is counted by the right address."""

import asyncio

import httpx
import pytest

from tests.conftest import CAST
from wallet_app import routes
from wallet_app.cookies import session_cookie_name
from wallet_app.edge import Edge
from wallet_core import passwords
from wallet_core.config import get_settings
from wallet_core.services.people import sign_up
from wallet_core.sessions import list_sessions, resolve_session
from wallet_core.views import Client, NewSession, SignedIn

CLIENT = Client(address="198.51.100.7", user_agent="Firefox on Linux")
PASSWORD = "demo-wallet-1"

pytestmark = pytest.mark.usefixtures("database_url")


@pytest.fixture(autouse=True)
def quick_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)


def post(path: str, headers: list[tuple[str, str]], **form: str) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=Edge(routes.build_routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            return await client.post(path, headers=headers, data=form)

    return asyncio.run(call())


def cookie(session: NewSession) -> list[tuple[str, str]]:
    return [("cookie", f"{session_cookie_name()}={session.token}")]


def who(answer: httpx.Response) -> SignedIn | None:
    return resolve_session(answer.cookies[session_cookie_name()])


def test_who_signs_in_or_up_ends_the_session_that_the_browser_had() -> None:
    alice = sign_up(name="Alice Nair", phone=CAST["alice"], password=PASSWORD, client=CLIENT)
    bob = sign_up(name="Bob Verma", phone=CAST["bob"], password=PASSWORD, client=CLIENT)
    came = who(post("/auth/signin", cookie(alice), phone=CAST["bob"], password=PASSWORD))
    assert came is not None
    assert came.person_id == bob.person_id
    assert resolve_session(alice.token) is None
    # Bob's browser elsewhere is another one.
    assert len(list_sessions(person_id=bob.person_id, current_session_id=came.session_id)) == 2
    new = who(post("/auth/signup", cookie(bob), name="Charlie Rao", phone=CAST["charlie"], password=PASSWORD))
    assert new is not None
    assert resolve_session(bob.token) is None


def test_who_is_refused_ends_nothing() -> None:
    alice = sign_up(name="Alice Nair", phone=CAST["alice"], password=PASSWORD, client=CLIENT)
    refused = post("/auth/signin", cookie(alice), phone=CAST["alice"], password="a wrong password")
    assert "credentials-wrong" in refused.headers["location"]
    assert resolve_session(alice.token) is not None


@pytest.mark.parametrize(
    "forwarded",
    [
        ["203.0.113.9"],
        ["6.6.6.6, 203.0.113.9"],
        ["6.6.6.6", "203.0.113.9"],
        ["6.6.6.6, 7.7.7.7", "8.8.8.8, 203.0.113.9"],
    ],
)
def test_the_address_is_the_last_that_a_proxy_says(forwarded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever guesses passwords would name another address each time, and no limit would hold."""
    monkeypatch.setenv("WALLET_BEHIND_TLS_PROXY", "true")
    get_settings.cache_clear()
    headers = [("x-forwarded-for", each) for each in forwarded]
    person = who(post("/auth/signup", headers, name="Alice Nair", phone=CAST["alice"], password=PASSWORD))
    get_settings.cache_clear()
    assert person is not None
    (session,) = list_sessions(person_id=person.person_id, current_session_id=person.session_id)
    assert session.address == "203.0.113.9"
