"""No script can read it, no other site makes the browser send it, and the database holds only its digest."""

import hashlib

import httpx
import psycopg

from tests.e2e.conftest import PASSWORD, Person
from tests.e2e.stack import Stack


def _sign_in(stack: Stack, person: Person) -> httpx.Response:
    return httpx.post(
        f"{stack.app_url}/auth/signin",
        data={"phone": person.phone, "password": PASSWORD},
        headers={"Origin": stack.app_url, "Cookie": person.cookie},
        timeout=30,
    )


def test_its_attributes(stack: Stack, alice: Person) -> None:
    cookie = next(value for value in _sign_in(stack, alice).headers.get_list("set-cookie") if "wallet_session" in value)
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes


def test_sign_in_gives_a_new_token(stack: Stack, alice: Person) -> None:
    answer = _sign_in(stack, alice)
    assert answer.cookies["wallet_session"] != alice.cookie.partition("=")[2]


def test_only_its_digest_is_stored(stack: Stack, alice: Person) -> None:
    token = alice.cookie.partition("=")[2]
    with psycopg.connect(stack.database_url) as connection:
        rows = connection.execute(
            "SELECT token_sha256, to_jsonb(s)::text FROM session s WHERE person_id = %s", [alice.person_id]
        ).fetchall()
    assert hashlib.sha256(token.encode()).digest() in [bytes(digest) for digest, _ in rows]
    assert all(token not in text for _, text in rows)
