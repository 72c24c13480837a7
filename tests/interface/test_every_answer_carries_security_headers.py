"""Pages, redirects, refusals, JSON: whatever the app answers says what a browser may do with it."""

import asyncio
import base64
import secrets
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from wallet_app import edge
from wallet_app.edge import Edge
from wallet_core.config import get_settings
from wallet_core.errors import DatabaseUnavailable

#: Of what may load from where, anything beyond these would let somebody else's content in.
OWN = {"'self'", "'none'"}
ALLOWED = {"script-src": {"'unsafe-eval'"}, "style-src": {"'unsafe-inline'"}, "img-src": {"data:"}}

ANSWERS = {
    "a page": ("GET", "/signin", {}, 200),
    "a page that leads to sign-in": ("GET", "/dashboard", {}, 303),
    "an address that is none": ("GET", "/nothing", {}, 404),
    "JSON": ("GET", "/api/me", {}, 200),
    "a form of another site": ("POST", "/auth/signin", {"Origin": "https://evil.example"}, 403),
    "a form of a site that is none": ("POST", "/auth/signin", {"Origin": "http://["}, 403),
    "a form that is too large": ("POST", "/auth/signin", {"Content-Length": "99999"}, 413),
    "a database that is away": ("GET", "/dashboard", {"Cookie": "session=x; __Host-session=x"}, 503),
    "a built file that is not there": ("GET", "/assets/nothing.js", {}, 404),
}

PRODUCTION = {
    "WALLET_ENV": "production",
    "DATABASE_URL": "postgresql://wallet@db.example/wallet",
    "WALLET_PUBLIC_URL": "https://wallet.example",
    "WALLET_BANK_URL": "https://bank.example",
    "WALLET_BANK_WEBHOOK_SECRETS": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "WALLET_BEHIND_TLS_PROXY": "true",
}


async def plain(_: Request) -> Response:
    return PlainTextResponse("here")


@pytest.fixture(autouse=True)
def no_settings_of_a_test_before() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def person_of(cookie_header: str) -> None:
        if cookie_header:
            raise DatabaseUnavailable

    monkeypatch.setattr(edge, "person_of", person_of)


def answer(method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    inner = Starlette(
        routes=[Route(path, plain, methods=["GET", "POST"]) for path in ("/signin/", "/api/me", "/assets/app.js")]
    )

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=Edge(inner))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(call())


def policy(response: httpx.Response) -> dict[str, set[str]]:
    directives = [directive.split() for directive in response.headers["content-security-policy"].split(";")]
    return {name: set(sources) for name, *sources in directives}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer(kind: str) -> None:
    method, path, headers, status = ANSWERS[kind]
    got = answer(method, path, headers)
    assert got.status_code == status
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["referrer-policy"] == "same-origin"
    assert got.headers["x-frame-options"] == "DENY"
    assert got.headers["cross-origin-opener-policy"] == "same-origin"
    assert policy(got)["frame-ancestors"] == {"'none'"}


def test_nothing_is_loaded_from_anywhere_else() -> None:
    found = policy(answer("GET", "/signin", {}))
    assert found["default-src"] == {"'self'"}
    for directive, sources in found.items():
        assert sources - OWN <= ALLOWED.get(directive, set()), directive
    assert found["object-src"] == found["frame-ancestors"] == {"'none'"}
    assert found["base-uri"] == found["form-action"] == {"'self'"}


def test_only_the_camera_may_be_asked_for_and_only_by_us() -> None:
    permitted = answer("GET", "/signin", {}).headers["permissions-policy"]
    rules = dict(rule.strip().split("=") for rule in permitted.split(","))
    assert rules.pop("camera") == "(self)"
    assert set(rules) >= {"microphone", "geolocation", "payment"}
    assert set(rules.values()) == {"()"}


@pytest.mark.parametrize("path", ["/signin", "/dashboard", "/assets/app.js", "/assets/nothing.js"])
def test_in_production_people_must_always_come_by_https(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    strict = answer("GET", path, {}).headers["strict-transport-security"]
    seconds = int(strict.partition(";")[0].removeprefix("max-age="))
    assert seconds >= 365 * 24 * 60 * 60
    assert "includeSubDomains" in strict


@pytest.mark.parametrize("address", ["http://localhost:3000", "https://localhost"])
def test_on_a_developers_machine_and_in_a_demo_nobody_is_locked_out_of_http(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """A browser would keep it for a year, for everything else on localhost, too."""
    monkeypatch.setenv("WALLET_ENV", "development")
    monkeypatch.setenv("WALLET_PUBLIC_URL", address)
    assert "strict-transport-security" not in answer("GET", "/signin", {}).headers


def test_a_built_file_is_kept_and_never_taken_for_another_kind() -> None:
    got = answer("GET", "/assets/app.js", {})
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in got.headers["cache-control"]
