"""Without a webhook no money arrives: wherever the wallet is started, the bank's door is started with it."""

import base64
import secrets
from urllib.parse import urlsplit

import pytest

from launcher.parts import NAMES, Part, choose_parts
from wallet_core.config import load_settings
from webhook.app import BANK_PATH

SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()

PRODUCTION = {
    "WALLET_ENV": "production",
    "DATABASE_URL": "postgresql://wallet@db.example/wallet",
    "WALLET_PUBLIC_URL": "https://wallet.example",
    "WALLET_BANK_URL": "https://bank.example",
    "WALLET_BEHIND_TLS_PROXY": "true",
}


def parts(monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]) -> dict[str, Part]:
    for name in PRODUCTION:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"WALLET_BANK_WEBHOOK_SECRETS": SECRET, **changes}.items():
        monkeypatch.setenv(name, value)
    return {part.name: part for part in choose_parts(load_settings(), NAMES)}


def test_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    started = parts(monkeypatch, PRODUCTION)
    assert list(started) == ["app", "webhook"]
    assert started["webhook"].command[-2:] == ("-m", "webhook")


def test_in_development_the_demo_bank_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started = parts(monkeypatch, {})
    assert list(started) == ["app", "webhook", "bank"]
    called = urlsplit(started["bank"].environment["BANK_WEBHOOK_URL"])
    assert (called.path, called.port) == (BANK_PATH, started["webhook"].port)
