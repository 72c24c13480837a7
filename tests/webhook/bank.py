"""The bank's side, for the tests: makes and signs messages with nothing but the standard library."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

SECRET = "whsec_" + base64.b64encode(bytes(range(7, 39))).decode()
SECOND_SECRET = "whsec_" + base64.b64encode(bytes(range(40, 72))).decode()
FOREIGN_SECRET = "whsec_" + base64.b64encode(bytes(range(90, 122))).decode()

PATH = "/webhooks/bank"


def message(reference: str = "A-0123456789ABCD", amount_paise: Any = 50_050, **changes: Any) -> dict[str, Any]:
    """A message in the agreed shape. ``changes``: of the data, or ``type`` and ``timestamp`` of the envelope."""
    envelope = {"type": "payment.succeeded", "timestamp": "2026-11-23T06:00:00Z"}
    envelope.update((name, changes.pop(name)) for name in ("type", "timestamp") if name in changes)
    data = {
        "reference": reference,
        "payment_id": f"pay_{reference}",
        "amount_paise": amount_paise,
        "currency": "INR",
        **changes,
    }
    return {**envelope, "data": data}


def encode(content: Any) -> bytes:
    return json.dumps(content).encode()


def new_id() -> str:
    return f"msg_{secrets.token_hex(12)}"


def signature(body: bytes, *, message_id: str, timestamp: int | str, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(
    body: bytes, *, message_id: str | None = None, timestamp: int | str | None = None, secret: str = SECRET
) -> dict[str, str]:
    """The headers of a genuine message, the content type included."""
    message_id = message_id if message_id is not None else new_id()
    timestamp = timestamp if timestamp is not None else int(time.time())
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(body, message_id=message_id, timestamp=timestamp, secret=secret),
    }
