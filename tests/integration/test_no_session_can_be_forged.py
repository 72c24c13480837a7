"""A session is a row, and its token random: there is no secret with which anybody could sign one for somebody else."""

import base64
import hashlib
import hmac
import json
from uuid import UUID

import psycopg
import pytest

from tests.conftest import CAST
from tests.webhook.bank import SECRET
from wallet_core.config import decode_secret
from wallet_core.db import in_transaction
from wallet_core.sessions import open_session, resolve_session
from wallet_core.views import Client, NewSession

#: The guess of everybody, what an unset variable leaves, and the only secret that this wallet has.
KEYS = {"default": b"secret", "empty": b"", "of the webhook": decode_secret(SECRET)}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _web_token(claims: dict[str, str], key: bytes | None) -> str:
    """A JSON web token, signed with HMAC, or with nothing at all."""
    header = {"alg": "none" if key is None else "HS256", "typ": "JWT"}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = b"" if key is None else hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


@pytest.fixture
def opened(alice: UUID, monkeypatch: pytest.MonkeyPatch) -> NewSession:
    """Alice is signed in somewhere else."""
    monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", SECRET)
    return in_transaction(lambda session: open_session(session, alice, Client("198.51.100.7", "Firefox")))


@pytest.mark.parametrize("key", [*KEYS.values(), None], ids=[*KEYS, "none"])
@pytest.mark.usefixtures("opened")
def test_nobody_signs_a_session(alice: UUID, key: bytes | None) -> None:
    for name in ("sub", "id", "person_id", "phone"):
        assert resolve_session(_web_token({name: CAST["alice"] if name == "phone" else str(alice)}, key)) is None
    for subject in (str(alice), alice.hex, CAST["alice"]):
        digest = hmac.new(key or b"", subject.encode(), hashlib.sha256)
        for token in (digest.hexdigest(), _base64(digest.digest()), f"{subject}.{_base64(digest.digest()[:16])}"):
            assert resolve_session(token) is None


def test_nothing_that_is_known_of_a_person_is_a_token(
    opened: NewSession, alice: UUID, superuser: psycopg.Connection
) -> None:
    signed_in = resolve_session(opened.token)
    assert signed_in is not None
    (digest,) = superuser.execute("SELECT token_sha256 FROM session").fetchone() or (b"",)
    for known in (str(alice), alice.hex, CAST["alice"], str(signed_in.session_id), digest.hex(), _base64(digest)):
        assert resolve_session(known) is None


def test_a_session_is_worth_what_its_row_is(opened: NewSession, superuser: psycopg.Connection) -> None:
    """No signature vouches for it: with the row it is gone, whatever the token says."""
    superuser.execute("DELETE FROM session")
    assert resolve_session(opened.token) is None
