"""What the bank is told by its environment (``BANK_...``), checked whole before anything starts."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

MAX_PORT: Final = 65_535

#: Standard Webhooks 1.0, "Signature scheme": a symmetric secret has between 24 and 64 random bytes.
SECRET_PREFIX: Final = "whsec_"
SECRET_MIN_BYTES: Final = 24
SECRET_MAX_BYTES: Final = 64

#: A tester may stretch a delay up to an hour; longer ones are a slip of the keyboard.
MAX_DELAY_S: Final = 3_600

#: A day: longer than any order of the wallet lives.
MAX_EXPIRY_S: Final = 86_400


class SettingsError(Exception):
    """Something in the environment is wrong. Its text is one sentence for the person who starts the bank."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the bank."""

    host: str  # BANK_HOST: the interface to listen on
    port: int  # BANK_PORT; 0 lets the system choose one
    database: Path  # BANK_DATABASE
    public_url: str  # BANK_PUBLIC_URL without a slash at the end; empty: http://localhost:<the port that was opened>
    webhook_url: str  # BANK_WEBHOOK_URL
    webhook_key: bytes  # BANK_WEBHOOK_SECRET, decoded
    retry_base_s: float  # BANK_RETRY_BASE_S
    late_s: float  # BANK_LATE_S
    expiry_s: float  # BANK_EXPIRY_S: how long a person may take to choose


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Reads and checks ``BANK_...``; an empty variable counts as unset.

    Raises: SettingsError.
    """
    if environment.get("WALLET_ENV") == "production":
        raise SettingsError("The demo bank gives away money that does not exist: it does not run in production.")
    public_url = environment.get("BANK_PUBLIC_URL") or ""
    return Settings(
        host=environment.get("BANK_HOST") or "127.0.0.1",
        port=_port(environment.get("BANK_PORT") or "8002"),
        database=Path(environment.get("BANK_DATABASE") or ".data/bank.sqlite3"),
        public_url=_web_url("BANK_PUBLIC_URL", public_url).rstrip("/") if public_url else "",
        webhook_url=_web_url(
            "BANK_WEBHOOK_URL", environment.get("BANK_WEBHOOK_URL") or "http://localhost:8001/webhooks/bank"
        ),
        webhook_key=_key(environment.get("BANK_WEBHOOK_SECRET") or ""),
        retry_base_s=_seconds("BANK_RETRY_BASE_S", environment.get("BANK_RETRY_BASE_S") or "1", MAX_DELAY_S),
        late_s=_seconds("BANK_LATE_S", environment.get("BANK_LATE_S") or "30", MAX_DELAY_S),
        expiry_s=_seconds("BANK_EXPIRY_S", environment.get("BANK_EXPIRY_S") or "900", MAX_EXPIRY_S),
    )


def is_web_url(text: str) -> bool:
    """Whether this is an absolute http or https address, without a user's name or anything that does not print."""
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port  # the only part that urlsplit checks when it is asked for
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def _web_url(name: str, text: str) -> str:
    if not is_web_url(text):
        raise SettingsError(f"{name} is not an address that begins with http:// or https://.")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_PORT):
        raise SettingsError(f"BANK_PORT is not a port: use a number between 0 and {MAX_PORT}.")
    return int(text)


def _seconds(name: str, text: str, most_s: int) -> float:
    sentence = f"{name} is not a number of seconds between 0 and {most_s}."
    try:
        seconds = float(text)
    except ValueError:
        raise SettingsError(sentence) from None
    if not 0 <= seconds <= most_s:  # also refuses NaN
        raise SettingsError(sentence)
    return seconds


def _key(secret: str) -> bytes:
    """Never puts the secret itself into a sentence."""
    if not secret:
        raise SettingsError("BANK_WEBHOOK_SECRET is missing: set it to the wallet's first webhook secret (whsec_...).")
    sentence = f"BANK_WEBHOOK_SECRET is not {SECRET_PREFIX} followed by 24 to 64 bytes in base64."
    if not secret.startswith(SECRET_PREFIX):
        raise SettingsError(sentence)
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(sentence) from None
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise SettingsError(sentence)
    return key
