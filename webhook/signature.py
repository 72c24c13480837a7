"""Whether a message is the bank's: Standard Webhooks 1.0 (https://www.standardwebhooks.com, "Signature scheme").

The form of the three headers is checked first and strictly: each genuine message has exactly one spelling, and
changing any single byte of it is noticed. The library makes the right signature; its own check of a message takes
timestamps such as ``123.9``, signatures whose last character may be one of four, and 300 seconds only if not a moment
of the second is over.
"""

import hmac
import re
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from standardwebhooks.webhooks import Webhook

ID_HEADER: Final = b"webhook-id"
TIMESTAMP_HEADER: Final = b"webhook-timestamp"
SIGNATURE_HEADER: Final = b"webhook-signature"

#: The standard's tolerance, in whole seconds as both clocks show them: 300 is fresh, 301 is old, and early likewise.
FRESH_S: Final = 300

#: While the bank changes its secret it signs with both; a few more do no harm, many would cost time.
MAX_SIGNATURES: Final = 5

#: No dot: it parts id, timestamp and body in what is signed, and must not be movable. 64 is what the database keeps.
_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")

#: Seconds since 1970. No leading zero: the library signs the number, not its spelling. 11 digits last beyond us all.
_TIMESTAMP = re.compile(rb"[1-9][0-9]{0,10}")

#: The 32 bytes of HMAC-SHA256 in base64: 43 characters, and the last of them has two bits that must be zero.
_HMAC_SIGNATURE = re.compile(rb"v1,[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")

#: The standard has other schemes (v1a is ed25519) that a bank may send beside v1. They are never believed.
_OTHER_SIGNATURE = re.compile(rb"v(?!1,)[0-9]{1,2}[a-z]?,[A-Za-z0-9+/]{1,512}={0,2}")


class SignatureRefused(Exception):
    """Not known to be the bank's. ``cause`` is for our own log: the caller gets one answer for every cause."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Verifier:
    """Checks messages against each active secret (``whsec_...``; one, or two during a rotation)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Raises: ValueError without any secret, or with one that is not base64."""
        if not secrets:
            raise ValueError("No webhook secret is active.")
        self._webhooks: Final = tuple(Webhook(secret) for secret in secrets)

    def verify(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> str:
        """Answers the message's id once the signature is right and at most five minutes old or early.

        ``headers``: lower-case names, as ASGI has them. Raises: SignatureRefused.
        """
        found = _read_headers(headers)
        message_id, sent_at_s = found["webhook-id"], int(found["webhook-timestamp"])
        if abs(int(time.time()) - sent_at_s) > FRESH_S:
            raise SignatureRefused("timestamp")
        try:
            text, sent_at = body.decode(), datetime.fromtimestamp(sent_at_s, UTC)
        except UnicodeDecodeError:
            raise SignatureRefused("unreadable") from None
        signatures = found["webhook-signature"].split(" ")
        for webhook in self._webhooks:
            right = webhook.sign(message_id, sent_at, text)
            if any(hmac.compare_digest(right, signature) for signature in signatures):
                return message_id
        raise SignatureRefused("mismatch")


def _read_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The three headers as the library wants them. Raises: SignatureRefused unless each is there once and in form."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER):
            if name in found:
                raise SignatureRefused("header-twice")
            found[name] = value
    if len(found) < 3:
        raise SignatureRefused("header-missing")
    if not _ID.fullmatch(found[ID_HEADER]):
        raise SignatureRefused("id-form")
    if not _TIMESTAMP.fullmatch(found[TIMESTAMP_HEADER]):
        raise SignatureRefused("timestamp-form")
    signatures = found[SIGNATURE_HEADER].split(b" ", MAX_SIGNATURES)
    if len(signatures) > MAX_SIGNATURES:
        raise SignatureRefused("signature-count")
    if not all(_HMAC_SIGNATURE.fullmatch(one) or _OTHER_SIGNATURE.fullmatch(one) for one in signatures):
        raise SignatureRefused("signature-form")
    return {name.decode("ascii"): value.decode("ascii") for name, value in found.items()}
