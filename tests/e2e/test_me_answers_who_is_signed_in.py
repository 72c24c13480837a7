import httpx

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack


def test_a_signed_in_person_is_answered(stack: Stack, alice: Person) -> None:
    answer = httpx.get(f"{stack.app_url}/api/me", headers={"Cookie": alice.cookie})
    assert answer.status_code == 200
    assert answer.json() == {"id": alice.person_id, "name": "Alice Nair", "phone": alice.phone}
    assert answer.headers["cache-control"] == "no-store"


def test_a_stranger_gets_401(stack: Stack) -> None:
    for headers in ({}, {"Cookie": "wallet_session=forged"}, {"Cookie": "wallet_session="}):
        answer = httpx.get(f"{stack.app_url}/api/me", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not-signed-in"


def test_after_sign_out_the_cookie_is_worth_nothing(stack: Stack, alice: Person) -> None:
    headers = {"Cookie": alice.cookie, "Origin": stack.app_url}
    answer = httpx.post(f"{stack.app_url}/auth/signout", headers=headers, content=b"")
    assert answer.status_code == 303
    assert httpx.get(f"{stack.app_url}/api/me", headers=headers).status_code == 401
